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
		a_full_disk_is_told,
		NULL,
	};

	return unit_run(unit_suite("check", tests));
}
