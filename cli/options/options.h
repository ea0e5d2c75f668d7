/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.h - the command line and configuration files
 *
 * Groups of rows (groups.c) say what options there are; the parser, the keys of
 * configuration files, --help and the shell completion come from them.  Main
 * thread, before there are others: getopt_long(3) keeps state of its own.
 */
#ifndef CLI_OPTIONS_OPTIONS_H
#define CLI_OPTIONS_OPTIONS_H

#include <stdio.h>

struct config;

enum command {
	COMMAND_RUN,
	/* Say what this host, and the kernel if one is given, can do. */
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
 * Parse the command line and the configuration files it names into @cfg,
 * which needs no initialisation and, whatever the result, is to be given to
 * config_free().
 *
 * Logs one line (without any argument the short usage) and returns -EINVAL
 * for anything wrong with either, -ENOMEM.
 */
int options_parse(int argc, char **argv, struct config *cfg, enum command *cmd);

/* Write what @cmd, one of those that print, asks for.  Logs; -errno of a
 * failed write. */
int options_print(enum command cmd, FILE *out);

#endif
