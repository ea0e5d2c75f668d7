/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table.c - the options of the program itself
 */
#include "base/util.h"
#include "cli/options/internal.h"
#include "cli/options/options.h"

#define FIELD(field) .offset = offsetof(struct config, field)

const struct option_spec running_options[] = {
	{
		.heading = "Running",
		.name = "config",
		.daily = true,
		.arg = "FILE",
		.only_argv = true,
		.help = "read options from a file; may be repeated",
		.parse = option_path_list,
		FIELD(config_files),
	},
	{
		.name = "grace",
		.arg = "SECONDS",
		.preset = "5",
		.max = 86400,
		.help = "how long SIGTERM lets the guest power off",
		.parse = option_seconds,
		FIELD(grace_ns),
	},
	{
		.name = "symbols",
		.arg = "FILE",
		.help = "vmlinux or System.map, to name functions in reports",
		.parse = option_path,
		FIELD(symbols),
	},
	{
		.name = "max-output",
		.arg = "SIZE",
		.min = 4 * KIB,
		.max = MIB * GIB,
		.help = "most of the console, logs, messages, a capture",
		.parse = option_size,
		FIELD(max_output),
	},
	{
		.name = "lint",
		.max = 1,
		.help = "report what virtio drivers do wrong",
		.parse = option_count,
		FIELD(lint),
	},
	{
		.name = "nographic",
		.parse = option_ignored,
	},
	{
		.name = "enable-kvm",
		.parse = option_ignored,
	},
	{ 0 },
};

const struct option_spec information_options[] = {
	{
		.heading = "Information",
		.name = "verbose",
		.daily = true,
		.letter = 'v',
		.arg = "N",
		.optional = true,
		.max = 2,
		.help = "say more; twice: most (or N, from 0 to 2)",
		.parse = option_count,
		FIELD(verbose),
	},
	{
		.name = "version",
		.daily = true,
		.letter = 'V',
		.only_argv = true,
		.help = "print the version and exit",
		.parse = option_choice,
		.command = COMMAND_VERSION,
	},
	{
		.name = "help",
		.daily = true,
		.letter = 'h',
		.arg = "FORMAT",
		.optional = true,
		.only_argv = true,
		.words = "text all bash zsh fish counters verdicts symptoms",
		.help = "print this and exit",
		.parse = option_choice,
		.command = COMMAND_HELP,
	},
	{ 0 },
};
