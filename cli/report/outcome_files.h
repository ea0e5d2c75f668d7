/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outcome_files.h - outcomes in files: JUnit and TAP for CI systems, HTML for
 * people
 *
 * Threads: one at a time.
 */
#ifndef CLI_REPORT_OUTCOME_FILES_H
#define CLI_REPORT_OUTCOME_FILES_H

#include "cli/report/outcome.h"

/* The files' names; NULL where there is to be none. */
struct outcome_names {
	const char *junit, *tap, *html, *json;
};

/* Them as files; -1 where there is to be none. */
struct outcome_files {
	int junit, tap, html, json;
	/* The folder of @html, to be freed by outcome_close(). */
	char *page;
};

/* Create those that have a name, while it is not too late to name another.
 * Logs; -errno, and outcome_close() is to be called all the same. */
int outcome_open(struct outcome_files *files,
		 const struct outcome_names *names);

/* Write and close those that are open.  A reader of a FIFO that takes nothing
 * for half a second is given up.  Logs; -errno of the first failure. */
int outcome_close(struct outcome_files *files,
		  const struct outcome_suite *suite);

#endif
