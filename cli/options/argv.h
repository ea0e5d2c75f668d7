/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * argv.h - the command line, read into a list; nothing is applied
 *
 * Main thread, before there are others: getopt_long(3) keeps state of its own.
 */
#ifndef CLI_OPTIONS_ARGV_H
#define CLI_OPTIONS_ARGV_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/options/internal.h"

/* An option as given on the command line. */
struct given {
	const struct option_spec *spec;
	/* Its long name; NULL when given by its letter. */
	const char *name;
	const char *text;
};

struct args {
	struct given *given;
	size_t n_given;
	char **operands;
	size_t n_operands;
	/* The words behind `--`, and the same as one line; NULL: there is no
	 * `--`. */
	char **words;
	size_t n_words;
	char *job;
};

/* Read the command line, up to an option like --help that ignores the rest.
 * Logs one line; -EINVAL, -ENOMEM, and args_free() is to be called all the
 * same. */
int args_read(struct args *args, int argc, char **argv);

/* Add @given at the end.  Logs; -ENOMEM. */
int args_add(struct args *args, const struct given *given);

/* Whether the last option is one like --help. */
bool args_print(const struct args *args);

/* @given as a value for option_set(); its spelling is written to @where. */
struct option_value args_value(const struct given *given, char where[64]);

/* Free what @args owns; all zero is fine. */
void args_free(struct args *args);

#endif
