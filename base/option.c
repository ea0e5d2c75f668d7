/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * option.c - parsers that turn an option's text into its value
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/option.h"
#include "base/similar.h"
#include "base/string_list.h"
#include "base/util.h"

#define PAGE_BYTES 4096

int option_reject(const struct option_value *value, const char *fmt, ...)
{
	const char *text = value->text, *key = value->key;
	char line[640];
	va_list ap;
	int len;

	len = snprintf(
		line, sizeof(line), "%.200s%s%.32s%s%.100s: ", value->where,
		text || key ? " " : "", key ? key : "", text && key ? "=" : "",
		!text	     ? "" :
		*text || key ? text :
			       "\"\"");
	va_start(ap, fmt);
	vsnprintf(line + len, sizeof(line) - (size_t)len, fmt, ap);
	va_end(ap);
	return log_fail(-EINVAL, "%s", line);
}

int option_parse(const struct option_value *value, void *field)
{
	const struct option_spec *spec = value->spec;

	if (value->text && !spec->arg)
		return option_reject(value, "takes no value");
	if (!value->text && spec->arg && !spec->optional)
		return option_reject(value, "needs a value, %s", spec->arg);
	return spec->parse(value, field);
}

int option_no_memory(void)
{
	return log_fail(-ENOMEM, "options: out of memory");
}

int option_own(void *field, char *string)
{
	char **owner = field;

	if (!string)
		return option_no_memory();
	free(*owner);
	*owner = string;
	return 0;
}

/* Whether the length of the text is within the limits, if there are limits. */
static int check_length(const struct option_value *value)
{
	const struct option_spec *spec = value->spec;
	size_t len = strlen(value->text);

	if (!spec->max || (len >= spec->min && len <= spec->max))
		return 0;
	return option_reject(value, "not a text of %u to %u bytes",
			     (unsigned)spec->min, (unsigned)spec->max);
}

int option_string(const struct option_value *value, void *field)
{
	int err = check_length(value);

	return err ? err : option_own(field, strdup(value->text));
}

int option_command(const struct option_value *value, void *field)
{
	if (!value->text[strspn(value->text, " \t\n")])
		return option_reject(value, "the command is empty");
	return option_string(value, field);
}

int option_string_list(const struct option_value *value, void *field)
{
	int err = check_length(value);

	if (!err && string_list_add(field, value->text) < 0)
		err = option_no_memory();
	return err;
}

int option_path(const struct option_value *value, void *field)
{
	if (!*value->text)
		return option_reject(value, "the file name is empty");
	return option_own(field, path_from(value->dir, value->text));
}

int option_path_list(const struct option_value *value, void *field)
{
	char *path = NULL;
	int err = option_path(value, &path);

	if (!err && string_list_add(field, path) < 0)
		err = option_no_memory();
	free(path);
	return err;
}

/*
 * Read the decimal digits at *@text into *@n, and move *@text after them;
 * false: there are none.  A number too large reads as the largest.
 */
static bool digits(const char **text, uint64_t *n)
{
	const char *p = *text;

	for (*n = 0; isdigit((unsigned char)*p); p++)
		if (__builtin_mul_overflow(*n, 10, n) ||
		    __builtin_add_overflow(*n, *p - '0', n))
			*n = UINT64_MAX;
	if (p == *text)
		return false;
	*text = p;
	return true;
}

int option_number(const struct option_value *value, void *field)
{
	const struct option_spec *spec = value->spec;
	const char *p = value->text;
	uint64_t n;

	if (!digits(&p, &n) || *p || n < spec->min || n > spec->max)
		return option_reject(value, "not a number from %llu to %llu",
				     (unsigned long long)spec->min,
				     (unsigned long long)spec->max);
	*(unsigned *)field = (unsigned)n;
	return 0;
}

int option_power_of_two(const struct option_value *value, void *field)
{
	int err = option_number(value, field);

	if (!err && __builtin_popcount(*(unsigned *)field) != 1)
		return option_reject(value, "not a power of two");
	return err;
}

int option_flag(const struct option_value *value, void *field)
{
	bool *flag = field;

	(void)value;
	*flag = true;
	return 0;
}

int option_switch(const struct option_value *value, void *field)
{
	static const char *const words[] = { "off", "on", "no",	   "yes",
					     "n",   "y",  "false", "true" };
	const char *text = value->text ? value->text : "on";

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(text, words[i]) == 0) {
			*(bool *)field = i % 2;
			return 0;
		}
	}
	return option_reject(value, "neither on nor off");
}

