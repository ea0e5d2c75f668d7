# SPDX-License-Identifier: BSD-2-Clause
# lib.sh: what the benchmarks share; sourced by bash, after tools/lib.sh.
bin=$top/build/bench

# build_tools: the stopwatch and its library
build_tools() {
	local cc="gcc -std=gnu11 -O2 -Wall -Wextra -I$top"
	mkdir -p "$bin"
	$cc -o "$bin/stopwatch" "$top/bench/stopwatch.c" &&
		$cc -static -o "$bin/share_work" "$top/bench/share_work.c" &&
		$cc -shared -fPIC -o "$bin/first_run.so" \
			"$top/bench/first_run.c" || die "cannot build"
}

# table FIRST COLUMN...: from "VMM METRIC NUMBER" lines, a Markdown table of
# each VMM's medians, and in brackets their ratios to those of the VMM FIRST.
# COLUMNs are METRIC=TITLE.
table() {
	awk -v first="$1" -v columns="$(printf '%s\n' "${@:2}")" '
	function median(key,    i, j, t, m) {
		m = n[key]
		for (i = 2; i <= m; i++)
			for (j = i; j > 1 && v[key, j - 1] > v[key, j]; j--) {
				t = v[key, j]
				v[key, j] = v[key, j - 1]
				v[key, j - 1] = t
			}
		i = int((m + 1) / 2)
		return m % 2 ? v[key, i] : (v[key, i] + v[key, i + 1]) / 2
	}
	function cell(vmm, metric,    key, base, x, text) {
		key = vmm " " metric
		base = first " " metric
		if (!n[key])
			return "-"
		x = median(key)
		text = sprintf(x < 1000 ? "%.4g" : "%.0f", x)
		if (n[base] && median(base))
			text = text sprintf(" (%.2f)", x / median(base))
		return text
	}
	{
		if (!seen[$1]++)
			vmms[++count] = $1
		key = $1 " " $2
		v[key, ++n[key]] = $3
	}
	END {
		width = split(columns, c, "\n")
		head = "| |"
		rule = "|---|"
		for (i = 1; i <= width; i++) {
			metric[i] = c[i]
			sub(/=.*/, "", metric[i])
			sub(/[^=]*=/, "", c[i])
			head = head " " c[i] " |"
			rule = rule "---|"
		}
		print head "\n" rule
		for (j = 1; j <= count; j++) {
			row = "| " vmms[j] " |"
			for (i = 1; i <= width; i++)
				row = row " " cell(vmms[j], metric[i]) " |"
			print row
		}
	}'
}

# ratios TITLE COLUMN...: from "ROUND base|this METRIC NUMBER" lines, a Markdown
# table of what both have, and of the ratio in each round: its median, its middle
# half, and all.  COLUMNs are METRIC=TITLE; TITLE is what the base and this are
# called, "BASE THIS".
ratios() {
	awk -v titles="$1" -v rows="$(printf '%s\n' "${@:2}")" '
	function sort(a, n,    i, j, t) {
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && a[j - 1] > a[j]; j--) {
				t = a[j]
				a[j] = a[j - 1]
				a[j - 1] = t
			}
	}
	# The quantile q of n sorted values.
	function at(a, n, q,    x, i) {
		x = 1 + (n - 1) * q
		i = int(x)
		return i < n ? a[i] + (x - i) * (a[i + 1] - a[i]) : a[n]
	}
	function median_of(which, name,    i, n, a) {
		for (i = 0; i <= last; i++)
			if ((i, which, name) in v)
				a[++n] = v[i, which, name]
		sort(a, n)
		return n ? at(a, n, 0.5) : 0
	}
	function row(name, title,    i, n, r) {
		for (i = 0; i <= last; i++)
			if (v[i, "base", name] > 0 && v[i, "this", name] > 0)
				r[++n] = v[i, "this", name] / v[i, "base", name]
		if (!n)
			return
		sort(r, n)
		printf "| %s | %.4g | %.4g | %.2f | %.2f to %.2f | %.2f to %.2f |\n",
			title, median_of("base", name), median_of("this", name),
			at(r, n, 0.5), at(r, n, 0.25), at(r, n, 0.75), r[1], r[n]
	}
	{ v[$1, $2, $3] = $4; last = $1 > last ? $1 : last }
	END {
		split(titles, t, " ")
		printf "| | %s | %s | ratio | middle half | all |\n", t[1], t[2]
		print "|---|---|---|---|---|---|"
		n = split(rows, r, "\n")
		for (k = 1; k <= n; k++)
			row(substr(r[k], 1, index(r[k], "=") - 1),
				substr(r[k], index(r[k], "=") + 1))
	}'
}

