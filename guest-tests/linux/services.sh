# SPDX-License-Identifier: BSD-2-Clause
# services.sh: minivmm as a wrapper around a command: the guest's only job.

# job NAME STATUS OPTION... -- WORD...: what the command said is in $said
job() {
	local name=$1 want=$2
	shift 2
	console=$work/console
	"$top/minivmm" --timeout 300 --append '+=quiet' -k "$kernel/vmlinuz" \
		"$@" </dev/null >"$console" 2>"$console.err"
	is "job-$name-status" $? "$want"
	said=$(tr -d '\r' <"$console")
}

# Its exit code is ours, and not a byte is lost of what it said last.
test_job() {
	job code 7 -i "$initrd" -- \
		'echo pid $$; tty; ls -1d /proc/1 /sys/kernel;' \
		'seq 2000; exit 7'
	is job-code-said "$(sed '/^pid [2-9]/s/.*/pid/' <<<"$said")" \
		"pid
/dev/console
/proc/1
/sys/kernel
$(seq 2000)"
	is job-code-verdict "$(grep -c 'verdict=exit after' "$console.err")" 1
	# The initrd may be compressed, even by what nothing can follow.
	lz4 -l -q -f "$initrd" "$work/initrd.lz4"
	job killed 143 -i "$work/initrd.lz4" -- 'kill -TERM $$; echo alive'
	is job-killed-said "$said" ""
}
