# SPDX-License-Identifier: BSD-2-Clause
# ports.sh: Linux's virtio-console: a job's three streams, its terminal, hvc0.

initrd_ports=$top/build/guest-tests/linux-ports.cpio

# ports OPTION... -- WORD...: a job in a guest that has the driver, which says all
# that it has to say.
ports() {
	"$top/minivmm" --timeout 900 \
		--append "+=$patient do=job rdinit=/init ${line-}" \
		-k "$kernel/vmlinuz" -i "$initrd_ports" "$@"
}

# What comes in goes out as it is, errors apart, and nothing of the kernel's is
# between; all that was said last comes, and what the command says ends the run.
test_ports_streams() {
	console=$work/console
	head -c 4194304 /dev/urandom >"$work/in"
	ports --stats="$work/stats" -- 'cat; echo not good >&2; exit 5' \
		<"$work/in" >"$console" 2>"$console.err"
	is ports-status $? 5
	is ports-bytes "$(cmp "$work/in" "$console" 2>&1)" ""
	is ports-errors "$(grep -c '^not good$' "$console.err")" 1
	is ports-kernel "$(grep -c 'Linux version' "$console.err")" 1
	is ports-counted "$(grep -o '"stdin": 4194304' "$work/stats")" \
		'"stdin": 4194304'
}

# Who reads no more ends who writes.
test_ports_pipe() {
	console=$work/console
	{
		ports --append '+=quiet' -- 'yes; echo $? >&2'
		echo "status $?" >&2
	} </dev/null 2>"$console.err" | head -n 2 >"$console"
	is ports-head "$(cat "$console")" $'y\ny'
	is ports-pipe "$(grep -cE '^(141|1)$' "$console.err")" 1
}

# Files of the command's may be opened by their names, and its input is at its
# end at once.
test_ports_names() {
	console=$work/console
	ports --append '+=quiet' -- \
		'cat; echo out >/dev/stdout; echo err >/dev/stderr' \
		</dev/null >"$console" 2>"$console.err"
	is ports-names "$(cat "$console")" out
}

# A terminal, whose size follows that of the window.
nightly_ports_terminal() {
	console=$work/console
	TERM=xterm SHELL=/bin/bash script -qec "stty rows 33 cols 99
		(until grep -q hvc0 $console; do sleep 1; done
		stty rows 20 cols 70 </dev/tty) &
		$top/minivmm --timeout 900 -i $initrd_ports \
		--append '+=quiet do=job rdinit=/init' -k $kernel/vmlinuz -- '
		stty size; tty
		n=0
		until [ \"\$(stty size)\" = \"20 70\" ] || [ \$n = 300 ]; do
			sleep 0.2
			n=\$((n + 1))
		done
		stty size'" /dev/null <&6 >"$console" 2>&1
	is ports-terminal "$(tr -d '\r' <"$console" | grep -v minivmm:)" \
		"33 99"$'\n'/dev/hvc0$'\n'"20 70"
}

# hvc NAME OPTION...: a shell on hvc0, what is typed is read there.
hvc() {
	local name=$1
	shift
	line="do=shell $hvc_line" start -k "$kernel/vmlinuz" \
		-i "$initrd_ports" --net none --rng off "$@"
	shows "hvc-$name-ready" ready
	enter 'sh </dev/hvc0 >/dev/hvc0 2>&1; echo back'
	enter 'echo "from $(tty) $((6 * 7))"'
	shows "hvc-$name-typed" '.*from /dev/hvc0 42'
	enter 'exit'
	shows "hvc-$name-back" back
	enter 'poweroff -f'
	ends "hvc-$name-status"
}

nightly_hvc_packed() { hvc_line= hvc packed --console virtio; }
nightly_hvc_split() { hvc_line= hvc split --console virtio,packed=off; }
nightly_hvc_intx() { hvc_line=pci=nomsi hvc intx --console virtio; }

# The same on split rings, by the interrupt pin.
nightly_ports_intx() {
	line=pci=nomsi
	console=$work/console
	head -c 4194304 /dev/urandom >"$work/in"
	ports --console virtio,packed=off -- 'cat; exit 5' \
		<"$work/in" >"$console" 2>"$console.err"
	is ports-intx-status $? 5
	is ports-intx-bytes "$(cmp "$work/in" "$console" 2>&1)" ""
}
