# SPDX-License-Identifier: BSD-2-Clause
# debugger.sh: gdb and a kernel on four processors, on a KVM that has debug
# registers (tools/newer-qemu): make check-linux LINUX_TESTS=debugger. What that
# KVM lacks is said, and counted.
where=$work/gdb.sock
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
	local i
	start -k "$kernel/vmlinux" -i "$initrd" -c 4 --gdb "unix:$where" "$@"
	for ((i = 0; i < 600; i++)); do
		[ ! -S "$where" ] || return
		nap
	done
}

# by_gdb: what gdb says of the commands that come in is in $work/gdb.log.
by_gdb() {
	{
		printf 'set pagination off\nset confirm off\n'
		printf 'set tcp connect-timeout 100\nset remotetimeout 100\n'
		printf 'target remote %s\n' "$where"
		cat
	} >"$work/script"
	timeout 4000 gdb -nx -batch -x "$work/script" "$frames" \
		>"$work/gdb.log" 2>&1 </dev/null
}

# says CHECK RE: gdb did.
says() {
	if grep -qE -- "$2" "$work/gdb.log"; then
		pass "$1"
	else
		fail "$1" "gdb did not say '$2'"
		tail -n 20 "$work/gdb.log" | shown
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
		"$work/gdb.log")" 3
	is debugger-watch-steps "$(awk '/^New value/ { print $4 - last
		last = $4 }' "$work/gdb.log" | tail -n 1)" 1
	says debugger-break-again 'breakpoint 3, 0x[0-9a-f]+ in kernel_execve'
	says debugger-threads 'vCPU 3 '
	says debugger-detach detached
	shows debugger-boot ready
	enter 'poweroff -f'
	ends debugger-break-status
}
