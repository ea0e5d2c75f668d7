/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict_options.c - the options that set the conditions of a run's verdict
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/option.h"
#include "base/util.h"
#include "cli/verdict/verdict_config.h"

typedef int add_fn(struct script *script, const char *text,
		   struct pattern_error *error);

static int add(const struct option_value *value, void *field, add_fn *adder)
{
	struct pattern_error error;
	int err = adder(field, value->text, &error);

	if (err == -ENOMEM)
		return option_no_memory();
	return err ? option_reject(value, "%s", error.text) : 0;
}

static int option_expect(const struct option_value *value, void *field)
{
	return add(value, field, script_expect);
}

static int option_send(const struct option_value *value, void *field)
{
	return add(value, field, script_send);
}

static int option_fail_on(const struct option_value *value, void *field)
{
	return add(value, field, script_forbid);
}

/* Cut the line end off @line, also a DOS one: no line of the console has it. */
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
		/* The rest, after one blank, is taken as it is. */
		step.text = line[len] ? line + len + 1 : "";
		return add(&step, script, words[i].add);
	}
	return option_reject(&step, "no such step: there are expect, send and "
				    "fail-on");
}

static int option_script(const struct option_value *value, void *field)
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

/* struct wait_ports: each use adds a port. */
static int option_wait_port(const struct option_value *value, void *field)
{
	const char *comma = strchr(value->text, ',');
	size_t len =
		comma ? (size_t)(comma - value->text) : strlen(value->text);
	struct option_value limit = *value;
	uint64_t limit_ns = 0;
	unsigned long port = strtoul(value->text, NULL, 10);
	int err = 0;

	/* The text has only a few digits, so strtoul(3) has read all of it. */
	if (!len || len > 5 || strspn(value->text, "0123456789") != len ||
	    port < 1 || port > 65535)
		return option_reject(value, "not a port from 1 to 65535, after "
					    "which ,SECONDS may follow");
	if (comma) {
		limit.text = comma + 1;
		err = option_seconds(&limit, &limit_ns);
	}
	if (err)
		return err;
	err = wait_ports_add(field, (uint16_t)port, limit_ns);
	return err ? option_no_memory() : 0;
}

/* enum on_reset: ON_RESET_EXIT; there is no value. */
static int option_no_reboot(const struct option_value *value, void *field)
{
	enum on_reset *action = field;

	(void)value;
	*action = ON_RESET_EXIT;
	return 0;
}

void verdict_config_free(struct verdict_config *config)
{
	script_free(&config->script);
	wait_ports_free(&config->wait);
	*config = (struct verdict_config){ 0 };
}

#define FIELD(field) .offset = offsetof(struct verdict_config, field)

const struct option_spec verdict_options[] = {
	{ .heading = "Testing",
	  OPTION("expect", "RE",
		 "wait for this on the console; then the next step",
		 option_expect),
	  FIELD(script),
	  .daily = true },
	{ OPTION("send", "TEXT", "after that type this; \\n and the like work",
		 option_send),
	  FIELD(script) },
	{ OPTION("fail-on", "RE", "fail when a line matches; none: on nothing",
		 option_fail_on),
	  FIELD(script), .preset = "default" },
	{ OPTION("script", "FILE",
		 "steps from a file: expect RE, send TEXT, ...", option_script),
	  FIELD(script) },
	{ OPTION_ON_OFF("ktap", "read test results from the console: KTAP, TAP",
			option_switch),
	  FIELD(script.ktap), .preset = "off" },
	{ OPTION("wait-port", "PORT[,SECONDS]",
		 "wait until the guest listens on this port", option_wait_port),
	  FIELD(wait), .daily = true, .max = 10000000 },
	{ OPTION("timeout", "SECONDS", "end the run after so long",
		 option_seconds),
	  FIELD(timeout_ns), .daily = true, .min = 0, .max = 10000000 },
	{ OPTION("boot-timeout", "SECONDS",
		 "end the run unless the guest has booted by then",
		 option_seconds),
	  FIELD(boot_timeout_ns), .max = 10000000 },
	{ OPTION("silence", "SECONDS",
		 "end the run when the console is silent for so long",
		 option_seconds),
	  FIELD(silence_ns), .max = 10000000 },
	{ OPTION("on-reset", "ACTION", "on a reset: restart, exit or always",
		 option_choice),
	  FIELD(on_reset), .preset = "restart",
	  .words = "restart exit always" },
	{ OPTION("no-reboot", NULL, NULL, option_no_reboot), FIELD(on_reset) },
	{ 0 },
};
