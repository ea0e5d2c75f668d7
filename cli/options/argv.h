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

#include "base/string_list.h"
#include "cli/options/internal.h"

/* An option as given on the command line, or in the environment. */
struct given {
	const struct option_spec *spec;
	/* Its long name; NULL when given by its letter. */
	const char *name;
	const char *text;
	bool environment;
};

struct args {
	/* What messages begin with; NULL: it is the command line. */
	const char *source;
	struct given *given;
	size_t n_given;
	char **operands;
	size_t n_operands;
	/* The words behind `--`, and the same words as one line; NULL: there is
	 * no `--`. */
	char **words;
	size_t n_words;
	char *job;
	/* The words of the environment, to which its options point. */
	struct string_list environment;
};

/* Read the command line, up to an option like --help that makes the rest
 * irrelevant.  Logs one line; -EINVAL, -ENOMEM, and args_free() must be called
 * all the same. */
int args_read(struct args *args, int argc, char **argv);

/* Put the options that MINIVMM_OPTIONS has before those of the command line,
 * which so win; not for a run of minivmm test, which has got them as arguments.
 * Logs one line; -EINVAL, -ENOMEM. */
int args_read_environment(struct args *args);

/* Set @cfg, which is new: presets, then the configuration files of @args and
 * @last (NULL: none), then the other options of @args.  Logs; -EINVAL,
 * -ENOMEM. */
int args_apply(struct config *cfg, const struct args *args, const char *last);

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
