# SPDX-License-Identifier: BSD-2-Clause
# nightly.sh: what takes too long for every change: make check-linux
# LINUX_TESTS=nightly
. "$here/ssh.sh"

# A hundred times out and in, in one boot.
test_ssh_split() { ssh_cycles ssh100-split split 100; }
test_ssh_packed() { ssh_cycles ssh100-packed packed 100; }

# bulk NAME RING: 1 GiB each way, started by either side; each byte is compared.
bulk() {
	nic 2 "user,host=on,ring=$2"
	nic_is "$1" "$2 msix"
	patience=3600
	leaves "$1-gib-out" tcp 10.0.2.2 1 1073741824
	enters "$1-gib-in" tcp 127.0.0.1 1 1073741824
	off "$1"
}

test_bulk_split() { bulk bulk-split split; }
test_bulk_packed() { bulk bulk-packed packed; }

# Bursts of connections in both directions, again and again.
test_burst() {
	local i
	nic 1 user,host=on,ring=packed,mtu=1500 pci=nomsi
	nic_is burst "packed intx"
	for ((i = 1; i <= 50; i++)); do
		leaves "burst-out-$i" tcp 10.0.2.2 200 3000
		enters "burst-in-$i" tcp 127.0.0.1 200 3000
	done
	off burst
}
