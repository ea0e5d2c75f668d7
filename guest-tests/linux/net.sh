# SPDX-License-Identifier: BSD-2-Clause
# net.sh: the network of Linux guests with both formats of rings, both kinds of
# interrupts, one and four CPUs. Bare-metal guests have the same, faster
# (guest-tests/net_pingpong.c), so what differs in two ways is enough here.
. "$here/nic.sh"

test_split() {
	nic 1 user,host=on,ring=split
	nic_is split "split msix"
	fact_is net-split-mtu mtu 65520
	traffic split
	off split
}

test_packed() {
	nic 4 user,host=on,ring=packed
	nic_is packed "packed msix"
	traffic packed
	off packed
}

nightly_split_intx() {
	nic 4 user,host=on,ring=split pci=nomsi
	nic_is split-intx "split intx"
	traffic split-intx
	off split-intx
}

# With small frames: the guest fragments its datagrams, and we ours.
test_packed_intx() {
	nic 1 user,host=on,ring=packed,mtu=1500 pci=nomsi
	nic_is packed-intx "packed intx"
	fact_is net-packed-intx-mtu mtu 1500
	traffic packed-intx
	off packed-intx
}

# The network in a process of its own: names, files and addresses are its own
# business, traffic crosses memory that is shared.
nightly_isolated() {
	local what
	mkdir -p "$work/files"
	head -c 1000000 /dev/urandom >"$work/files/boot"
	nic 2 "user,host=on,isolate=on,tftp=$work/files" "" --sandbox=strict
	nic_is isolated "packed msix"
	traffic isolated
	what=$(sha256sum <"$work/files/boot")
	enter "tftp -g -r boot -l /tmp/boot 10.0.2.2; sha256sum </tmp/boot"
	shows net-isolated-tftp "$what"
	enter 'tftp -g -r ../served -l /tmp/x 10.0.2.2 2>/dev/null || echo no'
	shows net-isolated-tftp-elsewhere no
	off isolated
}
