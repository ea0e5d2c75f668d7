/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * html.h - outcomes as a page to look at: one file, which needs no other
 *
 * It works where scripts are forbidden, as in the artifacts of some CI systems:
 * a script only adds a filter.
 *
 * Threads: any; nothing is kept.
 */
#ifndef CLI_REPORT_HTML_H
#define CLI_REPORT_HTML_H

#include "cli/report/outcome.h"

/* Write the results of @suite to @out.  Of what failed the folder that was kept
 * is read, for its console. */
void html_write(FILE *out, const struct outcome_suite *suite);

#endif
