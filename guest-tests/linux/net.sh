# SPDX-License-Identifier: BSD-2-Clause
# net.sh: the network of a Linux guest.

# A lease, data in through a forward and out to the host, and the same once
# more after a reboot; with either kind of ring.
test_net() {
	local ring port sum data
	head -c 1000000 /dev/urandom >"$work/data"
	sum=$(sha256sum <"$work/data")
	"$busybox" httpd -f -p 127.0.0.1:8080 -h "$work" &
	for ring in split packed; do
		line=do=net start -k "$kernel/vmlinuz" \
			-i "$top/build/guest-tests/linux-net.cpio" -c 2 \
			-p 0:80 --net "user,host=on,ring=$ring"
		net_works "$ring"
		forget
		enter 'reboot -f'
		net_works "$ring-rebooted"
		enter 'poweroff -f'
		ends "net-$ring-status"
	done
}

# net_works NAME
net_works() {
	shows "net-$1-ready" ready
	fact_is "net-$1-lease" lease "10.0.2.15 10.0.2.2 10.0.2.3"
	fact_is "net-$1-mtu" mtu 65520
	# VIRTIO_F_RING_PACKED is bit 34
	is "net-$1-ring" "${facts[features]:34:1}" \
		"$([ "$ring" = split ] && echo 0 || echo 1)"
	port=$(sed -n 's/.*forward tcp 127.0.0.1:\([0-9]*\) .*/\1/p' \
		"$console.err")
	data=$("$busybox" wget -q -O - "http://127.0.0.1:$port/data" |
		sha256sum)
	fact_is "net-$1-in" data "$data"
	enter "wget -q -O - http://10.0.2.2:8080/data | sha256sum"
	shows "net-$1-out" "$sum"
}
