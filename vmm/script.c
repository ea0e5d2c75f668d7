/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/script.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/util.h"

/* What may stand before a line of Linux's log: level, time, caller. */
#define LOG_PREFIX "^(<[0-9]+>)?(\\[[^]]*\\] ?)*"

/* What Linux says when it is broken. */
static const struct {
	const char *pattern;
	enum complaint complaint;
} linux_complaints[] = {
	{ LOG_PREFIX "Kernel panic - not syncing", COMPLAINT_PANIC },
	{ LOG_PREFIX "Attempted to kill init", COMPLAINT_PANIC },
	{ LOG_PREFIX "(BUG: |watchdog: BUG: |kernel BUG at |Oops: |"
		     "general protection fault|double fault: |"
		     "(rcu: )?INFO: rcu_.* (self-)?detected .*stall)",
	  COMPLAINT_OOPS },
};

static int no_memory(struct script_error *error)
{
	snprintf(error->text, sizeof(error->text), "out of memory");
	return -ENOMEM;
}

static int refuse(struct script_error *error, const char *why)
{
	snprintf(error->text, sizeof(error->text), "%s", why);
	return -EINVAL;
}

/* The character that \@c stands for in both kinds of text, or 0. */
static int escape(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'e':
		return '\033';
	default:
		return 0;
	}
}

/* @pattern with the escapes replaced that regcomp(3) does not know; to be
 * freed. */
static char *unescape_pattern(const char *pattern)
{
	char *out = malloc(strlen(pattern) + 1), *p = out;

	if (!out)
		return NULL;
	for (; *pattern; pattern++) {
		int c = pattern[0] == '\\' ? escape(pattern[1]) : 0;

		if (c) {
			*p++ = (char)c;
			pattern++;
			continue;
		}
		*p++ = *pattern;
		if (pattern[0] == '\\' && pattern[1])
			*p++ = *++pattern;
	}
	*p = '\0';
	return out;
}

/* An extension of glibc's, whose time is exponential in the text's length:
 * a guest could stop us. */
static bool has_back_reference(const char *pattern)
{
	for (; *pattern; pattern++)
		if (pattern[0] == '\\' && *++pattern &&
		    isdigit((unsigned char)*pattern))
			return true;
	return false;
}

/* Compile @pattern; *@lines: whether it can match across lines. */
static int compile(regex_t *regex, const char *pattern, bool *lines,
		   struct script_error *error)
{
	char *plain;
	int rc;

	if (!*pattern)
		return refuse(error, "the pattern is empty");
	if (has_back_reference(pattern))
		return refuse(error, "a back-reference, which may take for "
				     "ever: there are none");
	plain = unescape_pattern(pattern);
	if (!plain)
		return no_memory(error);
	rc = regcomp(regex, plain, REG_EXTENDED | REG_NEWLINE);
	*lines = strchr(plain, '\n');
	free(plain);
	if (!rc)
		return 0;
	regerror(rc, regex, error->text, sizeof(error->text));
	return rc == REG_ESPACE ? -ENOMEM : -EINVAL;
}

/* The byte at *@text, with its escape, and *@text behind it; -1: unknown. */
static int next_byte(const char **text)
{
	const char *p = *text;
	char hex[3] = "";

	*text += 1;
	if (*p != '\\')
		return (uint8_t)*p;
	*text += *p != '\0';
	if (escape(p[1]))
		return escape(p[1]);
	switch (p[1]) {
	case 'r':
		return '\r';
	case '\\':
		return '\\';
	case 'x':
		if (!isxdigit((uint8_t)p[2]) || !isxdigit((uint8_t)p[3]))
			return -1;
		memcpy(hex, p + 2, 2);
		*text += 2;
		return (int)strtol(hex, NULL, 16);
	default:
		return -1;
	}
}

static int unescape_bytes(struct step *step, const char *text,
			  struct script_error *error)
{
	step->bytes = malloc(strlen(text) + 1);
	if (!step->bytes)
		return no_memory(error);
	while (*text) {
		int c = next_byte(&text);

		if (c < 0)
			return refuse(error, "of escapes there are \\n, \\r, "
					     "\\t, \\e, \\xHH and \\\\");
		step->bytes[step->len++] = (uint8_t)c;
	}
	return 0;
}

static void step_free(struct step *step)
{
	if (step->kind == STEP_EXPECT)
		regfree(&step->pattern);
	free(step->bytes);
	free(step->text);
}

/* Room for a step; NULL. */
static struct step *add_step(struct script *script)
{
	struct step *steps =
		realloc(script->steps, (script->n_steps + 1) * sizeof(*steps));

	if (!steps)
		return NULL;
	script->steps = steps;
	return &steps[script->n_steps];
}

int script_expect(struct script *script, const char *pattern,
		  struct script_error *error)
{
	struct step *step = add_step(script);
	int err;

	if (!step)
		return no_memory(error);
	*step = (struct step){ .kind = STEP_EXPECT };
	err = compile(&step->pattern, pattern, &step->lines, error);
	if (err)
		return err;
	step->text = strdup(pattern);
	if (!step->text) {
		step_free(step);
		return no_memory(error);
	}
	script->n_steps++;
	script->n_expects++;
	return 0;
}

int script_send(struct script *script, const char *text,
		struct script_error *error)
{
	struct step *step = add_step(script);
	int err;

	if (!step)
		return no_memory(error);
	*step = (struct step){ .kind = STEP_SEND };
	err = unescape_bytes(step, text, error);
	if (!err) {
		step->text = strdup(text);
		err = step->text ? 0 : no_memory(error);
	}
	if (err)
		step_free(step);
	else
		script->n_steps++;
	return err;
}

static int forbid_one(struct script *script, const char *pattern,
		      enum complaint complaint, struct script_error *error)
{
	size_t n = script->n_forbidden;
	struct forbidden *all =
		realloc(script->forbidden, (n + 1) * sizeof(*all));
	bool lines;
	int err;

	if (!all)
		return no_memory(error);
	script->forbidden = all;
	all[n] = (struct forbidden){ .complaint = complaint };
	err = compile(&all[n].pattern, pattern, &lines, error);
	if (err)
		return err;
	if (lines) {
		regfree(&all[n].pattern);
		return refuse(error, "it is matched line by line");
	}
	script->n_forbidden++;
	return 0;
}

static void forbid_nothing(struct script *script)
{
	for (size_t i = 0; i < script->n_forbidden; i++)
		regfree(&script->forbidden[i].pattern);
	free(script->forbidden);
	script->forbidden = NULL;
	script->n_forbidden = 0;
}

int script_forbid(struct script *script, const char *pattern,
		  struct script_error *error)
{
	int err = 0;

	if (!strcmp(pattern, "none")) {
		forbid_nothing(script);
		return 0;
	}
	if (strcmp(pattern, "default") != 0)
		return forbid_one(script, pattern, COMPLAINT_FORBIDDEN, error);
	for (size_t i = 0; i < ARRAY_SIZE(linux_complaints) && !err; i++)
		err = forbid_one(script, linux_complaints[i].pattern,
				 linux_complaints[i].complaint, error);
	return err;
}

void script_free(struct script *script)
{
	for (size_t i = 0; i < script->n_steps; i++)
		step_free(&script->steps[i]);
	free(script->steps);
	forbid_nothing(script);
	*script = (struct script){ 0 };
}
