/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * argv.h - reads the command line into a list, but applies nothing
 *
 * Main thread, before there are other threads: getopt_long(3) has static state.
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
	/* The words behind `--`, and the same words as one line; NULL: there is
	 * no `--`. */
	char **words;
	size_t n_words;
	char *job;
};

/* Read the command line, up to an option like --help that makes the rest
 * irrelevant.  Logs one line; -EINVAL, -ENOMEM, and args_free() must be called
 * all the same. */
int args_read(struct args *args, int argc, char **argv);

/* Add @given at the end.  Logs; -ENOMEM. */
int args_add(struct args *args, const struct given *given);

/* Whether the last option given is one like --help, which only prints. */
bool args_print(const struct args *args);

/* @given as a value for option_set().  How the user spelled it is written to
 * @where. */
struct option_value args_value(const struct given *given, char where[64]);

/* Free what @args owns; all zero is fine. */
void args_free(struct args *args);

#endif
