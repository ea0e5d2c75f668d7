/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.h - the command line and configuration files
 *
 * The groups in groups.c define all options.  The parser, the keys of
 * configuration files, --help and the shell completion come from them.  Main
 * thread, before there are other threads: getopt_long(3) has static state.
 */
#ifndef CLI_OPTIONS_OPTIONS_H
#define CLI_OPTIONS_OPTIONS_H

#include <stdio.h>

struct config;

enum command {
	COMMAND_RUN,
	/* Print what this host can do and, if a kernel is given, what it
	 * needs. */
	COMMAND_CHECK,
	/* Run tests, each in a process of its own. */
	COMMAND_TEST,
	COMMAND_VERSION,
	/* In the order of the words of --help. */
	COMMAND_HELP,
	COMMAND_HELP_ALL,
	COMMAND_HELP_BASH,
	COMMAND_HELP_ZSH,
	COMMAND_HELP_FISH,
	COMMAND_HELP_COUNTERS,
	COMMAND_HELP_VERDICTS,
	COMMAND_HELP_SYMPTOMS,
};

/*
 * Parse the command line, and the configuration files that it names, into @cfg.
 * @cfg needs no initialisation, and config_free() must be called whatever the
 * result.
 *
 * Logs one line (without any argument the short usage) and returns -EINVAL for
 * any mistake of the user's; -ENOMEM.
 */
int options_parse(int argc, char **argv, struct config *cfg, enum command *cmd);

/* Log which options the environment has, if it has any. */
void options_log_environment(void);

/* Print what @cmd, one of the commands that print, asks for.  Logs; -errno of a
 * failed write. */
int options_print(enum command cmd, FILE *out);

#endif
