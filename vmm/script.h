/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script.h - what is expected of the guest's console, sent to it, and not to
 * appear on it
 *
 * Patterns are POSIX extended regular expressions in which \n, \t and \e
 * stand for these characters, and so does \\ for a backslash to be matched;
 * `^' and `$' match at the edges of lines.
 *
 * Threads: filled by the main thread, read-only afterwards.
 */
#ifndef VMM_SCRIPT_H
#define VMM_SCRIPT_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/verdict.h"

enum step_kind { STEP_EXPECT, STEP_SEND };

struct step {
	enum step_kind kind;
	/* As the user wrote it. */
	char *text;
	/* STEP_EXPECT: and whether it can match more than one line. */
	regex_t pattern;
	bool lines;
	/* STEP_SEND. */
	uint8_t *bytes;
	size_t len;
};

/* Something not to appear. */
struct forbidden {
	regex_t pattern;
	enum complaint complaint;
};

struct script {
	struct step *steps;
	size_t n_steps, n_expects;
	struct forbidden *forbidden;
	size_t n_forbidden;
	/* The run does not end with the last step, whatever that is. */
	bool goes_on;
};

/* Why a pattern or text was refused. */
struct script_error {
	char text[128];
};

/* Add a step to the end.  -EINVAL, and @error says why; -ENOMEM, and so it
 * does. */
int script_expect(struct script *script, const char *pattern,
		  struct script_error *error);
int script_send(struct script *script, const char *text,
		struct script_error *error);

/* Forbid @pattern, or by "default" what Linux says when it is broken, or by
 * "none" nothing any more.  Errors as above. */
int script_forbid(struct script *script, const char *pattern,
		  struct script_error *error);

/* One that is all zero is fine. */
void script_free(struct script *script);

#endif
