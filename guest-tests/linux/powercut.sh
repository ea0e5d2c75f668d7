# SPDX-License-Identifier: BSD-2-Clause
# powercut.sh: the power goes while a guest writes. Sourced by groups of tests.
#
# An image lies on ext4, on a device that drops all writes from one moment on
# (dm-flakey), on a disk in memory: what is in the host's page cache is lost. The
# bare-metal guest blk_log says which blocks are safe: those must be found.

full=$cache/amd64

# On this host, and on an emulated one with Debian's full kernel
load_modules() {
	local m
	for m; do
		modprobe -q "$m" || modprobe -q -d "$full" "$m" || return
	done
}

# flakey [drop_writes]: what becomes of writes from now on
flakey() {
	local table="0 $sectors flakey $loop 0 1 0"
	[ $# -eq 0 ] || table="0 $sectors flakey $loop 0 0 1 1 $1"
	if dmsetup status flakey >/dev/null 2>&1; then
		dmsetup suspend --nolockfs --noflush flakey &&
			dmsetup load flakey --table "$table" &&
			dmsetup resume --noudevsync flakey
	else
		dmsetup create --noudevsync flakey --table "$table" &&
			dmsetup mknodes flakey
	fi
}

# power_on: an empty disk at $work/power
power_on() {
	load_modules loop dm_flakey crc32c_generic ext4 || return
	truncate -s 256M "$work/medium"
	loop=$(losetup --show -f "$work/medium") || return
	sectors=$(blockdev --getsz "$loop")
	flakey || return
	mkfs.ext4 -q /dev/mapper/flakey && mkdir -p "$work/power" &&
		mount /dev/mapper/flakey "$work/power" &&
		truncate -s 64M "$work/power/disk" && sync -f "$work/power"
}

# power_off: and what is found on the medium is at $work/power again.
power_off() {
	umount "$work/power" && dmsetup remove --noudevsync flakey &&
		mount "$loop" "$work/power"
}

log_guest=$top/build/guest-tests/blk_log.elf

# cut_power NAME LINE KEYS: how many blocks were $safe at the cut, and how many of
# them are $found
cut_power() {
	local i
	safe=0 found=
	console=$work/console
	: >"$console"
	: >"$console.err"
	power_on || fail "$1-on" "no disk that can lose its power"
	"$top/minivmm" -m 64M --net none --disk "$work/power/disk$3" \
		--append "$2" "$log_guest" </dev/null >"$console" \
		2>"$console.err" &
	vmm=$!
	for ((i = 0; i < 600 && safe < 400; i++)); do
		nap
		safe=$(safe_blocks)
	done
	safe=$(safe_blocks)
	flakey drop_writes || fail "$1-cut" "no dm-flakey"
	# It goes on for a while, and nothing of that comes to the medium.
	nap
	nap
	kill -KILL "$vmm"
	wait "$vmm" 2>/dev/null
	power_off || fail "$1-cut" "the medium can't be mounted"
	found=$("$top/minivmm" -m 64M --net none --disk "$work/power/disk" \
		--append "find=$safe $2" "$log_guest" </dev/null 2>"$console.err" |
		sed -n 's/^found \([0-9]*\)\r*$/\1/p')
	umount "$work/power"
	losetup -d "$loop"
	rm -f "$work/medium"
}

safe_blocks() {
	sed -n 's/^safe \([0-9]*\)\r*$/\1/p' "$console" | tail -n 1 |
		grep . || echo 0
}

# What was safe is there; and a disk whose flushes do nothing is found out.
power_cuts() {
	cut_power cut "event" ""
	within power-cut-safe "$safe" 400 8192
	is power-cut-found "$found" "$safe"
	cut_power cut-packed "event packed" ",ring=packed"
	is power-cut-packed "$found" "$safe"
	cut_power cut-noflush "event noflush" ""
	is power-cut-noflush "$found" "$safe"
	cut_power cut-unsafe "event" ",cache=unsafe"
	within power-cut-unsafe-found "$found" 0 $((safe - 1))
}
