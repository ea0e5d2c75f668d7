/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * subtests_json.h - the results of the guest's own tests in a report
 *
 * Threads: any; all is data.
 */
#ifndef CLI_REPORT_SUBTESTS_JSON_H
#define CLI_REPORT_SUBTESTS_JSON_H

#include <jansson.h>

#include "cli/verdict/subtests.h"

/* What docs/report.schema.json calls "tests"; NULL when out of memory. */
json_t *subtests_json(const struct subtests *tests);

/* Read them back from a report of our own into @tests, which is cleared; what
 * can't be read is left out. */
void subtests_from_json(struct subtests *tests, const json_t *json);

#endif
