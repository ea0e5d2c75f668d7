/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ktap_line.h - parses one line of test results
 *
 * The formats are those of Documentation/dev-tools/ktap.rst and of TAP, from
 * version 12 on, and also what kselftest's runner makes of them: it puts "# "
 * before each line of a program.
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
	/* How far the line is indented, and whether number signs are part of
	 * the indentation. */
	size_t column;
	bool commented;
	/* The number of the result, 0 if it has none; or how many results are
	 * planned. */
	uint32_t number;
	enum subtest_result result;
	/* These point into the line. */
	struct subtest_text name, why;
};

/* Parse the @len bytes of @text: a line without its end, and without what a
 * kernel's log puts before the message. */
struct ktap_line ktap_line_read(const char *text, size_t len);

#endif
