/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unit.h - what every Check program shares
 *
 * A test program lists its tests in a suite and ends with
 * `return unit_run(suite)`.  Every test runs in a process of its own, so a
 * crash or a hang is one failure.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <check.h>
#include <stdlib.h>

/* Where a test tries every number there is, a build with sanitizers tries every
 * so many: it looks for accesses that are wrong, and those are the same. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { UNIT_STRIDE = 61 };
#else
enum { UNIT_STRIDE = 1 };
#endif

static inline int unit_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* A suite of one case holding the NULL-terminated @tests. */
static inline Suite *unit_suite(const char *name, const TTest *const *tests)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 60);
	for (; *tests; tests++)
		tcase_add_test(tcase, *tests);
	suite_add_tcase(suite, tcase);
	return suite;
}

#endif
