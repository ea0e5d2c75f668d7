/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * junit.h - results as JUnit XML
 *
 * There is no standard, but two schemas that are in use, of Ant's and of
 * Jenkins' xUnit plugin; what is written here fits what they have in common
 * (tests/schemas/junit.xsd), but for system-out in a test, which the first
 * lacks, and without which GitLab and Jenkins find no attachment.
 *
 * Threads: any.
 */
#ifndef CLI_REPORT_JUNIT_H
#define CLI_REPORT_JUNIT_H

#include <stdio.h>

#include "cli/report/outcome.h"

/* Write @suite to @out.  Whatever its strings hold, the result is well-formed.
 * Errors stay in @out for ferror(3). */
void junit_write(FILE *out, const struct outcome_suite *suite);

#endif
