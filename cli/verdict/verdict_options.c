/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict_options.c - --expect, --send, --fail-on, and --script for many
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "cli/options/internal.h"

typedef int add_fn(struct script *script, const char *text,
		   struct pattern_error *error);

static int add(const struct option_value *value, void *field, add_fn *adder)
{
	struct pattern_error error;
	int err = adder(field, value->text, &error);

	if (err == -ENOMEM)
		return log_fail(err, "options: out of memory");
	return err ? option_reject(value, "%s", error.text) : 0;
}

int option_expect(const struct option_value *value, void *field)
{
	return add(value, field, script_expect);
}

int option_send(const struct option_value *value, void *field)
{
	return add(value, field, script_send);
}

int option_fail_on(const struct option_value *value, void *field)
{
	return add(value, field, script_forbid);
}

/* Cut the end off @line, also that of DOS: no console's line has one. */
static void end_line(char *line)
{
	size_t len = strcspn(line, "\n");

	line[len - (len && line[len - 1] == '\r')] = '\0';
}

/* Apply one line of a script; @line is modified. */
static int script_line(const struct option_value *value, struct script *script,
		       unsigned number, char *line)
{
	static const struct {
		const char *word;
		add_fn *add;
	} words[] = {
		{ "expect", script_expect },
		{ "send", script_send },
		{ "fail-on", script_forbid },
	};
	size_t len;
	char where[300];
	struct option_value step = { .spec = value->spec, .where = where };

	end_line(line);
	len = strcspn(line, " \t");
	if (!line[strspn(line, " \t")] || line[0] == '#')
		return 0;
	snprintf(where, sizeof(where), "%.200s:%u: %.*s", value->text, number,
		 (int)MIN(len, 60), line);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i].word) != len ||
		    memcmp(words[i].word, line, len) != 0)
			continue;
		/* What follows is taken as it is, after one blank. */
		step.text = line[len] ? line + len + 1 : "";
		return add(&step, script, words[i].add);
	}
	return option_reject(&step, "no such step: there are expect, send and "
				    "fail-on");
}

int option_script(const struct option_value *value, void *field)
{
	char *path = NULL, *line = NULL;
	size_t room = 0;
	unsigned number = 0;
	int err = option_path(value, &path);
	FILE *file;

	if (err)
		return err;
	file = fopen(path, "re");
	free(path);
	if (!file)
		return option_reject(value, "cannot be read: %s",
				     strerror(errno));
	while (!err && getline(&line, &room, file) >= 0)
		err = script_line(value, field, ++number, line);
	if (!err && ferror(file))
		err = option_reject(value, "cannot be read: %s",
				    strerror(errno));
	free(line);
	fclose(file);
	return err;
}
