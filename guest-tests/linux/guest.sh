# SPDX-License-Identifier: BSD-2-Clause
# guest.sh: a guest, started, talked to and awaited, and what is found of it;
# sourced by run, before a group of tests. No check measures time: waiting is
# bounded by a generous watchdog only. And no waiting costs a process: under
# emulation each is dear.

kernel=$cache/cloud-amd64
initrd=$top/build/guest-tests/linux.cpio
initrd_net=$top/build/guest-tests/linux-net.cpio
busybox=$cache/busybox/bin/busybox
work=$(mktemp -d) || exit 1
trap 'jobs -p | xargs -r kill 2>/dev/null; rm -rf "$work"' EXIT
mkfifo "$work/never"
exec 6<>"$work/never"

# nap: for 0.1 s
nap() { read -r -t 0.1 <&6; }

# --- a guest: one per shell at a time

# What it said: its facts by name, its kernel's complaints.
declare -A facts
complaints=

# A host that does much else lets a guest wait, and minivmm would end it for
# what its kernel says of that.
patient=rcupdate.rcu_cpu_stall_suppress=1

# start [OPTION...]: boot it with the command line's addition $line. Its
# console's output goes to $console.
start() {
	console=$(mktemp "$work/console.XXXXXX")
	part= patience=120
	forget
	mkfifo "$console.in"
	exec 4<>"$console.in" 5<"$console"
	"${VMM-$top/minivmm}" --append "+=quiet $patient ${line-}" "$@" \
		<&4 >"$console" 2>"$console.err" 5<&- 6<&- &
	vmm=$!
}

# forget what it said: it boots anew.
forget() { facts=() complaints=; }

# next_line: the console's next one into $text; waits a moment for it.
# Status 1: there is none yet.
next_line() {
	local piece
	while ! IFS= read -r piece <&5; do
		part+=$piece
		nap
		IFS= read -r piece <&5 && break
		part+=$piece
		return 1
	done
	# either may end in the carriage return
	text=$part$piece part=
	text=${text%$'\r'}
	case $text in
	'fact '*)
		piece=${text#fact }
		facts[${piece%% *}]=${piece#* }
		;;
	'dmesg '*) complaints+=${text#dmesg }$'\n' ;;
	esac
}

# await PATTERN: until a whole line of the console, after those that were
# awaited before, matches the regular expression; it is in $text. Status 1: the
# guest ended, or the watchdog barked: after 120 seconds, and after 5 where it
# has barked before.
await() {
	local deadline=$((SECONDS + patience)) alive=1
	while [ $SECONDS -lt $deadline ]; do
		if next_line; then
			[[ $text =~ ^($1)$ ]] && return
			continue
		fi
		# it may have ended just after having said it
		[ -n "$alive" ] || return 1
		kill -0 "$vmm" 2>/dev/null || alive=
	done
	patience=5
	return 1
}

# enter TEXT: type a line at the guest's serial shell.
enter() { printf '%s\n' "$1" >&4; }

# ended: wait for minivmm's end; its status is in $status ("hung" if it had to
# be killed).
ended() {
	local i
	for ((i = 0; i < 600; i++)); do
		kill -0 "$vmm" 2>/dev/null || break
		nap
	done
	status=
	if kill -KILL "$vmm" 2>/dev/null; then
		status=hung
	fi
	wait "$vmm" 2>/dev/null
	status=${status:-$?}
	exec 4>&- 5<&-
}

# --- verdicts

# pass CHECK; fail CHECK WHY
pass() { echo "ok $1"; }

# With the counters, if it still runs.
fail() {
	echo "FAIL $1: $2"
	if kill -USR1 "${vmm-}" 2>/dev/null; then
		nap
		nap
	fi
	tail -n 12 "$console" | shown
	shown <"$console.err"
	[ -z "${MINIVMM_TRACE-}" ] || last_exits | shown
}

# trace_kvm: keep a record of KVM's last exits and injections, which costs time.
# Where the emulated processor was when a guest died stands only there: minivmm
# rightly does not trust what an AMD processor tells after a triple fault.
tracing=/sys/kernel/tracing
trace_kvm() {
	local event
	echo 64 >$tracing/buffer_size_kb
	for event in exit inj_virq inj_exception; do
		echo 1 >$tracing/events/kvm/kvm_$event/enable
	done
}

# last_exits: and forget them
last_exits() {
	echo "KVM's last exits:"
	tail -n 20 $tracing/trace | sed 's/.*\] [^ ]* *//'
	echo >$tracing/trace
}

# shown: stdin as lines that are no result
shown() { tr -d '\r' | cut -c -160 | sed 's/^/    | /'; }

# is CHECK GOT WANTED
is() {
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "'$2', not '$3'"; fi
}

# fact_is CHECK NAME WANTED: what the guest said of itself.
fact_is() { is "$1" "${facts[$2]-}" "$3"; }

# within CHECK GOT LEAST MOST: integers
within() {
	if [ -n "$2" ] && [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then
		pass "$1"
	else
		fail "$1" "'$2', not from $3 to $4"
	fi
}

# shows CHECK PATTERN: the console shows it in time.
shows() {
	if await "$2"; then pass "$1"; else fail "$1" "no line '$2'"; fi
}

# rebound CHECK DRIVER [COMMAND]: the driver loses its devices and gets them
# back, ten times, while the guest runs that command (none), which is to end.
rebound() {
	enter "cd /sys/bus/virtio/drivers/$2; all=\$(echo virtio[0-9]*)"
	enter "for i in \$(seq 10); do { ${3-:}; } >/dev/null 2>&1 &
for d in \$all; do echo \$d >unbind; done; wait
for d in \$all; do echo \$d >bind; done; done; echo \"bound \$i times\"; cd /"
	shows "$1" 'bound 10 times'
}

# ends CHECK [STATUS]: minivmm ends by itself, with that (0).
ends() {
	ended
	is "$1" "$status" "${2-0}"
}

# isnt_hung CHECK: it ended by itself.
isnt_hung() {
	if [ "$status" != hung ]; then pass "$1"; else fail "$1" hung; fi
}

# The warnings that Debian's kernel gives on a sound machine of this kind, as
# extended regular expressions, each with its reason.
expected_warnings() {
	sed '/^#/d' <<-'END'
	# a busy host that let a vCPU wait
	(hrtimer|perf): interrupt took .*
	# a host CPU's weaknesses, which the guest sees as its own
	(Speculative Return Stack Overflow|RETBleed|Spectre V[12] ?|MDS): .*
	.*https://(www\.)?kernel\.org/doc/html/latest/admin-guide/hw-vuln/.*
	END
}

# no_complaints CHECK: nothing in the kernel's log at level warning or above.
no_complaints() {
	is "$1" "$(printf %s "$complaints" |
		grep -vxE -f <(expected_warnings))" ""
}
