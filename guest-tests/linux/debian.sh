# SPDX-License-Identifier: BSD-2-Clause
# debian.sh: Debian on a disk, as debootstrap makes it (tools/debian), under
# systemd, with two processors and 1 GiB: make check-linux LINUX_TESTS=debian

# What systemd starts may take minutes in a lab.
boot_patience=1200

# inside COMMAND: run in the guest, by ssh
inside() {
	ssh -q -p 2222 -i "$work/debian.key" -o BatchMode=yes \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o ConnectTimeout=60 root@127.0.0.1 "$@" </dev/null
}

# prompts: how many times the console has asked for a login
prompts() { grep -ac 'debian login:' "$console"; }

# comes_up CHECK N: the Nth login prompt is there, and all that systemd starts
# works. No unit may fail.
comes_up() {
	local deadline=$((SECONDS + boot_patience)) state=
	until [ "$(prompts)" -ge "$2" ] || [ $SECONDS -gt $deadline ] ||
		! kill -0 "$vmm" 2>/dev/null; do
		nap
	done
	is "$1-login" "$(prompts)" "$2"
	# until the server of ssh is there, too
	until [ -n "$state" ] || [ $SECONDS -gt $deadline ] ||
		! kill -0 "$vmm" 2>/dev/null; do
		state=$(inside systemctl is-system-running --wait)
	done
	is "$1-state" "$state" running
	[ "$state" = running ] || inside systemctl --failed | shown
	is "$1-cpus" "$(inside nproc)" 2
	is "$1-root" "$(inside findmnt -no SOURCE,FSTYPE /)" "/dev/vda ext4"
}

# debian FLAVOUR DISK [LINE]: boot it with that kernel.
debian() {
	install -m 600 "$cache/debian/key" "$work/debian.key"
	line="root=/dev/vda ${3-}" start -k "$cache/$1/vmlinuz" -c 2 -m 1G \
		-i "$cache/debian/initrd-$1.cpio" -p 2222:22 --disk "$2"
}

# interrupts NAME KIND: what the disk's driver uses
interrupts() {
	local is=intx
	inside cat /proc/interrupts >"$work/interrupts"
	! grep -q 'virtio[0-9]*-req' "$work/interrupts" || is=msix
	is "$1-interrupts" $is "$2"
}

# is_off NAME: it powers off, in its own time.
is_off() {
	local deadline=$((SECONDS + boot_patience))
	inside systemctl poweroff
	while kill -0 "$vmm" 2>/dev/null && [ $SECONDS -lt $deadline ]; do
		nap
	done
	ends "$1-status"
}

# Written to, booted again from within, powered off: all is there, and in
# order.
test_debian_cloud() {
	local image=$work/debian.img
	cp --sparse=always "$cache/debian/disk.img" "$image"
	debian cloud-amd64 "$image,ring=packed"
	comes_up debian 1
	interrupts debian msix
	inside 'seq 100000 >/root/numbers && sync -f /root/numbers'
	inside systemctl reboot
	comes_up debian-again 2
	is debian-kept "$(inside sha256sum /root/numbers)" \
		"$(seq 100000 | sha256sum | cut -d ' ' -f 1)  /root/numbers"
	is_off debian
	e2fsck -fn "$image" >"$work/fsck" 2>&1
	is debian-clean $? 0
	rm -f "$image"
}

# Nothing of what is written to a snapshot stays.
test_debian_full() {
	local image=$cache/debian/disk.img sum
	sum=$(sha256sum <"$image")
	debian amd64 "$image,snapshot,ring=split" pci=nomsi
	comes_up debian-full 1
	interrupts debian-full intx
	inside 'head -c 50M /dev/urandom >/root/much && sync -f /root/much'
	is debian-full-written "$(inside stat -c %s /root/much)" 52428800
	is_off debian-full
	is debian-full-kept "$(sha256sum <"$image")" "$sum"
}
