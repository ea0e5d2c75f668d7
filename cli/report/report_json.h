/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_json.h - the report as JSON, in the form of docs/report.schema.json
 *
 * Threads: who holds the report's lock.
 */
#ifndef CLI_REPORT_REPORT_JSON_H
#define CLI_REPORT_REPORT_JSON_H

#include <jansson.h>

#include "cli/verdict/verdict.h"

struct report;

/* All that @report has, and @verdict; the caller's.  NULL: there is no
 * memory. */
json_t *report_json(const struct report *report, const struct verdict *verdict);

/* What @phase is called, here and in events: "first_output". */
const char *report_phase_name(enum phase phase);

#endif
