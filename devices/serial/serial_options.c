/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * serial_options.c - the options of the serial console and the debug console
 */
#include <stdlib.h>

#include "devices/serial/serial_config.h"

void serial_config_free(struct serial_config *config)
{
	free(config->where);
	free(config->log);
	free(config->debugcon);
	*config = (struct serial_config){ NULL };
}

#define FIELD(field) .offset = offsetof(struct serial_config, field)

const struct option_spec serial_options[] = {
	{
		.heading = "Console",
		.name = "serial",
		.arg = "WHERE",
		.preset = "stdio",
		.words = "stdio pty file: unix: none",
		.help = "stdio, pty, file:PATH, unix:PATH or none",
		.parse = option_chardev,
		FIELD(where),
	},
	{
		.name = "console-log",
		.arg = "FILE",
		.help = "copy the serial output, with times, to a file",
		.parse = option_path,
		FIELD(log),
	},
	{
		.name = "debugcon",
		.arg = "WHERE",
		.preset = "auto",
		.words = "auto console none file:",
		.help = "port 0xe9: auto, console, file:PATH or none",
		.parse = option_debugcon,
		FIELD(debugcon),
	},
	{ 0 },
};
