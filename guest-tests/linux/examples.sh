# SPDX-License-Identifier: BSD-2-Clause
# examples.sh: configs/tests and README's recipes, as a user has them: beside a
# kernel and an initial RAM disk with a shell.

# as_users_have_it: in $work/examples, which is then the working directory.
as_users_have_it() {
	console=$work/examples/out vmm=
	mkdir "$work/examples" "$work/bin"
	cd "$work/examples" || exit
	ln -s "$kernel/vmlinuz" bzImage
	ln -s "$top/build/guest-tests/examples.cpio" initramfs.cpio
	cp -r "$top/configs/tests" .
	ln -s "$top/minivmm" "$work/bin/minivmm"
	PATH=$work/bin:$PATH
}

# recipe CHECK TITLE: run it as it is written; it succeeds.
recipe() {
	eval "$("$top/tools/recipe" "$2" || echo false)" \
		>"$console" 2>"$console.err"
	is "$1" $? 0
}

test_examples() {
	local name
	as_users_have_it
	minivmm test tests/*.conf >"$console" 2>"$console.err"
	is examples-status $? 0
	for name in boot network panic; do
		is "example-$name" \
			"$(grep -c "^ok   tests-$name " "$console")" 1
	done
	recipe recipe-smoke 'Smoke-test a kernel'
	is recipe-smoke-verdict "$(tail -n 1 "$console.err" |
		grep -c 'verdict=expected')" 1
}
