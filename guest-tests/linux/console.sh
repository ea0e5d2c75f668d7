# SPDX-License-Identifier: BSD-2-Clause
# console.sh: the serial console under load.

# 192 KiB through a reader that is more behind than the pipe and minivmm's
# memory hold, 64 KiB each. The kernel is kept from putting in a word: a host
# that stops for long makes it complain of stalls. [uart-flood] in tests.conf is
# the same without Linux.
nightly_flood() {
	local wanted=$work/wanted
	awk 'BEGIN { for (i = 0; i < 3072; i++)
		printf "%08d %054d\n", i, i * 65521 }' >"$wanted"
	console=$work/flood
	mkfifo "$console.pipe"
	"$top/minivmm" --append "+=quiet loglevel=1 nowatchdog do=flood" \
		-k "$kernel/vmlinuz" -i "$initrd" --console-log "$console.log" \
		</dev/null >"$console.pipe" 2>"$console.err" &
	vmm=$!
	read_slowly <"$console.pipe" >"$console"
	wait "$vmm"
	is flood-status $? 0
	sed -i '1,/^flood begins/d; /^flood ends/,$d' "$console"
	is flood-intact "$(diff "$wanted" "$console" | head -n 5)" ""
}

# read_slowly: stdin to stdout; a share of it, late, and the rest later still.
read_slowly() {
	logged 160000
	head -c 30000
	logged 190000
	cat
}

# logged BYTES: wait until the console's log, which has more than the console,
# has them, or minivmm has ended.
logged() {
	while kill -0 "$vmm" &&
		! [ "$(stat -c %s "$console.log")" -gt "$1" ]; do
		sleep 1
	done 2>/dev/null
}

# The shell of make run: Ctrl-C and Ctrl-\ end what it runs, and the network
# card has its address. What is typed is echoed, so no answer looks like it. What
# is to be ended is tail, which says itself that it runs: busybox's shell ignores
# SIGQUIT, and so would one that says it before it becomes another program.
test_shell() {
	console=$work/shell
	"$top/minivmm" --timeout 120 --append +=quiet -k "$kernel/vmlinuz" \
		-i "$top/build/guest-tests/examples.cpio" --expect '# ' \
		--send "echo a''sleep >f; tail -f f\\n" --expect asleep \
		--send '\x03' --expect '# ' \
		--send "echo a''gain >f; tail -f f\\n" --expect again \
		--send '\x1c' --expect '# ' \
		--send 'until ip -o -4 a | grep eth0; do sleep 1; done\n' \
		--expect '10\.0\.2\.15' --send 'poweroff\n' \
		</dev/null >"$console" 2>"$console.err"
	is shell-status $? 0
	is shell-verdict "$(tail -n 1 "$console.err" |
		grep -c 'verdict=poweroff after .*ACPI S5')" 1
}
