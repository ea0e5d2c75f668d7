/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests.h - which tests are in the files that minivmm test is given
 *
 * Threads: main thread.
 */
#ifndef CLI_OPTIONS_TESTS_H
#define CLI_OPTIONS_TESTS_H

struct args;
struct config;

/*
 * Make tests of @cfg's files: of each file one, or one for each combination of
 * its lists (matrix.h), without those that it leaves out.  A file with a
 * mistake is one test, whose run will tell the mistake.  Logs; -EINVAL,
 * -ENOMEM.
 */
int tests_find(struct config *cfg, const struct args *args);

#endif
