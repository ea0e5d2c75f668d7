# SPDX-License-Identifier: BSD-2-Clause
# verdicts.sh: how a run with a real kernel can end, each row in a boot of its
# own, and what minivmm says of it. tests.conf has the rest, without Linux.

# row NAME STATUS VERDICT OPTION...: boot the kernel, with $rd as its initrd if
# that is set and what $line adds to its command line; the last line on stderr
# is VERDICT, a pattern of what follows "verdict=".
row() {
	local name=$1 want=$2 verdict=$3 last
	shift 3
	[ -z "${rd-}" ] || set -- -i "$rd" "$@"
	console=$work/console err=$work/console.err
	"$top/minivmm" --timeout 150 --append "${line-+=} $patient" \
		-k "$kernel/vmlinuz" "$@" </dev/null >"$console" 2>"$err"
	is "verdict-$name-status" $? "$want"
	last=$(tail -n 1 "$err")
	if [[ $last =~ ^minivmm:\ verdict=$verdict ]]; then
		pass "verdict-$name"
	else
		fail "verdict-$name" "$last"
		tail -n 5 "$console" | sed 's/^/     | /'
		tail -n 30 "$err" | sed 's/^/     ! /'
	fi
}

# reports NAME PATTERN: the report on a hang has such a line.
reports() {
	if grep -qE -- "$2" "$err"; then
		pass "verdict-$1"
	else
		fail "verdict-$1" "no line '$2'"
	fi
}

# A kernel without a root file system, whatever it does upon its panic.
test_no_root() {
	local panic='panic after .*Kernel panic - not syncing: VFS: Unable to'
	line='+=quiet' row no-root 16 "$panic"
	line='+=quiet panic=-1' row no-root-panic-1 16 "$panic"
	line='+=quiet panic=1 reboot=k' row no-root-reboot-k 16 "$panic"
}

# Panics and Oopses brought about by user space; of one that is not seen on
# the console pvpanic tells.
test_crashes() {
	local rd=$initrd
	line='+=quiet do=broken panic=-1' row broken-init 16 \
		'panic after .*Attempted to kill init'
	line='+=quiet do=crash' row sysrq-crash 16 \
		'panic after .*sysrq triggered crash'
	line='+=quiet do=crash panic=-1' row pvpanic 16 \
		'panic after .*[(]pvpanic[)]' --fail-on none
}

# The kernel is in trouble while a program has begun a line.
test_half_lines() {
	local rd=$initrd killed='panic after .*Attempted to kill init'
	line='+=quiet do=half' row half-line 16 "$killed"
	line='+=quiet do=half panic=-1' row half-line-panic-1 16 "$killed"
	line='+=quiet do=half printk.time=0' row half-line-untimed 16 "$killed"
	line='+=quiet do=lockup' row half-line-lockup 16 \
		'oops after .*watchdog: BUG: soft lockup'
}

# The guest's own end, and what was expected of it.
test_own_end() {
	local rd=$initrd
	line='+=quiet' row not-met 19 'expect after .*waiting for nothing' \
		--expect '^ready$' --expect nothing
	line='+=quiet do=shell' row dialogue 0 'expected after ' \
		--expect '^ready$' --expect '# ' \
		--send 'echo $((40 + 2))$((1 + 1))\n' --expect '^422$'
	line='+=quiet do=reboot' row reboot 18 'reset after ' --on-reset exit
}

# The same, as bare-metal guests have it in tests.conf.
nightly_own_end_too() {
	local rd=$initrd
	line='+=quiet' row poweroff 0 'poweroff after .*ACPI S5'
	line='+=quiet do=reboot' row reboot-loop 124 \
		'timeout after .*no end within 30 s' --timeout 30
}

# A guest that hangs, and lets SysRq in.
test_hangs() {
	local rd=$initrd
	line='+=do=deaf sysrq_always_enabled' row hung 20 \
		'hung after .*no byte on the console for 25 s' --silence 25
	reports hung-vcpu '^minivmm: vCPU 0: running at 0x[0-9a-f]+.* ring [03]'
	reports hung-console '^minivmm: console: ready'
	if grep -q 'sysrq: Show' "$console" && grep -q 'RIP:' "$console"; then
		pass verdict-hung-sysrq
	else
		fail verdict-hung-sysrq "SysRq did not get through"
	fi
}

# Limits on the console and on the boot, as bare-metal guests have them, too.
nightly_silent() {
	local rd=$initrd
	line='console=tty0 do=deaf' row silent 20 \
		'silent after .*not a byte on the console for 10 s' --silence 10
	line='+=quiet do=deaf' row not-booted 124 \
		'boot-timeout after .*waiting for never' --boot-timeout 15 \
		--expect never
	reports not-booted-remedy "^minivmm: .*-a '[+]=sysrq_always_enabled'"
}
