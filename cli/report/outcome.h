/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outcome.h - how a run ended, for those who collect test results
 */
#ifndef CLI_REPORT_OUTCOME_H
#define CLI_REPORT_OUTCOME_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "cli/verdict/subtests.h"

/* Strings are the owner's; NULL where there is nothing to say. */
struct outcome {
	/* What was run. */
	char *name;
	/* The exit code; 0 is a pass. */
	int code;
	/* The word of the verdict and why it is that. */
	char *verdict, *reason;
	uint64_t took_ns;
	/* From the start until the guest was up; 0 where it isn't known. */
	uint64_t boot_ns;
	/* The folder with the console and the report. */
	char *kept;
	/* What the guest said last, some lines of it. */
	char *console;
	/* The kernel's file, and what it says that it is. */
	char *kernel, *guest;
	/* The results of the guest's own tests. */
	struct subtests tests;
	/* As docs/report.schema.json says; NULL: there is none. */
	json_t *report;
	/* Which of all runs it was. */
	size_t index;
	/* The attempts before it, which have failed (--retries). */
	struct outcome *earlier;
	size_t n_earlier;
};

/* The exit code is 0. */
bool outcome_passed(const struct outcome *outcome);

/* It passed, but not at the first attempt. */
bool outcome_is_flaky(const struct outcome *outcome);

/* Free what @outcome owns and clear it. */
void outcome_free(struct outcome *outcome);

/* It failed, and not by the guest: the run could not be made, or told of. */
bool outcome_is_error(const struct outcome *outcome);

/* A copy of @text (NULL: none) of which a terminal would only show something;
 * as one line, or as the @lines that it has.  To be freed; NULL when out of
 * memory. */
char *outcome_text(const char *text, bool lines);

/* Write such a copy of @text as XML. */
void outcome_markup(FILE *out, const char *text, bool lines);

/* Write the attribute @name of an XML element, with the text @value. */
void outcome_attribute(FILE *out, const char *name, const char *value);

/* Those of a suite, whose owner they stay. */
struct outcome_suite {
	const char *name;
	time_t started;
	const struct outcome *outcomes;
	size_t n;
	/* So many tests there are: run I is one of test I % n_tests. */
	size_t n_tests;
	/* The folder of the page that shows them; NULL: there is none. */
	const char *page;
};

#endif
