/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attempts.h - what is told of the attempts before the last one (--retries)
 *
 * Threads: any.
 */
#ifndef CLI_REPORT_ATTEMPTS_H
#define CLI_REPORT_ATTEMPTS_H

#include <stdio.h>

#include "cli/report/outcome.h"

/* Write elements for them, as Maven's Surefire does: Jenkins shows these. */
void attempts_junit(FILE *out, const struct outcome *outcome);

/* Write what follows a flaky test's name, fields of a YAML block, and a comment
 * with the sum.  attempts_tap() returns the attempt that the block is about. */
void attempts_tap_name(FILE *out, const struct outcome *outcome);
const struct outcome *attempts_tap(FILE *out, const struct outcome *outcome);
void attempts_tap_sum(FILE *out, const struct outcome_suite *suite);

/* Write a line about a flaky test, for people. */
void attempts_show(FILE *out, const struct outcome *outcome);

#endif
