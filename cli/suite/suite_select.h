/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_select.h - which tests are run: --filter, --tag, --shard
 *
 * Threads: main thread.
 */
#ifndef CLI_SUITE_SUITE_SELECT_H
#define CLI_SUITE_SUITE_SELECT_H

#include <stdbool.h>

struct suite_config;
struct suite_tests;

/* Whether @name is what @pattern asks for: it has the pattern in it or, if the
 * pattern has a `*` or a `?`, matches it as a whole. */
bool suite_name_matches(const char *pattern, const char *name);

/* Print the names of @tests, one a line.  Returns an exit code; logs. */
int suite_list(const struct suite_tests *tests);

/*
 * Check the names of @config's tests, and take out those that are not wanted.
 * That none is left is a mistake, except for a part of some (--shard), which is
 * told.  Logs; -EINVAL, -EEXIST, -ENOMEM.
 */
int suite_select(struct suite_config *config);

#endif
