/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * serial_options.c - the options of the serial console and the debug console
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/util.h"
#include "devices/serial/serial_config.h"

void serial_config_free(struct serial_config *config)
{
	free(config->where);
	free(config->log);
	free(config->debugcon);
	*config = (struct serial_config){ NULL };
}

/* char *: any text.  After "file:" or "unix:" there is a file's name.
 * "mon:stdio", from lines made for QEMU, means "stdio". */
static int option_chardev(const struct option_value *value, void *field)
{
	size_t prefix = strcspn(value->text, ":") + 1;
	char *path, *full;

	if (strcmp(value->text, "mon:stdio") == 0)
		return option_own(field, strdup("stdio"));
	if (strncmp(value->text, "file:", prefix) != 0 &&
	    strncmp(value->text, "unix:", prefix) != 0)
		return option_string(value, field);
	path = path_from(value->dir, value->text + prefix);
	if (!path || asprintf(&full, "%.5s%s", value->text, path) < 0)
		full = NULL;
	free(path);
	return option_own(field, full);
}

/* char *: one of the spec's words, or "file:" and a file's name. */
static int option_debugcon(const struct option_value *value, void *field)
{
	int word;

	if (!strncmp(value->text, "file:", 5) && value->text[5])
		return option_chardev(value, field);
	return option_choice(value, &word) < 0 ? -EINVAL :
						 option_string(value, field);
}

/* uint8_t: a control character, or 0 for "none".  Return and Esc, with which
 * many keys begin, are left to the guest. */
static int option_escape(const struct option_value *value, void *field)
{
	const char *text = value->text;
	bool ctrl = strncasecmp(text, "ctrl-", 5) == 0;
	const char *key = text + (ctrl ? 5 : *text == '^');
	char c = (char)toupper((unsigned char)*key);

	if (strcmp(text, "none") == 0)
		c = 0;
	else if (key == text || c <= '@' || c > '_' || key[1] ||
		 strchr("JM[", c))
		return option_reject(value, "not a key: give one such as ^A, "
					    "^T or ^], or none");
	*(uint8_t *)field = c & 0x1f;
	return 0;
}

#define FIELD(field) .offset = offsetof(struct serial_config, field)

const struct option_spec serial_options[] = {
	{ .heading = "Console",
	  OPTION("serial", "WHERE", "stdio, pty, file:PATH, unix:PATH or none",
		 option_chardev),
	  FIELD(where),
	  .preset = "stdio",
	  .words = "stdio pty file: unix: none" },
	{ OPTION("console-log", "FILE",
		 "copy the serial output, with times, to a file", option_path),
	  FIELD(log) },
	{ OPTION("escape", "KEY",
		 "on a terminal KEY x quits: ^A, ^T, ... or none",
		 option_escape),
	  FIELD(escape), .preset = "^A" },
	{ OPTION("debugcon", "WHERE",
		 "port 0xe9: auto, console, file:PATH or none",
		 option_debugcon),
	  FIELD(debugcon), .preset = "auto",
	  .words = "auto console none file:" },
	{ 0 },
};
