/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table.c - the options of the program itself
 */
#include "base/util.h"
#include "cli/options/internal.h"
#include "cli/options/options.h"

#define FIELD(field) .offset = offsetof(struct config, field)

const struct option_spec running_options[] = {
	{ .heading = "Running",
	  OPTION("config", "FILE", "read options from a file; may be repeated",
		 option_path_list),
	  FIELD(config_files),
	  .daily = true,
	  .only_argv = true,
	  .early = true },
	{ OPTION("grace", "SECONDS",
		 "how long SIGTERM lets the guest power off", option_seconds),
	  FIELD(grace_ns), .preset = "5", .max = 86400 },
	{ OPTION("symbols", "FILE",
		 "vmlinux or System.map, to name functions in reports",
		 option_path),
	  FIELD(symbols) },
	{ OPTION("max-output", "SIZE",
		 "most of the console, logs, messages, a capture", option_size),
	  FIELD(max_output), .min = 4 * KIB, .max = MIB * GIB },
	{ OPTION("sandbox", "MODE", "shut the process in: on, strict, off",
		 option_choice),
	  FIELD(sandbox), .preset = "on", .words = "off on strict" },
	{ OPTION("lint", NULL, "report what virtio drivers do wrong",
		 option_count),
	  FIELD(lint), .max = 1 },
	{ OPTION("nographic", NULL, NULL, option_ignored) },
	{ OPTION("enable-kvm", NULL, NULL, option_ignored) },
	{ 0 },
};

const struct option_spec information_options[] = {
	{ .heading = "Information",
	  OPTION("verbose", "N", "say more; twice: most (or N, from 0 to 2)",
		 option_count),
	  FIELD(verbose),
	  .letter = 'v',
	  .daily = true,
	  .optional = true,
	  .max = 2 },
	{ OPTION("version", NULL, "print the version and exit", option_choice),
	  .letter = 'V', .daily = true, .only_argv = true,
	  .command = COMMAND_VERSION },
	{ OPTION("help", "FORMAT", "print this and exit", option_choice),
	  .letter = 'h', .daily = true, .only_argv = true, .optional = true,
	  .words = "text all bash zsh fish counters verdicts symptoms",
	  .command = COMMAND_HELP },
	{ 0 },
};
