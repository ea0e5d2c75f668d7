/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outcome_files.h - outcomes in the files that CI systems read, JUnit and TAP
 *
 * Threads: one at a time.
 */
#ifndef CLI_REPORT_OUTCOME_FILES_H
#define CLI_REPORT_OUTCOME_FILES_H

#include "cli/report/outcome.h"

/* The two as files; -1 where there is to be none. */
struct outcome_files {
	int junit, tap;
};

/* Create those that have a name, while it is not too late to name another.
 * Logs; -errno, and outcome_close() is to be called all the same. */
int outcome_open(struct outcome_files *files, const char *junit,
		 const char *tap);

/* Write and close those that are open.  A reader of a FIFO that takes nothing
 * for half a second is given up.  Logs; -errno of the first failure. */
int outcome_close(struct outcome_files *files,
		  const struct outcome_suite *suite);

#endif
