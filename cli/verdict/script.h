/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script.h - what is expected of the guest's console, sent to it, and not to
 * appear on it
 *
 * Threads: filled by the main thread, read-only afterwards.
 */
#ifndef CLI_VERDICT_SCRIPT_H
#define CLI_VERDICT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/verdict/pattern.h"

enum step_kind { STEP_EXPECT, STEP_SEND };

struct step {
	enum step_kind kind;
	/* As the user wrote it. */
	char *text;
	/* STEP_EXPECT. */
	struct pattern pattern;
	/* STEP_SEND. */
	uint8_t *bytes;
	size_t len;
};

struct script {
	struct step *steps;
	size_t n_steps, n_expects;
	/* What is not to appear: these, and what a kernel says when it is
	 * broken, and even its warnings. */
	struct pattern *forbidden;
	size_t n_forbidden;
	bool no_symptoms, no_warnings;
	/* The run does not end with the last step, whatever that is. */
	bool goes_on;
	/* The console has results of tests: see ktap.h. */
	bool ktap;
};

/* Add a step to the end.  -EINVAL, and @error says why; -ENOMEM, and so it
 * does. */
int script_expect(struct script *script, const char *pattern,
		  struct pattern_error *error);
int script_send(struct script *script, const char *text,
		struct pattern_error *error);

/* Forbid @pattern, or by "default" what kernels say when they are broken, by
 * "warnings" what Linux warns of, or by "none" nothing any more.  Errors as
 * above. */
int script_forbid(struct script *script, const char *pattern,
		  struct pattern_error *error);

/* Whether something is not to appear. */
bool script_forbids(const struct script *script);

/* One that is all zero is fine. */
void script_free(struct script *script);

#endif
