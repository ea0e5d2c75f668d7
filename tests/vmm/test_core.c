/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_core.c - the file of --core before anything is written to it
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/unit.h"
#include "vmm/core.h"

/* What is refused closes nothing of others, such as descriptor 0. */
START_TEST(what_is_refused_closes_nothing)
{
	struct core_file core = { .path = NULL };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(null, 0);
	ck_assert_int_eq(dup2(null, STDIN_FILENO), STDIN_FILENO);
	ck_assert_int_eq(core_open(&core, "/dev/null"), -EEXIST);
	core_close(&core);
	ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
	close(null);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { what_is_refused_closes_nothing, NULL };

	return unit_run(unit_suite("core", tests));
}
