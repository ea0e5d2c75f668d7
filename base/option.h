/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * option.h - one option: what it is called and takes, and how its value is read
 *
 * Options are rows of a table of struct option_spec that lies beside what they
 * set; cli/options/ reads the tables.  Main thread.
 *
 * A value can be made of keys, as in --disk FILE,format=raw,readonly.  The row
 * of such an option points to a second table, whose rows set fields of one
 * struct, and its parser is option_keys(), or a function that calls it:
 *
 *	#define FIELD(field) .offset = offsetof(struct disk_config, field)
 *	static const struct option_spec disk_keys[] = {
 *		{ OPTION("file", "FILE", NULL, option_path), FIELD(path),
 *		  .first = true },
 *		{ OPTION("format", "FORMAT", "what is in the file",
 *			 option_choice),
 *		  FIELD(format), .preset = "auto", .words = "auto raw" },
 *		{ OPTION_ON_OFF("readonly", "the guest cannot write to it",
 *				option_switch),
 *		  FIELD(readonly), .preset = "off" },
 *		{ 0 },
 *	};
 *
 *	static int option_disk(const struct option_value *value, void *field)
 *	{
 *		struct disk_config disk = { NULL };
 *		int err = option_keys(value, &disk);
 *
 *		return err ? err : disks_add(field, &disk);
 *	}
 *
 * Defaults, ranges, unknown keys with 'did you mean', completion, --help=all
 * and the comparison with the manual then come from the rows.
 */
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct option_value;

/* One option, or one key of an option's value; a key uses the fields from
 * @name to @offset. */
struct option_spec {
	/* The title of the group that begins with this option. */
	const char *heading;
	char letter;
	/* Not allowed in a configuration file; and to be known before such
	 * files are read. */
	bool only_argv, early;
	/* A value that begins with += is added to the value there is. */
	bool extends;
	/* Read by minivmm test itself and not passed to its runs; and without a
	 * meaning for any other command. */
	bool suite, only_suite;
	/* One of the dozen that --help shows; --help=all shows all. */
	bool daily;
	/* The value may be left out; with the letter it always is. */
	bool optional;
	/* The keys of its value; the last row has no name. */
	const struct option_spec *keys;

	/* The long name, which is also the key in a configuration file, and
	 * a second spelling of it. */
	const char *name, *alias;
	/* What the value is called.  The shell completes a file's name if it
	 * begins with "FILE" and a folder's if it is "DIR".  NULL for an
	 * option without a value. */
	const char *arg;
	/* The value of an option or key that is not given; parsed like any. */
	const char *preset;
	/* Its words, space-separated, for parsing or completion. */
	const char *words;
	uint64_t min, max;
	/* For --help: a text that fits beside the name.  NULL: the option is
	 * not shown, as it is for people who know it from QEMU, or for the runs
	 * of minivmm test. */
	const char *help;
	/* Parse the value into the field; logs, -errno. */
	int (*parse)(const struct option_value *value, void *field);
	/* The field, in the struct that the table is for. */
	uint32_t offset;

	/* What to do instead of running a VM (enum command).  Such an option
	 * has no field, and the value's index among the words is added. */
	uint16_t command;
	/* For the first key: its value comes first, without the name.  If the
	 * key is optional, too, that value may be left out. */
	bool first;
};

/* The beginning of a row: the name, the name of the value (NULL: there is
 * none), the line of help, and the parser. */
#define OPTION(name_, arg_, help_, parse_)                                     \
	.name = (name_), .arg = (arg_), .help = (help_), .parse = (parse_)

/* The same for a value that is on or off, or left out. */
#define OPTION_ON_OFF(name_, help_, parse_)                                    \
	OPTION(name_, "ON", help_, parse_), .optional = true, .words = "on off"

/* A value on its way from the user to the config. */
struct option_value {
	const struct option_spec *spec;
	/* NULL if none was given. */
	const char *text;
	/* How the user wrote the option: "--mem", "-m" or "FILE:LINE: mem
	 * =". */
	const char *where;
	/* The key to which @text belongs; NULL: it is the option's value. */
	const char *key;
	/* The directory for relative paths; NULL: the working directory. */
	const char *dir;
};

/* Parsers; the types are those of the field. */
/* char *: any text; of min to max bytes, if there is a max. */
int option_string(const struct option_value *value, void *field);
/* char *: a command for a shell. */
int option_command(const struct option_value *value, void *field);
/* struct string_list: one more such text each time. */
int option_string_list(const struct option_value *value, void *field);
/* char *: a file name, made relative to value->dir. */
int option_path(const struct option_value *value, void *field);
/* struct string_list: file names, one each time. */
int option_path_list(const struct option_value *value, void *field);
/* unsigned: min to max. */
int option_number(const struct option_value *value, void *field);
/* unsigned: a power of two from min to max. */
int option_power_of_two(const struct option_value *value, void *field);
/* The option is accepted and has no effect. */
int option_ignored(const struct option_value *value, void *field);
/* bool: true; there is no value. */
int option_flag(const struct option_value *value, void *field);
/* bool: on or off, or one of QEMU's words for that; true without a value. */
int option_switch(const struct option_value *value, void *field);
/* unsigned: one more each time without a value; or 0 to max. */
int option_count(const struct option_value *value, void *field);
/* uint64_t: bytes, min to max, in whole pages. */
int option_size(const struct option_value *value, void *field);
/* uint64_t: nanoseconds; the text, min and max are in seconds. */
int option_seconds(const struct option_value *value, void *field);
/* An enum: the index of one of the words. */
int option_choice(const struct option_value *value, void *field);
/* unsigned: a descriptor that the caller has opened for writing. */
int option_descriptor(const struct option_value *value, void *field);
/* unsigned: a port number, or 0 for "none". */
int option_port(const struct option_value *value, void *field);
/*
 * A struct whose fields the keys of value->spec set: [FIRST,]KEY[=VALUE],...
 * where ,, is a comma in a value.  Keys that are not given get their presets;
 * a field without a preset keeps what it has.  A first value that has the form
 * KEY=... of one of the keys is taken as that key.
 */
int option_keys(const struct option_value *value, void *field);

/* Parse @value into @field.  Logs; -EINVAL, -ENOMEM. */
int option_parse(const struct option_value *value, void *field);

/* Parse the presets of @rows, the last of which has no name, into @fields.
 * Logs; -EINVAL, -ENOMEM. */
int option_presets(const struct option_spec *rows, void *fields);

/* The row of @rows called @name (@len bytes), by its name or alias; NULL. */
const struct option_spec *option_among(const struct option_spec *rows,
				       const char *name, size_t len);

/* The name in @rows that is most like @name (@len bytes), if its unlikeness is
 * less than *@unlike (see unlikeness()), which is then lowered; else NULL.
 * Rows without help are left out. */
const char *option_nearest(const struct option_spec *rows, const char *name,
			   size_t len, unsigned *unlike);

/* Make @string the value of @field, a char *, and free the old value.  @string
 * is allocated; NULL: there was no memory for it.  Logs; -ENOMEM. */
int option_own(void *field, char *string);

/* Log that there is no memory for the options; returns -ENOMEM. */
int option_no_memory(void);

/* Log one line about @value, "WHERE TEXT: why: what to do" or "WHERE KEY=TEXT:
 * ...", in which control characters of the user's text are made visible.
 * Returns -EINVAL. */
int option_reject(const struct option_value *value, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
