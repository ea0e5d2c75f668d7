/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ktap_line.h - what a line of test results says
 *
 * The formats are those of Documentation/dev-tools/ktap.rst and of TAP, from
 * version 12 on, and what kselftest's runner makes of them, which puts "# "
 * before each line of a program's.
 *
 * Threads: any.  Trust: the text is the guest's.
 */
#ifndef CLI_VERDICT_KTAP_LINE_H
#define CLI_VERDICT_KTAP_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/verdict/subtests.h"

enum ktap_kind {
	/* Something else. */
	KTAP_OTHER,
	/* "KTAP version 1", "TAP version 13" */
	KTAP_VERSION,
	/* "1..5", "1..0 # SKIP why" */
	KTAP_PLAN,
	/* "ok 1 name", "not ok 2 - name # why" */
	KTAP_RESULT,
	/* "# Subtest: name" */
	KTAP_SUBTEST,
	/* "Bail out! why" */
	KTAP_BAIL_OUT,
};

struct ktap_line {
	enum ktap_kind kind;
	/* How far it is indented, and whether by number signs, too. */
	size_t column;
	bool commented;
	/* Of a result, 0: it has none; or how many are planned. */
	uint32_t number;
	enum subtest_result result;
	/* In the line itself. */
	struct subtest_text name, why;
};

/* Read the @len bytes of @text, a line without its end and without what a
 * kernel's log puts before it. */
struct ktap_line ktap_line_read(const char *text, size_t len);

#endif
