# SPDX-License-Identifier: BSD-2-Clause
# lib.sh: what the tools' scripts share; sourced by bash. Downloads, and what
# is made from them alone, are kept in $cache, where every entry appears whole
# (made beside its place, then renamed) or not at all. An entry that is there
# is used as it is: remove it to get a newer one.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${MINIVMM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/minivmm}
# depmod, modprobe and cpio's friends are in sbin, which users' paths lack
PATH=$PATH:/usr/sbin:/sbin

die() { echo "${0##*/}: $*" >&2; exit 1; }
say() { printf '  %-7s %s\n' "$1" "$2" >&2; }

# as_root COMMAND...: run it as root, without ever asking for a password.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# can_root: whether as_root will work.
can_root() {
	[ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null
}

# cached NAME MAKER [ARG...]: make $cache/NAME, a directory, unless it is
# there, by MAKER ARG... DIR, which fills the empty directory DIR. Concurrent
# callers wait for the first.
cached() {
	local name=$1 new
	shift
	[ -d "$cache/$name" ] && return
	mkdir -p "$cache" || die "cannot make the cache $cache"
	(
		flock 9
		[ -d "$cache/$name" ] && exit
		new=$(mktemp -d "$cache/.$name.XXXXXX") || exit 1
		trap 'rm -rf "$new"' EXIT
		set -e
		"$@" "$new"
		chmod 755 "$new"
		mv -T "$new" "$cache/$name"
	) 9>"$cache/lock"
	# apart, since a list with || would turn set -e off in there
	[ -d "$cache/$name" ] || die "$cache/$name could not be made"
}

# apt_download DIR PACKAGE: a Debian package's newest file, into DIR. Stale
# package lists are brought up to date if we may.
apt_download() {
	local get="apt-get -q -o APT::Sandbox::User=$(id -un) download"
	say FETCH "$2"
	(cd "$1" && $get "$2" >apt.log 2>&1) && return
	can_root && as_root apt-get -q update >>"$1/apt.log" 2>&1 &&
		(cd "$1" && $get "$2" >>apt.log 2>&1) && return
	tail -n 3 "$1/apt.log" >&2
	die "cannot download the package $2 (try apt-get update)"
}

# unpack_deb DIR PACKAGE: download it and unpack it in DIR.
unpack_deb() {
	local tmp=$1/.deb
	mkdir "$tmp"
	apt_download "$tmp" "$2"
	dpkg-deb -x "$tmp"/*.deb "$1"
	rm -r "$tmp"
}

# unpack_linux DIR PACKAGE: the kernel's source in Debian's package, unpacked in
# DIR.
unpack_linux() {
	mkdir "$1/.source"
	unpack_deb "$1/.source" "$2"
	tar -C "$1" --strip-components=1 \
		-xf "$1"/.source/usr/src/linux-source-*.tar.xz
	rm -r "$1/.source"
}

# linux_verdict: what minivmm says of this host: "yes ..." when an unmodified
# kernel can be expected to boot on its /dev/kvm, else "no why".
linux_verdict() {
	local v
	v=$("$top/minivmm" check 2>/dev/null |
		sed -n 's/^linux: *//; T; s/[()]//g; p')
	echo "${v:-no /dev/kvm that can be used}"
}

# cpu_ns PID: CPU time that its threads and those of its children have had, in
# nanoseconds
cpu_ns() {
	local p
	for p in "$1" $(cat /proc/"$1"/task/*/children); do
		cat /proc/"$p"/task/*/schedstat
	done | awk '{ s += $1 } END { printf "%.0f\n", s }'
}

# port tcp|udp FILE: the one that minivmm says, on FILE, leads to the guest
port() { sed -n "s/.*forward $1 127.0.0.1:\([0-9]*\) .*/\1/p" "$2"; }