# private_kib PID MIB: memory that the process has for itself, less the
# mapping that is the guest's, of MIB or more
private_kib() {
	awk -v guest=$(($2 * 1024)) '
	/^Size:/ { ram = $2 >= guest }
	/^Private_/ && !ram { sum += $2 }
	END { print sum }' "/proc/$1/smaps"
}

# count_exits; exits EVENT: counters that cost no memory, begun and read; in
# $events, the folder of KVM's tracepoints
count_exits() {
	local e
	for e in kvm_exit:exit_reason kvm_userspace_exit:reason; do
		echo "!hist:keys=${e#*:}" >"$events/${e%:*}/trigger"
		echo "hist:keys=${e#*:}" >"$events/${e%:*}/trigger"
	done 2>/dev/null
}

exits() { awk '/Hits:/ { print $2 }' "$events/$1/hist"; }

# switches PID: how often its threads have been put to sleep so far
switches() {
	cat /proc/"$1"/task/*/status 2>/dev/null |
		awk '/ctxt_switches/ { sum += $2 } END { print sum }'
}

# await_line FILE LINE PID: until FILE, a console, shows it, or PID ends
await_line() {
	until tr -d '\r' <"$1" | grep -qx "$2"; do
		kill -0 "$3" 2>/dev/null || return
		sleep 0.1
	done
}

# ---- The bare-metal server behind a forward. Who calls these has $work, a
# directory of its own, and ends $pid, if that is set.

guest=$top/build/guest-tests/net_server.elf
peer=$top/build/guest-tests/netpeer

# vmm NAME: its command, in the array cmd; the ports that lead to the guest's
# TCP 80 and UDP 7 are told on stderr, or are $tcp and $udp.
vmm() {
	local line=event device=virtio-net-pci,disable-legacy=on,netdev=n
	case $1 in
	*-packed) line="packed event" device+=,packed=on ;;
	*-1500) line="nomtu event" ;;
	esac
	tcp='' udp=''
	case $1 in
	minivmm*)
		# shellcheck disable=SC2086 # several words
		cmd=("${MINIVMM:-$top/minivmm}" ${MINIVMM_OPTIONS-} -m 64 -p 0:80
			-p 0:7/udp -a "$line" "$guest")
		;;
	libslirp) cmd=("$bin/net_alone" 65520) ;;
	libslirp-1500) cmd=("$bin/net_alone" 1500) ;;
	qemu*)
		read -r tcp udp < <("$peer" ports)
		cmd=(qemu-system-x86_64 -M q35 -accel kvm -m 64 -nodefaults
			-no-user-config -display none -no-reboot -serial stdio
			-kernel "$guest" -append "$line" -device "$device"
			-netdev "user,id=n,hostfwd=tcp:127.0.0.1:$tcp-:80,$(
				)hostfwd=udp:127.0.0.1:$udp-:7")
		;;
	esac
}

start() {
	vmm "$1"
	: >"$work/out"
	"${cmd[@]}" </dev/null >"$work/out" 2>"$work/err" &
	pid=$!
	await_line "$work/out" ready $pid
	tcp=${tcp:-$(port tcp "$work/err")} udp=${udp:-$(port udp "$work/err")}
}

stop() {
	"$peer" get "$tcp" /quit >/dev/null
	wait $pid
	pid=
}

# idle_beside N: so many connections over which nothing is said, until idle_over
idle_beside() {
	rm -f "$work/idle"
	mkfifo "$work/hold"
	"$peer" idle "$tcp" "$1" <"$work/hold" >"$work/idle" 2>&1 &
	idler=$!
	exec 3>"$work/hold"
	until grep -qs . "$work/idle"; do sleep 0.05; done
	grep -q ^idle "$work/idle" || die "$(cat "$work/idle")"
}

idle_over() {
	exec 3>&-
	wait "$idler"
	rm "$work/hold"
}
