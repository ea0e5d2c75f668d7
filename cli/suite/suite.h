/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite.h - minivmm test: many runs, each a process of its own
 *
 * A test is a configuration file.  Each run of it is this very program,
 * started with that file, its console and its report in a folder of its own,
 * and judged by its exit code alone.
 *
 * Threads: all of it is the main thread's.
 */
#ifndef CLI_SUITE_SUITE_H
#define CLI_SUITE_SUITE_H

struct inherited;
struct report_config;
struct suite_config;

/*
 * Run the tests of @config that it selects, or list them; show how it goes on
 * standard output, tell what @results asks for, and sum up.  The runs get what
 * @inherited holds.  Returns an exit code: 0 when all passed, else that of the
 * first run that failed; EXIT_CODE_SIGNAL and the signal's number when a signal
 * ended it.
 */
int suite_run(struct suite_config *config, const struct report_config *results,
	      const struct inherited *inherited);

#endif
