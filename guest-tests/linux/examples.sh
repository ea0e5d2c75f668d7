# SPDX-License-Identifier: BSD-2-Clause
# examples.sh: configs/tests, as a user has them: beside a kernel and an
# initial RAM disk with a shell.

test_examples() {
	local name vmm=
	mkdir "$work/examples"
	cd "$work/examples" || exit
	ln -s "$kernel/vmlinuz" bzImage
	ln -s "$initrd_net" initramfs.cpio
	cp -r "$top/configs/tests" .
	console=$work/examples/out
	"$top/minivmm" test --append '+=quiet do=shell' tests/*.conf \
		>"$console" 2>"$console.err"
	is examples-status $? 0
	for name in boot network panic; do
		is "example-$name" \
			"$(grep -c "^ok   tests-$name " "$console")" 1
	done
}
