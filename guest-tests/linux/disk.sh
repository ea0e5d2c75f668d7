# SPDX-License-Identifier: BSD-2-Clause
# disk.sh: Linux's driver of virtio-blk, in every way it can be attached, and
# ext4 on it: what the host wrote the guest reads, and the other way round; the
# file system is in order afterwards.

. "$here/powercut.sh"
. "$here/root.sh"

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

# Nothing of a disk's goes on, or is forgotten, when its driver is gone.
test_disk_rebound() {
	disk rebound "packed msix" ring=packed ""
	enter 'umount /mnt'
	rebound disk-rebound-idle virtio_blk
	rebound disk-rebound-busy virtio_blk 'head -c 8M /dev/vda'
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

# fio_words SEED MIB: blocks of any size, each with a header of fio's own, which
# says what is in the block and where it is
fio_words() {
	echo "--name=v --size=${2}m --rw=randwrite --bsrange=512-64k" \
		"--verify=crc32c --verify_fatal=1 --verify_state_save=0" \
		"--randseed=$1 --minimal"
}

# finds CHECK STATUS FILE SEED MIB: what fio on the host says of FILE
finds() {
	# shellcheck disable=SC2046
	fio $(fio_words "$4" "$5") --verify_only "--filename=$3" \
		>"$work/fio" 2>&1
	is "$1" $? "$2"
	[ "$2" -ne 0 ] || rm -f "$work/fio"
}

# fio_both_ways NAME KEYS LINE MIB: what fio writes in the guest, many requests
# at a time, fio on the host finds, and the other way round; and so it does not
# where a byte is another, or a block in another place.
fio_both_ways() {
	local async="--ioengine=libaio --iodepth=16 --direct=1"
	truncate -s "${4}M" "$work/mine" "$work/yours"
	# shellcheck disable=SC2046
	fio $(fio_words 7 "$4") --do_verify=0 "--filename=$work/mine" >/dev/null
	rooted --root / -k "$kernel/vmlinuz" --net none -a "+=$3" \
		--disk "$work/mine,$2" --disk "$work/yours,$2" -- sh -c "
		fio $(fio_words 7 "$4") $async --verify_only --filename=/dev/vda &&
		fio $(fio_words 8 "$4") $async --do_verify=0 --end_fsync=1 \
			--filename=/dev/vdb"
	is "fio-$1-status" "$status" 0
	finds "fio-$1-found" 0 "$work/yours" 8 "$4"
	printf x | dd of="$work/yours" bs=1 seek=5000000 conv=notrunc 2>/dev/null
	finds "fio-$1-changed" 1 "$work/yours" 8 "$4"
	dd if="$work/mine" of="$work/mine" bs=512 skip=100 seek=200 count=1 \
		conv=notrunc 2>/dev/null
	finds "fio-$1-moved" 1 "$work/mine" 7 "$4"
}

test_disk_fio() { fio_both_ways packed ring=packed "" 8; }

nightly_disk_fio_more() {
	fio_both_ways split ring=split "" 24
	fio_both_ways intx ring=packed pci=nomsi 8
	fio_both_ways small queue-size=4 "" 8
	fio_both_ways legacy transitional virtio_pci.force_legacy=1 8
}

nightly_power_cut() { power_cuts; }
