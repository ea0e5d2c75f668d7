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

# Its exit code is ours, and not a byte is lost of what it said last. It finds
# what programs expect.
test_job() {
	job code 7 -i "$initrd" -- \
		'echo pid $$; tty <&1; cd /sys; ls -1d /proc/1 /dev/pts/ptmx' \
		'kernel/debug/sched kernel/tracing/events fs/cgroup/cgroup.procs;' \
		'mount | grep -c /dev/shm; ping -c 1 127.0.0.1 | grep -c ttl;' \
		'cat /proc/sys/kernel/sysrq; seq 2000; exit 7'
	is job-code-said "$(sed '/^pid [2-9]/s/.*/pid/' <<<"$said")" \
		"pid
/dev/console
/dev/pts/ptmx
/proc/1
fs/cgroup/cgroup.procs
kernel/debug/sched
kernel/tracing/events
1
1
1
$(seq 2000)"
	is job-code-verdict "$(grep -c 'verdict=exit after' "$console.err")" 1
	# The initrd may be compressed, even by what nothing can follow.
	lz4 -l -q -f "$initrd" "$work/initrd.lz4"
	job killed 143 -i "$work/initrd.lz4" -- 'kill -TERM $$; echo alive'
	is job-killed-said "$said" ""
}

# As a filter: what comes in goes out as it is, to its end, however late the job
# is, and whatever a terminal would make of it. On a terminal it is one.
test_job_pipe() {
	console=$work/console
	printf 'one\ntwo\003\004\021\377\000x\r' >"$work/in"
	head -c 150000 /dev/zero | tr '\0' a >>"$work/in"
	"$top/minivmm" --timeout 300 --append '+=quiet' -k "$kernel/vmlinuz" \
		-i "$initrd" -- 'sleep 1; cat; exit 5' <"$work/in" \
		>"$work/console" 2>"$work/console.err"
	is job-pipe-status $? 5
	is job-pipe-bytes "$(cmp "$work/in" "$work/console" 2>&1)" ""
	seq 20000 | "$top/minivmm" --timeout 300 --append '+=quiet' \
		-k "$kernel/vmlinuz" -i "$initrd" -- 'head -n 1; exit 6' \
		2>"$work/console.err" >"$work/console"
	is job-pipe-head "$? $(cat "$work/console")" "6 1"
	TERM=xterm SHELL=/bin/bash script -qec "stty rows 33 cols 99
		$top/minivmm --timeout 300 --append +=quiet -i $initrd \
		-k $kernel/vmlinuz -- 'stty size; tty; echo \$TERM'" /dev/null \
		<&6 >"$work/console" 2>&1
	is job-terminal "$(tr -d '\r' <"$work/console" | grep -v minivmm:)" \
		"33 99"$'\n'/dev/console$'\n'xterm
}
