# SPDX-License-Identifier: BSD-2-Clause
# tree.sh: in the tree of a kernel that has just been built (tools/kernel built):
# that kernel, its unit tests, its selftests.
. "$here/root.sh"

tree=$cache/built

# counted CHECK PATTERN LEAST: so many lines of the results are such
counted() {
	within "$1" "$(grep -cE -- "$2" "$work/tap")" "$3" 10000
}

# It is found, and all that it needs is built in.
test_tree_kernel() {
	cd "$tree" || return
	rooted --root / -- sh -c 'uname -r; exit 3'
	cd "$top" || return
	is tree-kernel-status "$status" 3
	out_is tree-kernel "$(cat "$tree/release")"
}

# KUnit's results are the run's.
test_tree_kunit() {
	rooted --ktap --tap "$work/tap" -a '+=kunit_shutdown=poweroff' \
		"$tree/arch/x86/boot/bzImage"
	is tree-kunit-status "$status" 0
	counted tree-kunit-passed '^ +ok .*kunit' 5
	is tree-kunit-failed "$(grep -c 'not ok' "$work/tap")" 0
}

# kselftest's, of Debian's kernel
test_tree_kselftest() {
	cd "$tree" || return
	rooted --root / -m 1G -k "$kernel/vmlinuz" --ktap --tap "$work/tap" -- \
		make -C tools/testing/selftests \
		TARGETS="size sigaltstack" run_tests
	cd "$top" || return
	is tree-kselftest-status "$status" 0
	counted tree-kselftest-passed '^ +ok .*(size|sas)' 2
	is tree-kselftest-failed "$(grep -c 'not ok' "$work/tap")" 0
}
