# SPDX-License-Identifier: BSD-2-Clause
# root.sh: a folder of the host's as Linux's root, with an unmodified kernel of
# Debian's and its modules: a command runs as if it were here.

# rooted OPTION...: run it to its end, in front of it the command $as; its
# output is in $work/out and $work/out.err, its status in $status
rooted() {
	console=$work/out
	${as-} "${program-$top/minivmm}" --timeout 600 -a "+=$patient" "$@" \
		<"${input-/dev/null}" >"$console" 2>"$console.err" 6<&-
	status=$?
}

# shows_in CHECK FILE TEXT; out_is CHECK LINE: it is one of the command's
shows_in() {
	if grep -aqF -- "$3" "$2"; then pass "$1"; else fail "$1" "no '$3'"; fi
}
out_is() {
	if grep -aqxF -- "$2" "$work/out"; then
		pass "$1"
	else
		fail "$1" "no line '$2'"
	fi
}

# An ordinary user; of a namespace's users there is only one.
ordinary() {
	setpriv --reuid=65534 --regid=65534 --groups=4,65534 "$@"
}

# for_all: what an ordinary user needs is in /boot: the cache and this tree may
# be in a folder that is closed to others. not_for_all: no more
for_all() {
	[ -z "${MINIVMM_LAB-}" ] || chmod 666 /dev/kvm
	mount -t tmpfs none /boot && mkdir /boot/kernel /boot/programs &&
		touch /boot/minivmm || return
	mount --bind "$kernel" /boot/kernel
	mount --bind "$top/build/guest-tests" /boot/programs
	mount --bind "$top/minivmm" /boot/minivmm
	chmod 755 "$work"
}
not_for_all() { umount -R /boot; }

# tree_sum DIR: names, modes, times and contents
tree_sum() {
	(cd "$1" && find . -printf '%p %m %T@ %s %l\n' | sort &&
		find . -type f -print0 | sort -z | xargs -0 cat) | sha256sum
}

# The host's own root, and an ordinary user: words with any bytes, the caller's
# folder and environment; what is shared is written.
test_root() {
	local rel who='65534:65534 65534 4' as=ordinary input=$work/in
	local program=/boot/minivmm
	rel=$(cat "$kernel/release")
	[ -n "${MINIVMM_LAB-}" ] ||
		as='' who="$(id -u):$(id -g) $(id -G)"
	for_all
	mkdir -m 777 "$work/shared"
	echo here >"$work/shared/file" && chmod 666 "$work/shared/file"
	ln -s kernel/vmlinuz "/boot/vmlinuz-$rel"
	echo "some input" >"$work/in"
	export ODD=$'a b\n\xff"'
	cd "$work/shared" || return
	umask 027
	rooted --root / -k "$rel" --share . -- sh -c '
		echo "who: $(id -u):$(id -g) $(id -G)"
		echo "where: $(pwd)"
		echo "words: $#, $1, $2," $(printf %s "$3$ODD" | od -An -tx1)
		echo "input: $(cat)"
		echo "release: $(uname -r)"
		echo "name: $(uname -n)"
		echo "address: $(hostname -I | cut -d" " -f1)"
		echo guest >file; : >new
		echo "mask: $(umask), $(getent hosts minivmm | cut -d" " -f1)"
		sh -c "exit 3"; echo "three: $?"
		exit 139' sh 'a  b' "it's" $'ä\n'
	umask 022
	cd "$top" || return
	is root-status "$status" 139
	out_is root-who "who: $who"
	out_is root-where "where: $work/shared"
	out_is root-words "words: 3, a  b, it's, c3 a4 0a 61 20 62 0a ff 22"
	out_is root-input "input: some input"
	out_is root-release "release: $rel"
	out_is root-name "name: minivmm"
	out_is root-address "address: 10.0.2.15"
	out_is root-three "three: 3"
	out_is root-mask "mask: 0027, 127.0.1.1"
	is root-mask-shared "$(stat -c %a "$work/shared/new")" 640
	is root-shared "$(cat "$work/shared/file")" guest
	not_for_all
}

# Root in the guest may do what it likes: the tree stays as it is. A shell's
# line; xattr asks for more than is there.
test_root_tree() {
	local tree=$work/tree before
	mkdir -p "$tree"/usr/bin "$tree"/etc "$tree"/data/deep
	ln -s usr/bin "$tree/bin"
	cp "$busybox" "$tree/usr/bin"
	ln -s busybox "$tree/usr/bin/sh"
	ln -s /run/nowhere "$tree/etc/resolv.conf"
	echo one >"$tree/data/deep/one"
	echo two >"$tree/data/two"
	before=$(tree_sum "$tree")
	rooted --root "$tree,user=root,xattr" -k "$kernel/vmlinuz" \
		--net user,subnet=10.9.8.0/24 -- '
		PATH=/bin; alias b=/bin/busybox
		b echo "data: $(b cat /data/deep/one /data/two | b xargs)"
		b rm -r /data /etc/none 2>/dev/null; b echo new >/etc/new
		b echo "left: $(b ls /etc | b xargs) $(b ls / | b xargs)"
		b echo "server: $(b cat /etc/resolv.conf)"
		b echo "id: $(b id -u) $HOME"
		b chmod 700 /usr/bin && b mv /usr/bin/sh /tmp/sh
		exit 7'
	is root-tree-status "$status" 7
	out_is root-tree-data "data: one two"
	out_is root-tree-left \
		"left: hosts new resolv.conf bin dev etc proc run sys tmp usr"
	out_is root-tree-server "server: nameserver 10.9.8.3"
	out_is root-tree-id "id: 0 $HOME"
	is root-tree-unchanged "$(tree_sum "$tree")" "$before"
}

# What is asked for and can't be had: one line each, before anything starts.
test_root_refused() {
	rooted --root /nowhere -k "$kernel/vmlinuz" -- true
	is root-no-folder "$status $(grep -c 'name a folder' "$console.err")" \
		"2 2"
	rooted --root / --share / -k "$kernel/vmlinuz" -- true
	is root-shared "$status" 2
	shows_in root-shared-said "$console.err" "the guest's root"
	rooted --root /etc/passwd -k "$kernel/vmlinuz" -- true
	is root-not-folder "$status" 2
	rooted --root /proc -k "$kernel/vmlinuz" -- true
	is root-proc "$status" 2
	shows_in root-proc-said "$console.err" "host's kernel"
}
