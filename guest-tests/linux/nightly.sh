# SPDX-License-Identifier: BSD-2-Clause
# nightly.sh: what takes too long for every change: make check-linux
# LINUX_TESTS=nightly
. "$here/ssh.sh"

# A hundred times out and in, in one boot.
test_ssh_split() { ssh_cycles ssh100-split split 100; }
test_ssh_packed() { ssh_cycles ssh100-packed packed 100; }

# bulk NAME RING: 1 GiB each way, started by either side; each byte is compared.
bulk() {
	nic 2 "user,host=on,ring=$2"
	nic_is "$1" "$2 msix"
	patience=3600
	leaves "$1-gib-out" tcp 10.0.2.2 1 1073741824
	enters "$1-gib-in" tcp 127.0.0.1 1 1073741824
	off "$1"
}

test_bulk_split() { bulk bulk-split split; }
test_bulk_packed() { bulk bulk-packed packed; }

# Bursts of connections in both directions, again and again.
test_burst() {
	local i
	nic 1 user,host=on,ring=packed,mtu=1500 pci=nomsi
	nic_is burst "packed intx"
	for ((i = 1; i <= 50; i++)); do
		leaves "burst-out-$i" tcp 10.0.2.2 200 3000
		enters "burst-in-$i" tcp 127.0.0.1 200 3000
	done
	off burst
}

# A debugger stops four processors again and again, steps one, and lets them
# stand for a while: the guest works meanwhile, and notices nothing. Its kernel
# may complain of stalls here.
test_debugger() {
	local patient='' where=$work/gdb.sock
	line=do=shell start -k "$kernel/vmlinux" -i "$initrd" -c 4 \
		--gdb "unix:$where"
	shows debugger-boot ready
	enter 'i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; echo at $i'
	cat >"$work/script" <<-END
	set pagination off
	set confirm off
	set architecture i386:x86-64
	target remote $where
	python
	import os, signal, threading
	stops = 0
	while stops < 40:
	    try:
	        threading.Timer(0.3 + 0.05 * (stops % 7), os.kill,
	                        (os.getpid(), signal.SIGINT)).start()
	        gdb.execute('continue', to_string=True)
	        gdb.execute('thread apply all bt 3', to_string=True)
	        stops += 1
	    except KeyboardInterrupt:
	        pass
	print('stopped', stops)
	end
	shell sleep 30
	stepi
	stepi
	detach
	END
	timeout 600 gdb -nx -batch -x "$work/script" >"$work/gdb.log" 2>&1
	is debugger-stops "$(grep -o '^stopped .*' "$work/gdb.log")" \
		'stopped 40'
	is debugger-leaves "$(grep -c detached "$work/gdb.log")" 1
	shows debugger-goes-on 'at 20000'
	no_complaints debugger-dmesg
	enter 'poweroff -f'
	ends debugger-status
}

# Of --root what takes a boot each: a command that isn't there, modules that
# aren't, modules packed by xz, Debian's full kernel, and a test of the kernel's
# kind with TAP as the run's result.
. "$here/root.sh"

test_root_ends() {
	mkdir -p "$work/empty"
	rooted --root "$work/empty" -k "$kernel/vmlinuz" -- true
	is root-no-program "$status" 127
	shows_in root-no-program-said "$console.err" 'not found in the guest'
	rooted --root / -k "$kernel/vmlinuz" -- /etc/passwd x
	is root-cannot-run "$status" 126
	cp "$kernel/vmlinuz" "$work/alone"
	rooted --root / -k "$work/alone" -- true
	is root-no-modules "$status" 125
	shows_in root-no-modules-said "$console.err" \
		'no virtio-fs (CONFIG_VIRTIO_FS)'
	rooted --root / -k "$kernel/vmlinuz" -- 'kill -SEGV $$'
	is root-segv "$status" 139
}

test_root_packed() {
	local rel from to=$work/lib/modules name file
	rel=$(cat "$kernel/release")
	from=$kernel/lib/modules/$rel
	mkdir -p "$to/$rel"
	cp "$kernel/vmlinuz" "$from/modules.builtin" "$work"
	mv "$work/modules.builtin" "$to/$rel"
	sed 's/\.ko/.ko.xz/g' "$from/modules.dep" >"$to/$rel/modules.dep"
	for name in virtio virtio_ring virtio_pci virtio_pci_modern_dev \
		virtio_pci_legacy_dev fuse virtiofs overlay virtio_net \
		net_failover failover virtio_console virtio-rng rng-core; do
		file=$(cd "$from" && find . -name "$name.ko")
		[ -n "$file" ] || continue
		mkdir -p "$to/$rel/${file%/*}"
		xz --check=crc32 -c "$from/$file" >"$to/$rel/$file.xz"
	done
	rooted --root / -k "$work/vmlinuz" -- uname -r
	is root-packed-status "$status" 0
	out_is root-packed "$rel"
}

