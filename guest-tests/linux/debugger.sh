# SPDX-License-Identifier: BSD-2-Clause
# debugger.sh: gdb and a kernel on four processors, on a KVM that has debug
# registers (tools/newer-qemu): make check-linux LINUX_TESTS=debugger. What that
# KVM lacks is said, and counted.
where=127.0.0.1:1234
frames=$cache/debug/frames

# can WHAT: what minivmm check says of that.
can() { "$top/minivmm" check 2>/dev/null | sed -n "s/^  $1: //p"; }

# What no test here can show, as this KVM has it not.
test_lacks() {
	local what
	for what in steps 'int3 breakpoints' 'hardware breakpoints' watchpoints; do
		[ "$(can "$what")" = yes ] || echo "SKIPPED debugger: $what:" \
			"'$(can "$what")' on this KVM: not tested"
	done
	is debugger-registers "$(can 'hardware breakpoints')" yes
}

# held OPTION...: a kernel that a debugger can attach to.
held() {
	start -k "$kernel/vmlinux" -i "$initrd" -c 4 --gdb "$where" "$@"
}

# by_gdb: what gdb says of the commands that come in is in $said. In a lab gdb
# itself is not emulated, but runs outside (tools/lab -g).
shared=$work target=$where
[ -z "${MINIVMM_LAB-}" ] || shared=/run/lab target=gdb.sock
said=$shared/gdb.log
by_gdb() {
	{
		printf 'set pagination off\nset confirm off\n'
		printf 'set tcp connect-timeout 100\nset remotetimeout 600\n'
		printf 'file %s\n' "$frames"
		printf 'target remote %s\n' "$target"
		cat
	} >"$shared/script"
	if [ -n "${MINIVMM_LAB-}" ]; then
		mv "$shared/script" "$shared/gdb"
		relay
	else
		(cd "$shared" && timeout 4000 gdb -nx -batch -x script) \
			>"$said" 2>&1 </dev/null
	fi
}

# relay: between the port that leads outside and minivmm, until gdb has ended.
# The port can be opened only once, and reads as at its end while nobody is at
# its other side.
relay() {
	local reader
	until { : >"/dev/tcp/${where/://}"; } 2>/dev/null ||
		! kill -0 "$vmm"; do nap; done
	exec 8<>/dev/vport*p3 9<>"/dev/tcp/${where/://}"
	cat <&9 >&8 &
	reader=$!
	while [ -e "$shared/gdb" ]; do
		cat <&8 >&9
		nap
	done
	kill $reader 2>/dev/null
	exec 8>&- 9>&-
}

# says CHECK RE: gdb did.
says() {
	if grep -qE -- "$2" "$said"; then
		pass "$1"
	else
		fail "$1" "gdb did not say '$2'"
		tail -n 20 "$said" | shown
	fi
}

# Breakpoints before anything is mapped, a watchpoint, and a breakpoint in its
# place. The first tick comes late here, when kernel_init() has begun.
test_break() {
	line=do=shell held --gdb-wait
	by_gdb <<-'END'
	break start_kernel
	continue
	bt
	watch *(unsigned long *)&jiffies_64
	continue
	bt 3
	continue
	delete
	tbreak *kernel_execve
	continue
	info threads
	detach
	END
	says debugger-start-kernel 'Breakpoint 1, 0x[0-9a-f]+ in start_kernel'
	says debugger-start-bt '^#0 .* in start_kernel'
	is debugger-watch "$(grep -c 'Hardware watchpoint 2: ' \
		"$said")" 3
	is debugger-watch-steps "$(awk '/^New value/ { print $4 - last
		last = $4 }' "$said" | tail -n 1)" 1
	says debugger-break-again 'breakpoint 3, 0x[0-9a-f]+ in kernel_execve'
	says debugger-threads 'vCPU 3 '
	says debugger-detach detached
	shows debugger-boot ready
	enter 'poweroff -f'
	ends debugger-break-status
}

# boots CHECK [INITRD]: a kernel on four processors has reached its shell.
boots() {
	line=do=shell start -k "$kernel/vmlinux" -i "${2-$initrd}" -c 4 \
		--gdb "$where"
	patience=600
	shows "$1" ready
}

