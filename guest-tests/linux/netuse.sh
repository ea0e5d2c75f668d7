# SPDX-License-Identifier: BSD-2-Clause
# netuse.sh: what else is done with a network card, and to it.
. "$here/nic.sh"

# features BIT...: as in sysfs
features() {
	local bits bit
	printf -v bits '%064d' 0
	for bit; do
		bits=${bits:0:bit}1${bits:bit+1}
	done
	echo "$bits"
}

# offload CHECK NAME VALUE: as ethtool -k has it
offload() {
	shows "net-offload-$1" "[[:blank:]]*$1: $2( \[.*)?"
}

# stall_is NAME LINE: minivmm says so, now that frames come and nobody takes
# them.
stall_is() {
	local i told='s/^minivmm: stall: \([^:]*: [^:]*\) for .*/\1/p'
	for ((i = 0; i < 600; i++)); do
		((i % 10)) || : <>/dev/tcp/127.0.0.1/1007
		grep -q 'minivmm: stall: ' "$console.err" && break
		nap
	done
	is "net-$1-stall" "$(sed -n "$told" "$console.err" | head -n 1)" "$2"
}

# What is offered is what Linux takes and shows; the link goes down and up;
# iperf3 runs in both directions.
test_tools() {
	iperf3 -s -p 5201 >/dev/null &
	nic 1 user,host=on,ring=split "" -p 1201:5201
	nic_is tools "split msix"
	# VIRTIO_NET_F_ CSUM, GUEST_CSUM, MTU, MAC, HOST_TSO4, HOST_TSO6,
	# MRG_RXBUF, STATUS; VIRTIO_F_ INDIRECT_DESC, EVENT_IDX, VERSION_1,
	# RING_RESET
	fact_is net-features net-features \
		"$(features 0 1 3 5 11 12 15 16 28 29 32 40)"
	enter 'ethtool -k eth0'
	offload rx-checksumming on
	offload tx-checksum-ip-generic on
	offload tx-scatter-gather on
	offload tx-tcp-segmentation on
	offload tx-tcp6-segmentation on
	offload large-receive-offload off
	offload rx-gro-hw off
	enter 'ifconfig eth0 down; echo it is down'
	await 'it is down'
	stall_is link-down 'virtio-net rx: guest not consuming used buffers'
	enter net
	shows net-link-up 'net is up'
	both link-tcp tcp 1 100000
	enter 'iperf3 -c 10.0.2.2 -P 4 -n 4M'
	shows net-iperf3-out 'iperf Done\.'
	enter 'iperf3 -c 10.0.2.2 -P 4 -n 4M -R'
	shows net-iperf3-out-reverse 'iperf Done\.'
	enter 'iperf3 -s -D; echo it serves'
	await 'it serves'
	is net-iperf3-in "$(iperf3 -c 127.0.0.1 -p 1201 -n 4M | tail -n 1)" \
		"iperf Done."
	is net-iperf3-in-reverse "$(iperf3 -c 127.0.0.1 -p 1201 -n 4M -R |
		tail -n 1)" "iperf Done."
	off tools
}

# disturbed NAME RING: the driver is taken from its card and comes back, and
# the machine reboots, each amid traffic.
disturbed() {
	nic 4 "user,host=on,ring=$2,in-order=on"
	nic_is "$1" "$2 msix"
	enter 'nic=$(basename $(readlink -f /sys/class/net/eth0/device))'
	enter 'cd /sys/bus/virtio/drivers/virtio_net'
	enter 'for i in $(seq 10); do peer tcp 10.0.2.2 7 4 1000000000 &
usleep 300000; echo $nic >unbind; kill $!; echo $nic >bind
ifconfig eth0 10.0.2.15; done; cd /; net; echo "bound $i times"'
	shows "net-$1-rebound" 'bound 10 times'
	both "$1-rebound" tcp 1 100000
	forget
	enter 'peer tcp 10.0.2.2 7 4 1000000000 & usleep 500000; reboot -f'
	nic_is "$1-rebooted" "$2 msix"
	both "$1-rebooted" tcp 1 100000
	off "$1"
}

nightly_disturbed_split() { disturbed disturbed-split split; }
test_disturbed_packed() { disturbed disturbed-packed packed; }

# Amid loss, and with frames that come late, twice and out of order, both of
# what the guest sends and of what it gets, TCP loses nothing. busybox has a tc
# of its own.
test_rough() {
	local initrd_net=$top/build/guest-tests/linux-rough.cpio
	nic 2 user,host=on,mtu=1500
	nic_is rough "packed msix"
	enter 'tc() { /bin/tc "$@"; }; rough() { tc qdisc add dev $1 root \
netem delay 2ms 2ms reorder 20% loss 1% duplicate 2%; }'
	enter 'ifconfig ifb0 up && tc qdisc add dev eth0 ingress &&
tc filter add dev eth0 parent ffff: matchall \
action mirred egress redirect dev ifb0 &&
rough eth0 && rough ifb0 && echo now it is rough'
	shows net-rough-set-up 'now it is rough'
	both rough-tcp tcp 8 "${MINIVMM_ROUGH-200000}"
	enter 'for i in eth0 ifb0; do
tc -s qdisc show dev $i root | grep dropped; done; echo that is all'
	shows net-rough-lost-out '.*dropped [1-9].*'
	shows net-rough-lost-in '.*dropped [1-9].*'
	off rough
}

# A driver of the time before VIRTIO 1.0.
test_legacy() {
	nic 1 user,host=on,transitional=on virtio_pci.force_legacy=1
	nic_is legacy "legacy msix"
	traffic legacy
	off legacy
}

# kept_in NAME: the guest gets no answer from the host's own loopback, nor does
# anything come out there.
kept_in() {
	local before to kind
	before=$(wc -l <"$work/served")
	for kind in tcp udp; do
		for to in 10.0.2.2 fec0::2; do
			enter "timeout 4 peer $kind $to 7 1 100; echo over"
			await 'over|.*intact'
			is "net-$1-$kind-$to" "$text" over
		done
	done
	is "net-$1-silent" "$(wc -l <"$work/served")" "$before"
}

# By default the host's own services are out of reach, but its resolver is not.
test_default() {
	nic 1 user
	nic_is default "packed msix"
	kept_in default
	enter 'nslookup www.example.test'
	shows net-default-dns '.*192\.0\.2\.7'
	both_in default
	off default
}

# both_in NAME: forwards work.
both_in() {
	enters "$1-tcp-in" tcp 127.0.0.1 1 100000
	enters "$1-tcp-in6" tcp ::1 1 100000
	enters "$1-udp-in" udp 127.0.0.1 1 1000
	enters "$1-udp-in6" udp ::1 1 1000
}

# Nothing gets out, names included; forwards work.
test_restrict() {
	local before
	nic 1 user,restrict=on,host=on
	nic_is restrict "packed msix"
	# By now our resolver has said all it says when it starts.
	before=$(wc -l <"$work/queries")
	kept_in restrict
	enter 'timeout 4 nslookup www.example.test; echo over'
	await 'over|.*192\.0\.2\.7'
	is net-restrict-dns "$text" over
	is net-restrict-queries "$(wc -l <"$work/queries")" "$before"
	both_in restrict
	off restrict
}
