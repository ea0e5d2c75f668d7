# SPDX-License-Identifier: BSD-2-Clause
# ssh.sh: ssh out of a Linux guest and into it, back to back.
. "$here/nic.sh"

# ssh_serves: an SSH server on port 2222 for the user test, as an ordinary user
# of that name, since root could not become one in a namespace. $key is our
# own public key.
ssh_serves() {
	local home=$work/home
	mkdir -p -m 700 "$home/.ssh"
	printf 'root:x:0:0::/root:/bin/sh\ntest:x:1000:1000::%s:/bin/sh\n' \
		"$home" >"$work/passwd"
	mount --bind "$work/passwd" /etc/passwd
	dropbearkey -t ed25519 -f "$work/hostkey" >/dev/null 2>&1
	key=$(dropbearkey -t ed25519 -f "$work/key" 2>/dev/null |
		sed -n 's/^ssh-ed25519 \([^ ]*\).*/\1/p')
	unshare -U --map-user=1000 --map-group=1000 dropbear -F -s -E \
		-p 127.0.0.1:2222 -P "$work/pid" -r "$work/hostkey" \
		2>"$work/dropbear" &
}

# counted FILE OBJECT NAME: of what --stats wrote
counted() {
	sed -n "/\"$2\": {/,/}/s/ *\"$3\": \([0-9]*\).*/\1/p" "$1"
}

# balanced NAME: at rest, the guest has received as many frames as the card has
# injected. Of the interrupts sent it may have taken several as one, but none
# is missing: that would have been a stall; and it has taken none that was not
# sent.
balanced() {
	local frames interrupts
	enter 'cd /sys/class/net/eth0; nic=$(basename $(readlink -f device))'
	enter 'sleep 2; echo rest $(cat statistics/rx_packets
awk "/$nic-input/ { print \$2 + \$3 }" /proc/interrupts)
ifconfig eth0 down; poweroff -f'
	await 'rest [0-9]+ [0-9]+'
	read -r _ frames interrupts <<<"$text"
	ends "net-$1-status"
	is "net-$1-frames" "$frames" \
		"$(counted "$work/stats" card rx_frames)"
	within "net-$1-interrupts" "$interrupts" 1 \
		"$(counted "$work/stats" rx interrupts)"
	is "net-$1-lost-kicks" "$(counted "$work/stats" rx lost_kick) $(
		counted "$work/stats" tx lost_kick)" "0 0"
}

# ssh_cycles NAME RING COUNT: in one boot, so many times out and then in. Data
# goes along, and what the other side makes of it comes back.
ssh_cycles() {
	local i sum
	[ -e "$work/hostkey" ] || ssh_serves
	head -c 200000 /dev/urandom >"$work/data"
	sum=$(sha256sum <"$work/data")
	nic 2 "user,host=on,ring=$2" "key=$key" -p 1022:22 \
		--stats "$work/stats"
	nic_is "$1" "$2 msix"
	echo "${facts[key]}" >"$work/home/.ssh/authorized_keys"
	for ((i = 1; i <= $3; i++)); do
		enter 'dbclient -yy -i /root/.ssh/id -p 2222 test@10.0.2.2 \
sha256sum </root/data'
		shows "net-$1-out-$i" "${facts[data]}"
		is "net-$1-in-$i" "$(dbclient -yy -i "$work/key" -p 1022 \
			root@127.0.0.1 sha256sum <"$work/data" 2>/dev/null)" \
			"$sum"
	done
	balanced "$1"
}

test_ssh() { ssh_cycles ssh packed 4; }