int option_ignored(const struct option_value *value, void *field)
{
	(void)value;
	(void)field;
	return 0;
}

int option_count(const struct option_value *value, void *field)
{
	unsigned *n = field;

	if (value->text)
		return option_number(value, field);
	if (*n < value->spec->max)
		++*n;
	return 0;
}

/* The factor of a size's suffix; 0: there is no such suffix. */
static uint64_t unit_of(const char *suffix)
{
	if (!*suffix)
		return MIB;
	if (suffix[1])
		return 0;
	switch (toupper((unsigned char)*suffix)) {
	case 'K':
		return KIB;
	case 'M':
		return MIB;
	case 'G':
		return GIB;
	default:
		return 0;
	}
}

static int too_small(const struct option_value *value, uint64_t min)
{
	bool whole = min % MIB == 0;

	return option_reject(value, "too small: give at least %llu%c",
			     (unsigned long long)(min / (whole ? MIB : KIB)),
			     whole ? 'M' : 'K');
}

int option_size(const struct option_value *value, void *field)
{
	const struct option_spec *spec = value->spec;
	const char *p = value->text;
	uint64_t n, unit;

	if (!digits(&p, &n) || !(unit = unit_of(p)))
		return option_reject(value, "not a size: give a whole number "
					    "of K, M or G, such as 512M "
					    "(without a letter: MiB)");
	if (__builtin_mul_overflow(n, unit, &n) || n > spec->max)
		return option_reject(value, "too large: give at most %lluG",
				     (unsigned long long)(spec->max / GIB));
	if (n < spec->min)
		return too_small(value, spec->min);
	if (n % PAGE_BYTES)
		return option_reject(value, "not a multiple of %uK",
				     (unsigned)(PAGE_BYTES / KIB));
	*(uint64_t *)field = n;
	return 0;
}

int option_seconds(const struct option_value *value, void *field)
{
	const struct option_spec *spec = value->spec;
	uint64_t seconds, scale = NSEC_PER_SEC, ns = 0;
	const char *p = value->text;
	bool ok = digits(&p, &seconds);

	if (ok && *p == '.') {
		ok = isdigit((unsigned char)*++p);
		for (; isdigit((unsigned char)*p); p++) {
			scale /= 10;
			ns += (uint64_t)(*p - '0') * scale;
		}
	}
	if (!ok || *p || seconds < spec->min || seconds >= spec->max)
		return option_reject(value,
				     "not a number of seconds from %llu to "
				     "below %llu, such as 2.5",
				     (unsigned long long)spec->min,
				     (unsigned long long)spec->max);
	*(uint64_t *)field = seconds * NSEC_PER_SEC + ns;
	return 0;
}

int option_choice(const struct option_value *value, void *field)
{
	const char *words = value->spec->words, *like;
	size_t len = strlen(value->text), like_len;
	int index = 0;

	for (const char *w = words; *w; index++) {
		size_t word = strcspn(w, " ");

		if (word == len && memcmp(w, value->text, len) == 0) {
			*(int *)field = index;
			return 0;
		}
		w += word + (w[word] == ' ');
	}
	like = similar_word(words, value->text, &like_len);
	if (like)
		return option_reject(value, "not one of %s: did you mean %.*s?",
				     words, (int)like_len, like);
	return option_reject(value, "not one of %s", words);
}

/* The descriptor is checked now, before minivmm opens one with that number. */
int option_descriptor(const struct option_value *value, void *field)
{
	int err = option_number(value, field), mode;
	unsigned fd;

	if (err)
		return err;
	fd = *(unsigned *)field;
	mode = fcntl((int)fd, F_GETFL);
	if (mode < 0 || (mode & O_ACCMODE) == O_RDONLY)
		return option_reject(value,
				     "not open for writing: open it, as in "
				     "%u>FILE",
				     fd);
	return 0;
}

int option_port(const struct option_value *value, void *field)
{
	const char *text = value->text;
	unsigned long port = 0;
	char *end = NULL;

	if (strcmp(text, "none") != 0) {
		errno = 0;
		if (isdigit((unsigned char)*text))
			port = strtoul(text, &end, 0);
		if (!end || *end || errno || port < 1 || port > 0xffff)
			return option_reject(value, "not a port from 1 to "
						    "0xffff, or none");
	}
	*(unsigned *)field = (unsigned)port;
	return 0;
}
