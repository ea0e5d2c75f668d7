/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tap.h - results by the Test Anything Protocol, version 13
 *
 * Threads: any.
 */
#ifndef CLI_REPORT_TAP_H
#define CLI_REPORT_TAP_H

#include <stdio.h>

#include "cli/report/outcome.h"

/* Write @suite to @out; why a test failed is in a block of YAML.  Errors stay
 * in @out for ferror(3). */
void tap_write(FILE *out, const struct outcome_suite *suite);

#endif
