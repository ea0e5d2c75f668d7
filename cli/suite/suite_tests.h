/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_tests.h - the list of tests
 *
 * Threads: main thread.
 */
#ifndef CLI_SUITE_SUITE_TESTS_H
#define CLI_SUITE_SUITE_TESTS_H

#include <stdbool.h>

struct suite_tests;

/* The longest name of a test, in bytes: there are folders called like it, and a
 * file system allows 255. */
#define SUITE_NAME_MAX 200

/* What the test in @file is called (suite_name.h).  If it is one of several in
 * the file, @labels follow in brackets; else they are empty.  The name is one
 * line of printable text.  A longer one is cut, and ends with a number made of
 * all of it.  To be freed; NULL when out of memory. */
char *suite_test_name(const char *file, const char *labels);

/* Take out of @tests each one for which @keep is false. */
void suite_tests_keep(struct suite_tests *tests, const bool *keep);

void suite_tests_free(struct suite_tests *tests);

#endif
