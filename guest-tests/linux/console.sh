# SPDX-License-Identifier: BSD-2-Clause
# console.sh: the serial console under load.

# 192 KiB through a reader that is more behind than the pipe and minivmm's
# memory hold, 64 KiB each. The kernel is kept from putting in a word: a host
# that stops for long makes it complain of stalls.
test_flood() {
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
