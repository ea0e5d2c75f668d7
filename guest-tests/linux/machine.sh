# SPDX-License-Identifier: BSD-2-Clause
# machine.sh: the machine that a Linux guest sees, its ends and its new starts.

# memory_is CHECK MIB: all of --mem is RAM to the guest, but for what a PC
# keeps for itself below 1 MiB.
memory_is() {
	within "$1" "${facts[memory]-}" $(($2 * 1024 - 1024)) $(($2 * 1024))
}

# One CPU: what the guest sees of its machine, and the serial line's input.
test_one() {
	local before after
	line=do=shell start -k "$kernel/vmlinuz" -i "$initrd" -m 512M
	shows boot-bzimage ready
	fact_is cpus-1 cpus 1
	memory_is mem-512M 512
	fact_is uart-16550A uart 16550A
	fact_is clocksource clocksource kvm-clock
	no_complaints dmesg-1
	before=$(date +%s)
	enter 'echo the time: $(date +%s)'
	shows serial-input 'the time: [0-9]+'
	after=$(date +%s)
	within wall-clock "${text#the time: }" $((before - 2)) $((after + 2))
	enter 'poweroff -f'
	ends poweroff-status
}

# 64 MiB: too little for the bzImage, which unpacks itself above 16 MiB and
# must be refused. The ELF kernel inside just leaves room for a compressed
# initramfs, and runs when it doesn't fill 8 MiB with files of tracefs.
test_small() {
	start -k "$kernel/vmlinuz" -i "$initrd" -m 64M
	ended
	is small-refused "$status: $(sed 's/.*: //; q' "$console.err")" \
		"2: needs at least --mem 68M"
	gzip -nc "$initrd" >"$work/small.gz"
	line=initcall_blacklist=tracer_init_tracefs \
		start -k "$kernel/vmlinux" -i "$work/small.gz" -m 64M
	shows boot-64M ready
	memory_is mem-64M 64
	ends small-status
}

# Four CPUs, the ELF kernel by its PVH entry, and a reboot that ends it all.
test_smp() {
	line=do=shell start -k "$kernel/vmlinux" -i "$initrd" -c 4 \
		--on-reset exit
	shows boot-vmlinux ready
	fact_is cpus-4 cpus 4
	fact_is cpus-4-booted booted 4
	no_complaints dmesg-4
	enter 'reboot -f'
	# as the man page has it
	ends reboot-exit 18
}

# Memory on both sides of the PCI hole.
test_big() {
	start -k "$kernel/vmlinuz" -i "$initrd" -m 5G
	shows boot-5G ready
	memory_is mem-5G 5120
	ends big-status
}

# exits_are CHECK MAX: how often the guest left to minivmm in its whole life, but
# for the serial line, which depends on what it prints.
exits_are() {
	local n
	n=$(awk -F '"' '/"(port|mmio) 0x/ && $2 !~ / 0x3f[89a-f] / {
		sub(/[: ]*/, "", $3)
		n += $3
	}
	END { print n + 0 }' "$work/stats")
	within "$1" "$n" 100 "$2"
}

# A reboot starts the same guest anew, in the same process.
test_restart() {
	line=do=shell start -k "$kernel/vmlinuz" -i "$initrd" --on-reset restart
	await ready
	enter 'reboot -f'
	shows restart-boots ready
	enter 'poweroff -f'
	ends restart-status
}

# A panic is seen, and what remains, a kernel that hangs, ends by SIGTERM after
# the grace period.
test_panic() {
	line=panic=0 start -k "$kernel/vmlinuz" --grace 1
	shows panic-seen '.*---\[ end Kernel panic - not syncing: VFS: .*'
	kill "$vmm"
	ended
	isnt_hung sigterm-grace
}

# SIGTERM presses the power button.
test_button() {
	line=do=button start -k "$kernel/vmlinuz" -i "$initrd" --grace 600 \
		--stats "$work/stats"
	await ready
	kill "$vmm"
	shows power-button 'button pressed'
	ends power-button-status
	exits_are exits-with-a-card 800
}

# A guest that doesn't listen: the first SIGTERM waits, the second doesn't.
test_deaf() {
	line=do=deaf start -k "$kernel/vmlinuz" -i "$initrd" --grace 600 \
		--net none --stats "$work/stats"
	await ready
	kill "$vmm"
	sleep 1
	is sigterm-waits "$(kill -0 "$vmm" && echo alive)" alive
	kill "$vmm"
	ended
	isnt_hung sigterm-twice
	exits_are exits-without-a-card 600
}
