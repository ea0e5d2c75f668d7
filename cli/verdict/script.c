/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/verdict/script.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/verdict/pattern.h"

static int no_memory(struct pattern_error *error)
{
	snprintf(error->text, sizeof(error->text), "out of memory");
	return -ENOMEM;
}

static int refuse(struct pattern_error *error, const char *why)
{
	snprintf(error->text, sizeof(error->text), "%s", why);
	return -EINVAL;
}

/* The byte at *@text, whose escape is replaced; *@text is moved after it.  -1:
 * an unknown escape. */
static int next_byte(const char **text)
{
	const char *p = *text;
	char hex[3] = "";

	*text += 1;
	if (*p != '\\')
		return (uint8_t)*p;
	*text += *p != '\0';
	if (pattern_escape(p[1]))
		return pattern_escape(p[1]);
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
			  struct pattern_error *error)
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
		pattern_free(&step->pattern);
	free(step->bytes);
	free(step->text);
}

/* Room for one more step; NULL when out of memory. */
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
		  struct pattern_error *error)
{
	struct step *step = add_step(script);
	int err;

	if (!step)
		return no_memory(error);
	*step = (struct step){ .kind = STEP_EXPECT };
	err = pattern_compile(&step->pattern, pattern, error);
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
		struct pattern_error *error)
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

static int forbid_one(struct script *script, const char *text,
		      struct pattern_error *error)
{
	size_t n = script->n_forbidden;
	struct pattern *all =
		realloc(script->forbidden, (n + 1) * sizeof(*all));
	int err;

	if (!all)
		return no_memory(error);
	script->forbidden = all;
	err = pattern_compile(&all[n], text, error);
	if (err)
		return err;
	if (all[n].lines) {
		pattern_free(&all[n]);
		return refuse(error, "it is matched line by line");
	}
	script->n_forbidden++;
	return 0;
}

static void forbid_nothing(struct script *script)
{
	for (size_t i = 0; i < script->n_forbidden; i++)
		pattern_free(&script->forbidden[i]);
	free(script->forbidden);
	script->forbidden = NULL;
	script->n_forbidden = 0;
	script->no_symptoms = script->no_warnings = false;
}

int script_forbid(struct script *script, const char *pattern,
		  struct pattern_error *error)
{
	if (!strcmp(pattern, "none"))
		forbid_nothing(script);
	else if (!strcmp(pattern, "default"))
		script->no_symptoms = true;
	else if (!strcmp(pattern, "warnings"))
		script->no_warnings = true;
	else
		return forbid_one(script, pattern, error);
	return 0;
}

bool script_forbids(const struct script *script)
{
	return script->n_forbidden || script->no_symptoms ||
	       script->no_warnings;
}

void script_free(struct script *script)
{
	for (size_t i = 0; i < script->n_steps; i++)
		step_free(&script->steps[i]);
	free(script->steps);
	forbid_nothing(script);
	*script = (struct script){ 0 };
}
