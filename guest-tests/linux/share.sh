# SPDX-License-Identifier: BSD-2-Clause
# share.sh: Linux's virtio-fs, with folders of the host.

initrd_share=$top/build/guest-tests/linux-share.cpio

# shared NAME OPTIONS LINE: a folder that can be written, one that cannot, and
# the host's own root
shared() {
	mkdir -p "$work/writable/deep/er" "$work/other"
	echo from the host >"$work/writable/deep/er/file"
	echo secret >"$work/other/secret"
	ln -sfn ../other/secret "$work/writable/link"
	line="do=shell $3" start -k "$kernel/vmlinuz" -i "$initrd_share" \
		--net none --rng off --share "$work/writable" \
		--share "$work/other,ro" --share "/,ro,cache=endless" $2
	shows "share-$1-ready" ready
	enter 'mkdir /w /o /r'
	enter 'mount -t virtiofs writable /w && mount -t virtiofs other /o &&
mount -t virtiofs root /r && echo "all are mounted"'
	shows "share-$1-mounted" 'all are mounted'
}

# Programs use it as they use a disk, and the host sees what they did; it sees
# nothing but what it shares.
test_share() {
	shared one '' ''
	enter 'echo "deep: $(cat /w/deep/er/file)"'
	shows share-read 'deep: from the host'
	enter 'files /w; echo "files ended"'
	shows share-programs 'files: [0-9]+ things right'
	is share-all-right "$(grep -a '^files: .*:' "$console")" ""
	enter 'posix /w; echo "posix ended"'
	shows share-posix 'posix: [0-9]+ things right'
	is share-posix-right "$(grep -a '^posix: .*:' "$console")" ""
	enter 'fsx /w/changed 1 300'
	shows share-fsx 'fsx: 300 rounds right'
	enter 'echo "link: $(cat /w/link 2>&1)"'
	shows share-link 'link: cat: .*No such file or directory'
	enter 'echo "ro: $(echo x 2>&1 >/o/x)"'
	shows share-ro 'ro: .*Read-only file system'
	enter 'mount -o remount,rw /o; echo "remounted: $(echo x 2>&1 >/o/x)"'
	shows share-ro-server 'remounted: .*Read-only file system'
	enter 'echo "kernel: $(ls /r/proc /r/sys /r/dev | grep -c ^[a-z0-9])"'
	shows share-kernel-hidden 'kernel: 0'
	enter 'echo "host: $(cat /r/proc/self/status /r/etc/hostname 2>&1 |
tail -n 1)"'
	shows share-root "host: $(cat /etc/hostname)"
	enter 'cd /w; find . -type f | sort | xargs sha256sum | sha256sum |
sed "s/^/tree: /"; cd /'
	shows share-tree 'tree: [0-9a-f]{64}  -'
	is share-tree-here "tree: $(cd "$work/writable" && find . -type f |
		sort | xargs sha256sum | sha256sum)" "$text"
	is share-left "$(cat "$work/writable/left")" "left by the guest"
	is share-nothing-outside "$(ls "$work/other")" secret
	enter 'poweroff -f'
	ends share-status
	no_complaints share-complaints
}

# Another folder beneath, by another tag, split rings and line interrupts; a
# guest that is reset mounts it anew.
test_share_reset() {
	shared reset '--on-reset=restart' 'pci=nomsi'
	enter 'exec 7</w/deep/er/file; echo one >/w/one; echo "done: $?"'
	shows share-reset-before 'done: 0'
	forget
	enter 'reboot -f'
	shows share-reset-again ready
	enter 'mkdir /w; mount -t virtiofs writable /w; echo "one: $(cat /w/one)"'
	shows share-reset-after 'one: one'
	enter 'poweroff -f'
	ends share-reset-status
}

# The driver of a folder that is mounted and in use is taken away: an error for
# those who use it, and mounted anew it is as it was.
test_share_rebound() {
	local sum
	shared rebound '' ''
	sum=$(sha256sum <"$work/writable/deep/er/file")
	enter 'umount /w /o /r'
	rebound share-rebound-idle virtiofs
	rebound share-rebound-busy virtiofs 'mount -t virtiofs writable /w &&
for n in 1 2 3 4 5 6 7 8; do cat /w/deep/er/file; echo $n >/w/n$n; done
umount -l /w'
	enter 'umount -l /w; mount -t virtiofs writable /w'
	enter 'echo "sum $(sha256sum </w/deep/er/file)"'
	shows share-rebound-read "sum $sum"
	enter 'poweroff -f'
	ends share-rebound-status
}

# What takes long: Debian's root, and in it folders that are shared. `make
# check-share` has the same and more with the host's kernel as guest.
. "$here/root.sh"
. "$here/powercut.sh"

# within_root DIR OPTION... -- SCRIPT: with DIR at the same place in the guest
within_root() {
	local dir=$1
	shift
	rooted --root / -k /boot/kernel/vmlinuz -m 512 --share "$dir" "$@"
}

# programs NAME: what a share is used for, in $work/NAME
programs() {
	within_root "$work/$1" -- sh -c 'cd "$1" || exit
		for seed in 1 2 3; do
			/boot/programs/fsx "changed-$seed" $seed 1500
		done
		/boot/programs/files . && /boot/programs/posix . &&
			echo "all were run"' sh "$work/$1"
	is "share-$1-status" "$status" 0
	out_is "share-$1-run" "all were run"
	is "share-$1-fsx" "$(grep -ac '^fsx: 1500 rounds right' "$work/out")" 3
	is "share-$1-right" \
		"$(grep -aE '^(files|fsx|posix): .*:' "$work/out")" ""
}

# As root and as an ordinary user, in memory and on ext4.
nightly_share_programs() {
	local program=/boot/minivmm
	for_all
	mkdir -m 777 "$work/as-root" "$work/as-user" "$work/on-ext4"
	programs as-root
	as=ordinary programs as-user
	load_modules loop crc32c_generic ext4
	truncate -s 256M "$work/medium"
	mkfs.ext4 -q "$work/medium"
	mount -o loop "$work/medium" "$work/on-ext4" || {
		fail share-on-ext4-mounted "no ext4"
		return
	}
	programs on-ext4
	umount "$work/on-ext4"
	not_for_all
}
