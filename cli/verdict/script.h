/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script.h - what is expected on the guest's console, what is sent to it, and
 * what must not appear on it
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
	/* What must not appear: these patterns, messages of a broken kernel,
	 * and also a kernel's warnings. */
	struct pattern *forbidden;
	size_t n_forbidden;
	bool no_symptoms, no_warnings;
	/* The run does not end with the last step, of whatever kind it is. */
	bool goes_on;
	/* The console has test results: see ktap.h. */
	bool ktap;
};

/* Add a step at the end.  -EINVAL or -ENOMEM, and then @error says why. */
int script_expect(struct script *script, const char *pattern,
		  struct pattern_error *error);
int script_send(struct script *script, const char *text,
		struct pattern_error *error);

/* Forbid @pattern. "default" stands for the messages of broken kernels,
 * "warnings" for Linux's warnings; "none" allows everything again.  Errors as
 * above. */
int script_forbid(struct script *script, const char *pattern,
		  struct pattern_error *error);

/* Whether there is anything that must not appear. */
bool script_forbids(const struct script *script);

/* A script that is all zero is fine. */
void script_free(struct script *script);

#endif
