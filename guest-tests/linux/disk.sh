# SPDX-License-Identifier: BSD-2-Clause
# disk.sh: Linux's driver of virtio-blk, in every way it can be attached, and
# ext4 on it: what the host wrote the guest reads, and the other way round; the
# file system is in order afterwards.

. "$here/powercut.sh"

initrd_disk=$top/build/guest-tests/linux-disk.cpio
sbin=PATH=$PATH:/usr/sbin:/sbin

# make_image FILE: ext4 with a file of the host's, and a program to be the
# first process
make_image() {
	local tree=$work/tree
	mkdir -p "$tree"/{bin,dev,proc,sys,sbin}
	cp "$busybox" "$tree/bin"
	ln -sf busybox "$tree/bin/sh"
	cat >"$tree/sbin/init" <<-'END'
		#!/bin/sh
		/bin/busybox mount -t proc none /proc
		while read -r dev dir rest; do
			[ "$dir" != / ] || echo "root is $dev"
		done </proc/mounts
		/bin/busybox poweroff -f
	END
	chmod +x "$tree/sbin/init"
	[ -e "$tree/host" ] || head -c 3000000 /dev/urandom >"$tree/host"
	truncate -s 64M "$1"
	env "$sbin" mkfs.ext4 -q -F -d "$tree" "$1"
}

# disk NAME INTERFACE KEYS LINE: a guest with a shell and the disk at /mnt
disk() {
	image=$work/$1.img
	make_image "$image"
	line="do=disk $4" start -k "$kernel/vmlinuz" -i "$initrd_disk" \
		--net none --rng off --disk "$image,serial=lab-$1,$3"
	shows "disk-$1-ready" ready
	fact_is "disk-$1-interface" disk "$2"
	fact_is "disk-$1-serial" serial "lab-$1"
	fact_is "disk-$1-size" sectors 131072
	fact_is "disk-$1-cache" cache "write back"
	enter 'echo "sum $(sha256sum </mnt/host)"'
	shows "disk-$1-shows" 'sum [0-9a-f]{64} .*'
	is "disk-$1-reads" "$text" "sum $(sha256sum <"$work/tree/host")"
}

# writes NAME: files, with fsync and without, and some of them discarded
writes() {
	enter 'head -c 4000000 /dev/urandom >/mnt/guest; sync'
	enter 'cp /mnt/guest /mnt/gone && sync && rm /mnt/gone && fstrim /mnt'
	enter 'for i in 1 2 3 4 5 6 7 8; do
dd if=/mnt/guest of=/mnt/part$i bs=4k skip=$i count=9 conv=fsync; done 2>/dev/null'
	enter 'echo "sum $(cat /mnt/guest /mnt/part? | sha256sum)"'
	shows "disk-$1-written" 'sum [0-9a-f]{64} .*'
	written=$text
}

# off NAME: and what the host finds then
off() {
	local i
	enter 'umount /mnt; poweroff -f'
	ends "disk-$1-status"
	env "$sbin" e2fsck -fn "$image" >"$work/fsck" 2>&1
	is "disk-$1-clean" $? 0
	is "disk-$1-found" "sum $({
		for i in guest part1 part2 part3 part4 part5 part6 part7 part8
		do
			env "$sbin" debugfs -R "cat $i" "$image" 2>/dev/null
		done
	} | sha256sum)" "$written"
}

test_disk_split() {
	disk split "split msix" ring=split ""
	writes split
	off split
}

nightly_disk_packed() {
	disk packed "packed msix" ring=packed ""
	writes packed
	off packed
}

nightly_disk_split_intx() {
	disk split-intx "split intx" ring=split pci=nomsi
	writes split-intx
	off split-intx
}

test_disk_packed_intx() {
	disk packed-intx "packed intx" ring=packed pci=nomsi
	writes packed-intx
	off packed-intx
}

test_disk_legacy() {
	disk legacy "legacy msix" transitional virtio_pci.force_legacy=1
	writes legacy
	off legacy
}

# The driver is taken away and comes back while the disk is read without end.
test_disk_rebound() {
	disk rebound "packed msix" ring=packed ""
	enter 'umount /mnt; cd /sys/bus/virtio/drivers/virtio_blk'
	enter 'for i in $(seq 10); do head -c 8M /dev/vda >/dev/null 2>&1 &
echo virtio0 >unbind; wait; echo virtio0 >bind; done; echo "bound $i times"; cd /'
	shows disk-rebound-times 'bound 10 times'
	enter 'mount -t ext4 /dev/vda /mnt && echo "sum $(sha256sum </mnt/host)"'
	shows disk-rebound-shows 'sum [0-9a-f]{64} .*'
	is disk-rebound-reads "$text" "sum $(sha256sum <"$work/tree/host")"
	enter 'umount /mnt; poweroff -f'
	ends disk-rebound-status
}

# A snapshot's file is as it was; and a disk that can't be written can be read.
test_disk_kept() {
	local sum
	disk snapshot "packed msix" snapshot ""
	sum=$(sha256sum <"$image")
	writes snapshot
	enter 'umount /mnt; poweroff -f'
	ends disk-snapshot-status
	is disk-snapshot-kept "$(sha256sum <"$image")" "$sum"
	disk ro "packed msix" ro ""
	enter 'echo x >/mnt/x || echo "not written"'
	shows disk-ro-refused 'not written'
	enter 'poweroff -f'
	ends disk-ro-status
}

# The root file system is on the second disk.
test_disk_root() {
	image=$work/root.img
	make_image "$image"
	truncate -s 1M "$work/other.img"
	line="do=root root=/dev/vdb" start -k "$kernel/vmlinuz" \
		-i "$initrd_disk" --net none --rng off \
		--disk "$work/other.img" --disk "$image"
	shows disk-root 'root is /dev/(root|vdb)'
	ends disk-root-status
}

nightly_power_cut() { power_cuts; }
