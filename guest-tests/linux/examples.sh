# SPDX-License-Identifier: BSD-2-Clause
# examples.sh: configs/tests and README's recipes, as a user has them: beside a
# kernel and an initial RAM disk with a shell.

# as_users_have_it INITRAMFS: in $work/examples, which is then the working
# directory.
as_users_have_it() {
	console=$work/examples/out vmm=
	mkdir -p "$work/examples" "$work/bin"
	cd "$work/examples" || exit
	ln -sf "$kernel/vmlinuz" bzImage
	ln -sf "$top/build/guest-tests/$1.cpio" initramfs.cpio
	cp -r "$top/configs/tests" .
	ln -sf "$top/minivmm" "$work/bin/minivmm"
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
	as_users_have_it examples
	minivmm test tests/*.conf >"$console" 2>"$console.err"
	is examples-status $? 0
	for name in boot network panic service; do
		is "example-$name" \
			"$(grep -c "^ok   tests-$name " "$console")" 1
	done
	PATH=$(dirname "$busybox"):$PATH "$top/configs/initramfs" initramfs.cpio
	minivmm test tests/boot.conf >"$console" 2>"$console.err"
	is example-initramfs $? 0
	recipe recipe-smoke 'Smoke-test a kernel'
	is recipe-smoke-verdict "$(tail -n 1 "$console.err" |
		grep -c 'verdict=expected')" 1
}

# The pages' commands that need Linux.
nightly_pages() {
	as_users_have_it examples
	# Made by minivmm itself, with a module that is not built in.
	minivmm initrd -o made.cpio --busybox "$busybox" -k "$kernel/vmlinuz" \
		-f cmp -m virtio_net
	is initrd-made $? 0
	minivmm --timeout 300 -a +=quiet -i made.cpio bzImage -- \
		'cmp /init /init && ls /modules | grep -c virtio_net' \
		>"$console" 2>"$console.err"
	is initrd-job "$? $(cat "$console")" "0 1"
	minivmm --timeout 300 --expect '# ' -i made.cpio \
		--send 'ls -1 /sys/module; poweroff -f\n' --expect '^virtio_net' bzImage \
		>"$console" 2>"$console.err" </dev/null
	is initrd-shell $? 0
	"$top/tools/pages" --lab "$kernel/vmlinuz" \
		"$top/build/guest-tests/examples.cpio" "$top/minivmm"
	is pages $? 0
}

# The user's ssh asks no questions.
test_service() {
	as_users_have_it sshd
	printf '#!/bin/sh\nexec dbclient -yy "$@" 2>>%s/ssh\n' "$work" \
		>"$work/bin/ssh"
	chmod +x "$work/bin/ssh"
	recipe recipe-service 'Test a service through a forwarded port'
	is recipe-service-said "$(grep -c '^tested on ' "$console")" 1
	is recipe-service-verdict "$(tail -n 1 "$console.err" |
		grep -c 'verdict=command after')" 1
}
