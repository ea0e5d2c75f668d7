# SPDX-License-Identifier: BSD-2-Clause
# nic.sh: a guest with a network, and traffic; sourced by groups of tests.

peer=$top/build/guest-tests/peer
# how many bytes one connection carries in each direction
bulk=${MINIVMM_BULK-4000000}

# Outside: echoes on port 7, names of example.test. What came is in
# $work/served and $work/queries.
"$peer" serve 7 >"$work/served" &
dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts \
	--user=root --pid-file= --listen-address=127.0.0.1 --bind-interfaces \
	--address=/example.test/192.0.2.7 --log-queries \
	--log-facility="$work/queries" &

# nic CPUS NET [LINE [OPTION...]]: boot a guest with --net NET and forwards to
# its echoes.
nic() {
	line="do=net ${3-}" start -k "$kernel/vmlinuz" -i "$initrd_net" \
		-c "$1" --net "$2" -p 1007:7 -p 1007:7/udp -p '[::1]:1007:7' \
		-p '[::1]:1007:7/udp' -p "unix:$work/echo:7" "${@:4}"
}

# nic_is NAME INTERFACE: as init has it
nic_is() {
	shows "net-$1-ready" ready
	fact_is "net-$1-interface" net "$2"
	fact_is "net-$1-lease" lease "10.0.2.15 10.0.2.2 10.0.2.3"
}

# leaves CHECK KIND ADDRESS N SIZE: the guest talks to the host.
leaves() {
	enter "peer $2 $3 7 $4 $5"
	shows "net-$1" "$2 $4 x $5 intact"
}

# enters CHECK KIND ADDRESS N SIZE: the host talks to the guest.
enters() {
	is "net-$1" "$("$peer" "$2" "$3" 1007 "$4" "$5")" \
		"$2 $4 x $5 intact"
}

# both NAME KIND N SIZE: out and in, by IPv4 and IPv6
both() {
	leaves "$1-out" "$2" 10.0.2.2 "$3" "$4"
	leaves "$1-out6" "$2" fec0::2 "$3" "$4"
	enters "$1-in" "$2" 127.0.0.1 "$3" "$4"
	enters "$1-in6" "$2" ::1 "$3" "$4"
}

# traffic NAME: all that must work however the NIC presents itself. With small
# frames libslirp has no large datagrams of IPv6: it knows no fragments there.
traffic() {
	both "$1-tcp" tcp 1 "$bulk"
	both "$1-udp" udp 3 1452
	if [ "${facts[mtu]-0}" -gt 60048 ]; then
		both "$1-udp-large" udp 3 60000
	else
		leaves "$1-udp-fragments-out" udp 10.0.2.2 3 60000
		enters "$1-udp-fragments-in" udp 127.0.0.1 3 60000
	fi
	leaves "$1-udp-1472-out" udp 10.0.2.2 3 1472
	enters "$1-udp-1472-in" udp 127.0.0.1 3 1472
	enters "$1-unix" tcp "unix:$work/echo" 1 100000
	leaves "$1-parallel-out" tcp 10.0.2.2 200 3000
	enters "$1-parallel-in" tcp 127.0.0.1 200 3000
	enter 'nslookup www.example.test'
	shows "net-$1-dns" '.*192\.0\.2\.7'
}

# off CHECK: without the interface, as a driver that sends while the kernel
# powers off may spin for ever (docs/HANGS.md).
off() {
	enter 'ifconfig eth0 down; poweroff -f'
	ends "net-$1-status"
}
