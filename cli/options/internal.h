/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * internal.h - what the files of the option parser share; options.h is public
 */
#ifndef CLI_OPTIONS_INTERNAL_H
#define CLI_OPTIONS_INTERNAL_H

#include <stddef.h>
#include <stdio.h>

#include "base/option.h"
#include "cli/options/config.h"

/* groups.c: the option after @o in the order of --help, or the first after
 * NULL; NULL after the last. */
const struct option_spec *option_next(const struct option_spec *o);
/* Parse @value into its field of @cfg.  Logs; -EINVAL, -ENOMEM. */
int option_set(struct config *cfg, const struct option_value *value);
/* Set all options that have a preset to it.  Logs; -EINVAL, -ENOMEM. */
int option_set_presets(struct config *cfg);
/* The option called @name (@len bytes), by its full name or alias; or the one
 * with that letter; NULL: none. */
const struct option_spec *option_find(const char *name, size_t len);
const struct option_spec *option_by_letter(int letter);
/* The name of the option that @name was probably meant to be; NULL: none. */
const char *option_like(const char *name, size_t len);

/* table.c: groups whose fields are in struct config itself. */
extern const struct option_spec running_options[], information_options[];

/* The variable that has options, see environment.c. */
#define ENVIRONMENT "MINIVMM_OPTIONS"

/* names.c: what to do instead of giving @name (@len bytes), an option of
 * another program; NULL: it is not known. */
const char *option_hint(const char *name, size_t len);

/*
 * file.c: apply the configuration file @path to @cfg.  Logs one line
 * that names the file and line; -EINVAL, -ENOMEM.
 */
int option_file_read(struct config *cfg, const char *path);
/* The same for the @len bytes of @text, which is modified and has room for
 * one more. */
int option_file_parse(struct config *cfg, const char *path, char *text,
		      size_t len);

/*
 * quote.c: remove the quotes around @value and, between double quotes, each
 * backslash before a quote or backslash.  Returns NULL, or what is wrong with
 * @value, which is then not changed.
 */
const char *option_unquote(char *value);

/* finish.c: after all options are read, check them against each other and fill
 * in defaults.  @runs: a machine is to run.  Logs one line; -EINVAL,
 * -ENOMEM. */
int config_finish(struct config *cfg, bool runs);

/* kernel.c: take a default if no kernel is named: the one in the working
 * directory, the one built here, or the host's own.  @no_arguments: the user
 * gave no argument at all.  Logs one line; -EINVAL, -ENOMEM. */
int kernel_default(struct config *cfg, bool no_arguments);
/* Resolve the name of the kernel: a file, or one of the host's kernels, given
 * by its release or as "host".  A file of that name comes first.  Logs;
 * -ENOMEM. */
int kernel_resolve(struct config *cfg);

/* usage.c: the help for people. */
void option_usage(FILE *out);
/* Print the options that are used daily; with @all, all of them. */
void option_help(bool all, FILE *out);
/* complete.c: completion scripts for shells. */
void option_bash(FILE *out);
void option_zsh(FILE *out);
void option_fish(FILE *out);

#endif
