/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * html_run.h - one run in an HTML page of results
 *
 * Threads: any; nothing is kept.
 */
#ifndef CLI_REPORT_HTML_RUN_H
#define CLI_REPORT_HTML_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/report/outcome.h"

/* What one page may hold of consoles in all, in bytes, and of each run. */
enum { HTML_CONSOLES = 4 << 20, HTML_CONSOLE = 64 << 10 };

/* Begin a table called @name, for those who do not see it, in a `div`.  Keys
 * scroll that if the table is wider than the screen. */
void html_begin_table(FILE *out, const char *name);

/* Write run @i of a list, with all that is known of it, unfolded if it is
 * @open.  @page is the folder that the page is in (NULL: unknown), which links
 * begin at.  *@room bytes are left for consoles, and less after it. */
void html_run(FILE *out, const struct outcome *outcome, size_t i, bool open,
	      const char *page, size_t *room);

#endif
