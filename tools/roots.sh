# SPDX-License-Identifier: BSD-2-Clause
# roots.sh: fresh systems of Debian's and Ubuntu's releases, in which packages,
# programs and images are tried; sourced by bash, after lib.sh. Needs root and
# debootstrap(8).
passed=0 failed=0
mirror=$(apt-get indextargets --format '$(SITE)' 2>/dev/null | head -n 1)
[ "$(id -u)" -eq 0 ] || die "needs root, for debootstrap and chroot"
type debootstrap >/dev/null 2>&1 || die "please run: apt-get install debootstrap"
work=$(mktemp -d) || exit 1
trap 'rm -rf --one-file-system "$work"' EXIT

# check NAME STATUS [LOG]
check() {
	if [ "$2" -eq 0 ]; then
		echo "ok   $1"
		passed=$((passed + 1))
	else
		echo "FAIL $1"
		[ -z "${3-}" ] || tail -n 25 "$3" | sed 's/^/     | /'
		failed=$((failed + 1))
	fi
}

# enter DIR COMMAND...: in the root there, with /dev and /proc
enter() {
	local dir=$1
	shift
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive TERM=dumb \
		unshare --mount --pid --fork --kill-child bash -c '
			mount --bind "$0" "$0" && mount --rbind /dev "$0/dev" &&
			mount -t proc proc "$0/proc" &&
			mount -t sysfs -o ro sysfs "$0/sys" && exec chroot "$0" "$@"' \
		"$dir" "$@"
}

# The keys that Ubuntu signs with, as Debian 13 has them.
ubuntu_keys() {
	cached root-trixie bootstrap trixie
	cp -a "$cache/root-trixie/root" "$work/keys" &&
		enter "$work/keys" sh -ec 'apt-get -q update
			apt-get -qy install --no-install-recommends ubuntu-keyring' \
			>"$1/log" 2>&1 || { tail "$1/log" >&2; return 1; }
	cp "$work"/keys/usr/share/keyrings/ubuntu-archive-keyring.gpg "$1" &&
		rm -rf --one-file-system "$work/keys"
}

# bootstrap SUITE DIR: the least that is a system of that suite. Ubuntu's are
# all made alike, by a script that debootstrap names after each that it knows;
# it knows the mirror, too.
bootstrap() {
	local from=("$mirror")
	case $1 in
	jammy | noble)
		cp -a /usr/share/debootstrap "$work" &&
			ln -sfn gutsy "$work/debootstrap/scripts/$1" || return
		local -x DEBOOTSTRAP_DIR=$work/debootstrap
		from=()
		set -- "$@" --components=main,universe \
			--keyring="$cache/ubuntu-keys/ubuntu-archive-keyring.gpg"
		;;
	esac
	debootstrap --variant=minbase "${@:3}" "$1" "$2/root" "${from[@]}" \
		>"$2/log" 2>&1 || { tail "$2/log" >&2; return 1; }
}

# root_of SUITE: the directory of such a one, which nobody changes
root_of() {
	case $1 in
	jammy | noble) cached ubuntu-keys ubuntu_keys >&2 ;;
	esac
	cached "root-$1" bootstrap "$1" >&2
	echo "$cache/root-$1/root"
}
