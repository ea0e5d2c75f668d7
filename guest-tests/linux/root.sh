# SPDX-License-Identifier: BSD-2-Clause
# root.sh: a folder of the host's as Linux's root, with an unmodified kernel of
# Debian's and its modules: an ordinary user's command runs as if it were here.

# rooted OPTION...: run it to its end, as $as if that is set; its output is in
# $work/out and $work/err, its status in $status
rooted() {
	${as-} "$top/minivmm" --timeout 100 -a "+=$patient" "$@" \
		<"${input-/dev/null}" >"$work/out" 2>"$work/err" 6<&-
	status=$?
	console=$work/out
	cp "$work/err" "$work/out.err"
}

# out_is CHECK LINE: it is one of the command's
out_is() {
	if grep -aqxF -- "$2" "$work/out"; then
		pass "$1"
	else
		fail "$1" "no line '$2'"
	fi
}

nobody() { setpriv --reuid=65534 --regid=65534 --groups=4,65534 "$@"; }

# tree_sum DIR: names, modes, times and contents
tree_sum() {
	(cd "$1" && find . -printf '%p %m %T@ %s %l\n' | sort &&
		find . -type f -print0 | sort -z | xargs -0 cat) | sha256sum
}

# As nobody: words with any bytes, the caller's folder and environment, what is
# shared is written, all else is not.
test_root() {
	local before rel
	rel=$(cat "$kernel/release")
	mkdir -m 777 "$work/shared" && chmod 755 "$work"
	echo here >"$work/shared/file"
	mount -t tmpfs none /boot
	ln -s "$kernel/vmlinuz" "/boot/vmlinuz-$rel"
	before=$(tree_sum /etc)
	echo "some input" >"$work/in"
	export ODD=$'a b\n\xff"'
	(
		cd "$work/shared" || exit
		as=nobody input=$work/in
		rooted --root / -k "$rel" --share . -- sh -c '
			echo "who: $(id -u):$(id -g) $(id -G)"
			echo "where: $(pwd)"
			echo "words: $#, $1, $2, $(printf %s "$3$ODD" | od -An -tx1)"
			echo "input: $(cat)"
			echo "release: $(uname -r)"
			echo "name: $(uname -n)"
			echo "address: $(hostname -I | cut -d" " -f1)"
			echo guest >file && rm -f /etc/hostname /x; echo "rm: $?"
			sh -c "exit 3"; echo "three: $?"
			sh -c "kill -SEGV \$\$"; echo "segv: $?"
			exit 139' sh 'a  b' "it's" $'ä\n'
		is root-status "$status" 139
		out_is root-who "who: 65534:65534 65534 4"
		out_is root-where "where: $work/shared"
		out_is root-words "words: 3, a  b, it's,  c3 a4 0a 61 20 62 0a ff 22"
		out_is root-input "input: some input"
		out_is root-release "release: $rel"
		out_is root-name "name: minivmm"
		out_is root-address "address: 10.0.2.15"
		out_is root-denied "rm: 1"
		out_is root-three "three: 3"
		out_is root-segv "segv: 139"
	)
	is root-shared "$(cat "$work/shared/file")" guest
	is root-unchanged "$(tree_sum /etc)" "$before"
	umount /boot
}

# What is asked for and can't be had: one line each, before anything starts or
# from the guest.
test_root_refused() {
	rooted --root /nowhere -k "$kernel/vmlinuz" -- true
	is root-no-folder "$status $(grep -c 'name a folder' "$work/err")" "2 1"
	rooted --root /etc/passwd -k "$kernel/vmlinuz" -- true
	is root-not-folder "$status $(grep -c 'name a folder' "$work/err")" "2 1"
	rooted --root /proc -k "$kernel/vmlinuz" -- true
	is root-proc "$status $(grep -c "host's kernel" "$work/err")" "2 1"
	cp "$kernel/vmlinuz" "$work/alone"
	rooted --root / -k "$work/alone" -- true
	is root-no-modules "$status" 125
	shows_in root-no-modules-said "$work/out" 'no virtio-fs (CONFIG_VIRTIO_FS)'
	mkdir -p "$work/empty"
	rooted --root "$work/empty" -k "$kernel/vmlinuz" -- true
	is root-no-program "$status" 127
}

# shows_in CHECK FILE TEXT
shows_in() {
	if grep -aqF -- "$3" "$2"; then pass "$1"; else fail "$1" "no '$3'"; fi
}
