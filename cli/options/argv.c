/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * argv.c - splits the command line into options, operands and a job
 */
#define _GNU_SOURCE
#include "cli/options/argv.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "cli/options/options.h"

/* getopt_long_only(3)'s result for the option in row N is LONG + N. */
#define LONG	 256
#define MAX_ROWS 128

/* The options in getopt_long_only(3)'s terms. */
struct getopt_table {
	struct option longs[2 * MAX_ROWS + 1];
	char letters[2 * MAX_ROWS + 3];
};

static void add_long(struct option *row, const struct option_spec *spec,
		     const char *name, int val)
{
	row->name = name;
	row->has_arg = !spec->arg     ? no_argument :
		       spec->optional ? optional_argument :
					required_argument;
	row->val = val;
}

static void build_getopt_table(struct getopt_table *table)
{
	struct option *row = table->longs;
	char *letter = table->letters;
	int val = LONG;

	/* Return operands where they stand, and tell a missing value from an
	 * unknown option. */
	*letter++ = '-';
	*letter++ = ':';
	for (const struct option_spec *o = option_next(NULL); o;
	     o = option_next(o), val++) {
		assert(val < LONG + MAX_ROWS);
		add_long(row++, o, o->name, val);
		if (o->alias)
			add_long(row++, o, o->alias, val);
		if (!o->letter)
			continue;
		*letter++ = o->letter;
		if (o->arg && !o->optional)
			*letter++ = ':';
	}
}

/* The option in row @n. */
static const struct option_spec *option_at(int n)
{
	const struct option_spec *o = option_next(NULL);

	while (n--)
		o = option_next(o);
	return o;
}

int args_add(struct args *args, const struct given *given)
{
	struct given *all =
		realloc(args->given, (args->n_given + 1) * sizeof(*all));

	if (!all)
		return option_no_memory();
	all[args->n_given++] = *given;
	args->given = all;
	return 0;
}

/* The name in @word, which begins with one dash or two. */
static const char *name_of(const char *word)
{
	return word + (word[1] == '-' ? 2 : 1);
}

/* Log what is wrong with the argument @word; -EINVAL. */
static int unknown_option(const struct args *args, const char *word, size_t len)
{
	char where[64];
	struct option_value value = { .where = where };
	const char *name = name_of(word), *like = NULL, *hint;

	snprintf(where, sizeof(where), "%s%.*s",
		 args->source ? args->source : "", (int)MIN(len, 60), word);
	len -= (size_t)(name - word);
	hint = option_hint(name, len);
	if (hint)
		return option_reject(&value, "no such option: %s", hint);
	if (len > 1 || word[1] == '-')
		like = option_like(name, len);
	if (like)
		return option_reject(
			&value, "no such option: did you mean --%s?", like);
	return option_reject(&value, "no such option: see minivmm --help");
}

/*
 * Take the long option in @word, which getopt_long_only(3) found to be @spec.
 * As in QEMU one dash is enough: -kernel is not -k ernel.  Abbreviations, which
 * that function allows, are refused: a future option could make the
 * abbreviation in a script ambiguous.
 */
static int take_long(struct args *args, const char *word,
		     const struct option_spec *spec, const char *text)
{
	const char *name = name_of(word);
	struct given given = { .spec = spec, .name = name, .text = text };

	if (option_find(name, strcspn(name, "=")) != spec)
		return unknown_option(args, word, strcspn(word, "="));
	return args_add(args, &given);
}

/* Take the option in @word, for which getopt_long_only(3) returned @c, or
 * report the error. */
static int take(struct args *args, const char *word, int c)
{
	char letter[] = { '-', (char)optopt, '\0' };
	struct given given = { .text = optarg };
	int found = c == ':' || c == '?' ? optopt : c;

	if (found >= LONG)
		return take_long(args, word, option_at(found - LONG),
				 c == '?' ? strchr(word, '=') + 1 : optarg);
	if (c == '?')
		return optopt ? unknown_option(args, letter, 2) :
				unknown_option(args, word, strcspn(word, "="));
	/* QEMU's -cpu is not -c with the value pu. */
	if (option_hint(word + 1, strcspn(word + 1, "=")))
		return unknown_option(args, word, strcspn(word, "="));
	given.spec = option_by_letter(found);
	return args_add(args, &given);
}

bool args_print(const struct args *args)
{
	return args->n_given &&
	       args->given[args->n_given - 1].spec->command != COMMAND_RUN;
}

/* Join the @n words behind `--` in @args->job, with a space between them, and
 * add them as the value of --job. */
static int take_job(struct args *args, char **words, size_t n)
{
	struct given job = { .spec = option_find("job", 3), .name = "job" };
	size_t len = 0;
	FILE *out = open_memstream(&args->job, &len);
	bool failed;

	for (size_t i = 0; i < n && out; i++)
		fprintf(out, "%s%s", i ? " " : "", words[i]);
	failed = !out || ferror(out);
	if ((out && fclose(out) != 0) || failed)
		return option_no_memory();
	job.text = args->job;
	args->words = words;
	args->n_words = n;
	return args_add(args, &job);
}

int args_read(struct args *args, int argc, char **argv)
{
	struct getopt_table table = { 0 };
	int c, before, err = 0;

	args->operands = calloc((size_t)argc + 1, sizeof(*args->operands));
	if (!args->operands)
		return option_no_memory();
	build_getopt_table(&table);
	/* Start anew, which 0 means to glibc, and print no messages. */
	optind = 0;
	opterr = 0;
	do {
		before = MAX(optind, 1);
		c = getopt_long_only(argc, argv, table.letters, table.longs,
				     NULL);
		if (c == 1)
			args->operands[args->n_operands++] = optarg;
		else if (c != -1)
			err = take(args, argv[before], c);
	} while (!err && c != -1 && !args_print(args));
	/* Without `--` the last call did not move optind. */
	if (!err && c == -1 && optind > before)
		err = take_job(args, argv + optind, (size_t)(argc - optind));
	return err;
}

struct option_value args_value(const struct given *given, char where[64])
{
	const char *source = given->environment ? ENVIRONMENT ": " : "";

	if (given->name)
		snprintf(where, 64, "%s--%.*s", source,
			 (int)strcspn(given->name, "="), given->name);
	else
		snprintf(where, 64, "%s-%c", source, given->spec->letter);
	return (struct option_value){
		.spec = given->spec,
		.text = given->text,
		.where = where,
	};
}

void args_free(struct args *args)
{
	free(args->given);
	free(args->operands);
	free(args->job);
	string_list_free(&args->environment);
}
