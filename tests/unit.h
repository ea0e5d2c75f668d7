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

/* Add the NULL-terminated @tests to @suite.  Each is a case by its own name,
 * so that CK_RUN_CASE=NAME runs it alone.  Each runs @times times, with _i from
 * 0, between @set_up and @tear_down, which may be NULL. */
static inline void unit_add(Suite *suite, const TTest *const *tests, int times,
			    SFun set_up, SFun tear_down)
{
	for (; *tests; tests++) {
		TCase *tcase = tcase_create((*tests)->name);

		tcase_set_timeout(tcase, 120);
		tcase_add_checked_fixture(tcase, set_up, tear_down);
		tcase_add_loop_test(tcase, *tests, 0, times);
		suite_add_tcase(suite, tcase);
	}
}

static inline Suite *unit_suite(const char *name, const TTest *const *tests)
{
	Suite *suite = suite_create(name);

	unit_add(suite, tests, 1, NULL, NULL);
	return suite;
}

/* The same for tests that run @times times. */
static inline Suite *unit_suite_times(const char *name,
				      const TTest *const *tests, int times)
{
	Suite *suite = suite_create(name);

	unit_add(suite, tests, times, NULL, NULL);
	return suite;
}

/* The same for tests between @set_up and @tear_down. */
static inline Suite *unit_suite_fixture(const char *name,
					const TTest *const *tests, SFun set_up,
					SFun tear_down)
{
	Suite *suite = suite_create(name);

	unit_add(suite, tests, 1, set_up, tear_down);
	return suite;
}

#endif