test_root_full() {
	local full=$cache/amd64
	rooted --root / -k "$full/vmlinuz" -m 1G -- sh -c '
		echo "release: $(uname -r)"
		echo "1..2"; echo "ok 1 one"; echo "not ok 2 two"; exit 1'
	is root-full-status "$status" 1
	out_is root-full "release: $(cat "$full/release")"
	# the arguments' limit of a kernel is 128 KiB each
	rooted --root / -k "$full/vmlinuz" -m 1G -- sh -c 'echo "words: $#"' \
		sh $(seq 40000)
	out_is root-words-many "words: 40000"
}

# The command's streams: much both ways, closed, full, a reader that goes, what
# is left behind.
test_root_streams() {
	local root=(--root / -k "$kernel/vmlinuz" -a "+=$patient" --timeout 600)
	head -c 10000000 /dev/urandom >"$work/in"
	input=$work/in rooted --root / -k "$kernel/vmlinuz" -- cat
	is root-cat "$status $(sha256sum <"$work/out")" \
		"0 $(sha256sum <"$work/in")"
	"$top/minivmm" "${root[@]}" -- sh -c 'wc -c; echo out; echo err >&2' \
		<&- >"$work/out" 2>"$work/err"
	is root-no-input "$? $(xargs <"$work/out")" "0 0 out"
	shows_in root-no-input-error "$work/err" err
	"$top/minivmm" "${root[@]}" -- sh -c 'echo out; echo err >&2; exit 3' \
		</dev/null >&- 2>"$work/err"
	is root-no-output $? 3
	shows_in root-no-output-error "$work/err" err
	"$top/minivmm" "${root[@]}" -- sh -c 'seq 100000' </dev/null \
		>/dev/full 2>"$work/err"
	within root-full-disk $? 1 255
	shows_in root-full-disk-said "$work/err" 'No space left'
	is root-reader-goes "$("$top/minivmm" "${root[@]}" -- yes </dev/null \
		2>"$work/err" | head -n 2 | xargs)" "y y"
	rooted --root / -k "$kernel/vmlinuz" -- '
		sleep infinity & setsid sh -c "sleep 1000; echo late" & echo now'
	is root-left-behind "$status $(cat "$work/out")" "0 now"
}

# A user whom nobody knows, with no variables, in a folder that only root may
# enter; words and variables that are long, empty or odd; folders within each
# other, with a name too long for a tag.
test_root_odd() {
	local program=/boot/minivmm deep dir
	local stranger=(setpriv --reuid=12345 --regid=12345 --clear-groups)
	for_all
	dir=$work/$(printf 'long%.0s' {1..20})/$'new\nline'
	deep=$dir/deep
	mkdir -p "$deep/er" && chmod -R 755 "$work" && chmod 777 "$dir" "$deep"
	mkdir -m 700 "$work/closed"
	printf 'echo "script: $1"\n' >"$deep/script" && chmod 755 "$deep/script"
	# the folder within is named first, and is not hidden
	cd "$work/closed" || return
	as="env -i ${stranger[*]}" rooted --root / -k /boot/kernel/vmlinuz \
		--share "$deep" --share "$dir,ro" -- sh -c '
		echo "who: $(id -u) $(id -G), $HOME, $PATH"; pwd
		echo "sizes: ${#1} ${#2} $#, $3"
		cd "$4" && ./script "a b"; echo >new; echo >../new
		touch /tmp/x && echo "tmp: $(stat -c %a /tmp)"' \
		sh "$(printf '%0100000d' 7)" '' $'\377*\n' "$deep"
	is root-odd-status "$status" 0
	out_is root-odd-who "who: 12345 12345, , $(
		)/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
	out_is root-odd-folder /
	shows_in root-odd-folder-said "$console.err" 'cannot be entered'
	out_is root-odd-sizes "sizes: 100000 0 4, "$'\377*'
	out_is root-odd-script "script: a b"
	is root-odd-shared "$(ls "$dir" "$deep" | grep -c '^new$')" 1
	shows_in root-odd-read-only "$console.err" 'Read-only file system'
	out_is root-odd-tmp "tmp: 1777"
	cd "$top" || return
	BIG1=$(printf '%0100000d' 1) BIG2=$(printf '%0100000d' 2) \
		BIG3=$(printf '%0100000d' 3) \
		rooted --root / -k "$kernel/vmlinuz" -- \
		'echo ${#BIG1} ${#BIG2} ${#BIG3}'
	is root-odd-environment "$status $(cat "$work/out")" \
		"0 100000 100000 100000"
	not_for_all
}
