/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * results_json.h - the results of many runs as JSON, in the form of
 * docs/results.schema.json
 *
 * Threads: any.
 */
#ifndef CLI_REPORT_RESULTS_JSON_H
#define CLI_REPORT_RESULTS_JSON_H

#include <stdio.h>

#include "cli/report/outcome.h"

/* Write @suite to @out.  Errors stay in @out for ferror(3). */
void results_json_write(FILE *out, const struct outcome_suite *suite);

#endif
