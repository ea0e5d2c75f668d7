/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/exit_code.h"
#include "cli/check.h"
#include "cli/options/config.h"
#include "devices/slirp/slirp.h"
#include "tests/unit.h"

/* With /dev/kvm or without, and says so when there is reason to upgrade. */
START_TEST(the_version_of_libslirp_is_told)
{
	const struct config config = { 0 };
	char *text = NULL, *line, expected[80];
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool faulty;

	ck_assert_ptr_nonnull(out);
	snprintf(expected, sizeof(expected), "user network: libslirp %s",
		 slirp_version(&faulty));
	check_run(&config, out);
	fclose(out);
	line = strstr(text, expected);
	ck_assert_msg(line, "%s", text);
	ck_assert_int_eq(!!strstr(line, "4.9.2 has fewer"), faulty);
	free(text);
}
END_TEST

/* What a disk may be, and what to do for other kinds. */
START_TEST(kinds_of_disks_are_told)
{
	static const struct {
		const char *path, *expected;
	} hosts[] = {
		{ "/usr/bin:/bin",
		  "disks: raw, block devices; qcow2 and its like by "
		  "qemu-nbd\n" },
		{ "/nonexistent",
		  "disks: raw, block devices; no qcow2 and its like (install "
		  "the package qemu-utils, for qemu-nbd)\n" },
	};

	for (unsigned i = 0; i < 2; i++) {
		const struct config config = { 0 };
		char *text = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&text, &len);

		ck_assert_int_eq(setenv("PATH", hosts[i].path, 1), 0);
		check_run(&config, out);
		fclose(out);
		ck_assert_msg(strstr(text, hosts[i].expected), "%s", text);
		free(text);
	}
}
END_TEST

/* Of what is lost nobody is to think well. */
START_TEST(a_full_disk_is_told)
{
	const struct config config = { 0 };
	FILE *out = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(check_run(&config, out), EXIT_CODE_HOST);
	fclose(out);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_version_of_libslirp_is_told,
		kinds_of_disks_are_told,
		a_full_disk_is_told,
		NULL,
	};

	return unit_run(unit_suite("check", tests));
}
