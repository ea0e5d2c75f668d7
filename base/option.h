/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * option.h - what the files of the option parser share; options.h is its
 * public face
 */
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/options/config.h"
#include "cli/options/options.h"

struct option_value;

/* One option.  To add one is to add a row to option_table. */
struct option_spec {
	/* The title of the group that begins with this option. */
	const char *heading;
	/* The long name, which is also the key in a configuration file, and
	 * a second spelling of it. */
	const char *name, *alias;
	char letter;
	/* What the value is called; one that begins with "FILE" is completed
	 * as a file's name.  NULL for an
	 * option without. */
	const char *arg;
	/* The value may be left out; with the letter it always is. */
	bool optional;
	/* Not allowed in a configuration file. */
	bool only_argv;
	/* Taken by minivmm test itself, not handed to its runs; and of no use
	 * to any other command. */
	bool suite, only_suite;
	/* The value an option has that is not given; parsed like any. */
	const char *preset;
	/* Its words, space-separated, for parsing or completion. */
	const char *words;
	uint64_t min, max;
	/* For --help: what fits beside the name.  NULL: the option is for
	 * those who know it from QEMU, or for minivmm test to give to its
	 * runs, and is told of nowhere else. */
	const char *help;
	/* For the man page: sentences in mdoc(7), each line ended. */
	const char *man;
	/* Parse the value into the field; logs, -errno. */
	int (*parse)(const struct option_value *value, void *field);
	/* The field, in struct config. */
	size_t offset;
	/* What to do instead of running a VM; then there is no field, and
	 * the value's index among the words is added. */
	enum command command;
};

/* Ends with a row without a name. */
extern const struct option_spec option_table[];

/* A value on its way from the user to the config. */
struct option_value {
	const struct option_spec *spec;
	/* NULL if none was given. */
	const char *text;
	/* How the option is spelled where it stands: "--mem", "-m" or
	 * "FILE:LINE: mem =". */
	const char *where;
	/* What a relative path is relative to; NULL: the working directory. */
	const char *dir;
};

/* option_value.c: parsers.  Types are those of the field. */
/* char *: any text. */
int option_string(const struct option_value *value, void *field);
/* char *: a file name, made relative to value->dir. */
int option_path(const struct option_value *value, void *field);
/* char *: as option_path(), if it begins with "file:" or "unix:". */
int option_chardev(const struct option_value *value, void *field);
/* char *: one of the spec's words, or "file:" and a file name. */
int option_debugcon(const struct option_value *value, void *field);
/* char *: a command line, see config_extend(). */
int option_cmdline(const struct option_value *value, void *field);
/* struct string_list: file names, one each time. */
int option_path_list(const struct option_value *value, void *field);
/* unsigned: min to max. */
int option_number(const struct option_value *value, void *field);
/* enum on_reset: ON_RESET_EXIT; there is no value. */
int option_no_reboot(const struct option_value *value, void *field);
/* Nothing: it is so anyway; there is no value. */
int option_ignored(const struct option_value *value, void *field);
/* bool: true; there is no value. */
int option_flag(const struct option_value *value, void *field);
/* unsigned: one more each time without a value; or 0 to max. */
int option_count(const struct option_value *value, void *field);
/* uint64_t: bytes, min to max, in whole pages. */
int option_size(const struct option_value *value, void *field);
/* The same, unless there is one already. */
int option_size_preset(const struct option_value *value, void *field);
/* uint64_t: nanoseconds; the text, min and max are in seconds. */
int option_seconds(const struct option_value *value, void *field);
/* An enum: the index of one of the words. */
int option_choice(const struct option_value *value, void *field);

/* option_virtio.c: struct virtio_config: on or off, and keys. */
int option_virtio(const struct option_value *value, void *field);

/* option_net.c: struct net_config: --net's value. */
int option_net(const struct option_value *value, void *field);
/* struct forwards: one more each time, or several. */
int option_publish(const struct option_value *value, void *field);
/* All options are in: put @cfg's network together.  Logs; -EINVAL, -ENOMEM. */
int option_net_finish(struct config *cfg);

/* option_script.c: struct script: one step more, a pattern to forbid, or all
 * that is in a file. */
int option_expect(const struct option_value *value, void *field);
int option_send(const struct option_value *value, void *field);
int option_fail_on(const struct option_value *value, void *field);
int option_script(const struct option_value *value, void *field);
/* option_service.c: struct wait_ports: one more each time. */
int option_wait_port(const struct option_value *value, void *field);
/* unsigned: a descriptor that the caller has opened for writing. */
int option_descriptor(const struct option_value *value, void *field);
/* All options are in: whether they go together.  Logs; -EINVAL. */
int option_service_finish(struct config *cfg);

/* unsigned: a port number, or 0 for "none". */
int option_port(const struct option_value *value, void *field);

/* Parse @value into @field, or into its field of @cfg.  Logs; -EINVAL,
 * -ENOMEM. */
int option_parse(const struct option_value *value, void *field);
int option_set(struct config *cfg, const struct option_value *value);

/* Log one line about @value, "WHERE TEXT: why: what to do", with the control
 * characters of the user's text made visible; returns -EINVAL. */
int option_reject(const struct option_value *value, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* option_name.c */
/* The option called @name (@len bytes), by its full name or alias, or with
 * that letter; NULL. */
const struct option_spec *option_find(const char *name, size_t len);
const struct option_spec *option_by_letter(int letter);
/* What to do instead of giving the option @name, which other programs have;
 * NULL. */
const char *option_hint(const char *name, size_t len);
/* The name of an option that may have been meant by @name; NULL. */
const char *option_like(const char *name, size_t len);
/* The same for one of the space-separated @words; *@found is its length. */
const char *option_word_like(const char *words, const char *name,
			     size_t *found);

/*
 * option_file.c: apply the configuration file @path to @cfg.  Logs one line
 * that names the file and line; -EINVAL, -ENOMEM.
 */
int option_file_read(struct config *cfg, const char *path);
/* The same for the @len bytes of @text, which is modified and has room for
 * one more. */
int option_file_parse(struct config *cfg, const char *path, char *text,
		      size_t len);

/* option_text.c: what people read of the table. */
void option_usage(FILE *out);
void option_help(FILE *out);
void option_mdoc(FILE *out);
/* option_complete.c: what shells do. */
void option_bash(FILE *out);
void option_zsh(FILE *out);
void option_fish(FILE *out);

#endif
