# SPDX-License-Identifier: BSD-2-Clause
# rng.sh: Linux's driver of virtio-rng, in every way it can be attached.

# rng NAME INTERFACE OPTIONS LINE
rng() {
	line="do=rng $4" start -k "$kernel/vmlinuz" -i "$initrd_net" \
		--net none --rng "$3"
	shows "rng-$1-ready" ready
	fact_is "rng-$1-interface" rng "$2"
	fact_is "rng-$1-source" source virtio_rng.0
	reads "$1"
}

# reads NAME: two reads that differ
reads() {
	local first
	enter 'echo "read $(head -c 32 /dev/hwrng | xxd -p -c 32)"'
	shows "rng-$1-read" 'read [0-9a-f]{64}'
	first=$text
	enter 'echo "read $(head -c 32 /dev/hwrng | xxd -p -c 32)"'
	shows "rng-$1-read-again" 'read [0-9a-f]{64}'
	[ "$first" != "$text" ] || fail "rng-$1-random" "twice $text"
}

# rebinds NAME: the driver is taken away and comes back, 100 times, while its
# numbers are read without end.
rebinds() {
	enter 'while :; do cat /dev/hwrng; done >/dev/null 2>&1 &'
	enter 'cd /sys/bus/virtio/drivers/virtio_rng'
	enter 'for i in $(seq 100); do echo virtio0 >unbind; echo virtio0 >bind;
done; echo "bound $i times"; kill $!; cd /'
	shows "rng-$1-rebound" 'bound 100 times'
	reads "$1-rebound"
}

off() {
	enter 'poweroff -f'
	ends "rng-$1-status"
}

test_rng_split() {
	rng split "split msix" packed=off ""
	rebinds split
	off split
}

nightly_rng_packed() {
	rng packed "packed msix" packed=on ""
	off packed
}

nightly_rng_split_intx() {
	rng split-intx "split intx" packed=off pci=nomsi
	off split-intx
}

test_rng_packed_intx() {
	rng packed-intx "packed intx" packed=on,in-order=on pci=nomsi
	rebinds packed-intx
	off packed-intx
}

test_rng_legacy() {
	rng legacy "legacy msix" transitional=on virtio_pci.force_legacy=1
	off legacy
}