# Each of four processors comes to a breakpoint 250 times, and so often only: it
# is neither missed nor told twice where several come to it at once. The guest
# counts as well. A small client does here what gdb does: gdb itself is emulated
# in a lab, and takes a second for each (guest-tests/gdb: hits has the real one).
test_hits() {
	local client i at n=250 where=unix:$work/gdb.sock
	boots debugger-hits-boot
	at=$(nm "$frames" | sed -n 's/ . version_proc_show$//p')
	"$top/guest-tests/hits" "${where#unix:}" "$at" $((4 * n)) >"$said" 2>&1 &
	client=$!
	until grep -q set "$said" || ! kill -0 $client; do nap; done
	enter "n=$n"
	enter 'count="i=0; while [ \$i -lt $n ]; do read -r x </proc/version && i=\$((i + 1)); done; echo counted \$i"'
	enter 'for p in 1 2 4 8; do taskset $p sh -c "$count" & done; wait; poweroff -f'
	for i in 1 2 3 4; do
		shows debugger-hits-counted-$i "counted $n"
	done
	wait $client
	says debugger-hits "^hits 1:$n 2:$n 3:$n 4:$n\$"
	ends debugger-hits-status
}

# The guest's own breakpoints and steps are its own, also while a debugger has
# some, and so is an NMI.
test_own() {
	local gdb
	boots debugger-own-boot "$top/build/guest-tests/linux-share.cpio"
	by_gdb <<-END &
	break *version_proc_show
	shell touch set
	continue
	monitor nmi
	detach
	END
	gdb=$!
	until [ -e "$shared/set" ] || ! kill -0 $gdb; do nap; done
	enter 'traps; read -r x </proc/version; dmesg | grep -o "NMI received"'
	shows debugger-own 'traps: 100 breakpoints, 100 steps, 0 others'
	shows debugger-own-nmi 'NMI received'
	wait $gdb
	says debugger-own-stop 'Breakpoint 1,'
	enter 'poweroff -f'
	ends debugger-own-status
}

# A debugger stops four processors at any time, and reads the stack of each.
# They compute meanwhile, and notice nothing: what they compute is right, and
# their kernel complains of no stall. One stop is longer than its watchdogs'
# limits. MINIVMM_STOPS sets another number of stops.
test_interrupts() {
	local stops=${MINIVMM_STOPS:-1000} patient='' sum
	boots debugger-interrupts-boot
	sum=$(seq 20000 | sha256sum)
	enter 'seq 20000 >/numbers'
	enter 'work="while [ ! -e /end ]; do sha256sum </numbers; done"'
	enter 'for p in 1 2 4 8; do taskset $p sh -c "$work" >/sums$p & done'
	enter 'echo they compute'
	shows debugger-interrupts-begin '.*they compute'
	by_gdb <<-END
	python
	import os, random, signal, threading
	random.seed(1)
	stops = 0
	frames = 0
	while stops < $stops:
	    try:
	        threading.Timer(random.random() / 5, os.kill,
	                        (os.getpid(), signal.SIGINT)).start()
	        gdb.execute('continue', to_string=True)
	        said = gdb.execute('thread apply all bt 8', to_string=True)
	        stops += 1
	        frames += sum(said.count(f'\\n#{n} ') for n in range(8)) >= 8
	    except KeyboardInterrupt:
	        pass
	print('stopped', stops, 'with stacks', frames)
	end
	shell sleep 40
	stepi
	stepi
	detach
	END
	says debugger-interrupts "^stopped $stops with stacks"
	within debugger-interrupts-stacks \
		"$(sed -n 's/^stopped .* stacks //p' "$said")" \
		$((stops * 9 / 10)) "$stops"
	says debugger-interrupts-detach detached
	enter 'touch /end; wait; echo sums $(cat /sums* | sort | uniq -c)'
	shows debugger-interrupts-sums "sums [0-9]* ${sum%% *} -"
	enter 'say=told; dmesg -r | sed -n "s/^<[0-4]>.[ 0-9.]*] /dmesg /p"; echo $say'
	shows debugger-interrupts-told told
	no_complaints debugger-interrupts-dmesg
	enter 'poweroff -f'
	ends debugger-interrupts-status
}
