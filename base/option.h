/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * option.h - one option: what it is called and takes, and how its value is read
 *
 * Who has options lists them in a table of struct option_spec beside what they
 * set; cli/options/ reads the tables.  Main thread.
 */
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct option_value;

/* One option. */
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
	/* A value that begins with += is added to the one that there is. */
	bool extends;
	/* Taken by minivmm test itself, not handed to its runs; and of no use
	 * to any other command. */
	bool suite, only_suite;
	/* The value an option has that is not given; parsed like any. */
	const char *preset;
	/* Its words, space-separated, for parsing or completion. */
	const char *words;
	uint64_t min, max;
	/* One of the dozen that --help shows; --help=all shows all. */
	bool daily;
	/* For --help: what fits beside the name.  NULL: the option is for
	 * those who know it from QEMU, or for minivmm test to give to its
	 * runs, and is told of nowhere else. */
	const char *help;
	/* Parse the value into the field; logs, -errno. */
	int (*parse)(const struct option_value *value, void *field);
	/* The field, in struct config. */
	size_t offset;
	/* What to do instead of running a VM (enum command); then there is no
	 * field, and the value's index among the words is added. */
	int command;
};

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

/* Parsers; the types are those of the field. */
/* char *: any text. */
int option_string(const struct option_value *value, void *field);
/* char *: a file name, made relative to value->dir. */
int option_path(const struct option_value *value, void *field);
/* char *: as option_path(), if it begins with "file:" or "unix:". */
int option_chardev(const struct option_value *value, void *field);
/* char *: one of the spec's words, or "file:" and a file name. */
int option_debugcon(const struct option_value *value, void *field);
/* struct string_list: file names, one each time. */
int option_path_list(const struct option_value *value, void *field);
/* unsigned: min to max. */
int option_number(const struct option_value *value, void *field);
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

/* unsigned: a descriptor that the caller has opened for writing. */
int option_descriptor(const struct option_value *value, void *field);
/* unsigned: a port number, or 0 for "none". */
int option_port(const struct option_value *value, void *field);

/* Parse @value into @field.  Logs; -EINVAL, -ENOMEM. */
int option_parse(const struct option_value *value, void *field);

/* Log that there is no memory for the options; returns -ENOMEM. */
int option_no_memory(void);

/* Log one line about @value, "WHERE TEXT: why: what to do", with the control
 * characters of the user's text made visible; returns -EINVAL. */
int option_reject(const struct option_value *value, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
