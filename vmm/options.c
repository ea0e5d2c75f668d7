/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.c - the command line
 *
 * It is read into a list first and applied last, behind the configuration
 * files, so that it wins wherever --config stands.
 */
#define _GNU_SOURCE
#include "vmm/options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/log.h"
#include "vmm/option.h"
#include "vmm/stats.h"
#include "vmm/util.h"
#include "vmm/verdict.h"

/* getopt_long(3)'s result for the option in row N is LONG + N. */
#define LONG	 256
#define MAX_ROWS 128

/* The table in getopt_long(3)'s terms. */
struct getopt_table {
	struct option longs[2 * MAX_ROWS + 1];
	char letters[2 * MAX_ROWS + 2];
};

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
};

static void add_long(struct option *row, const struct option_spec *spec,
		     const char *name)
{
	row->name = name;
	row->has_arg = !spec->arg     ? no_argument :
		       spec->optional ? optional_argument :
					required_argument;
	row->val = LONG + (int)(spec - option_table);
}

static void build_getopt_table(struct getopt_table *table)
{
	struct option *row = table->longs;
	char *letter = table->letters;

	memset(table, 0, sizeof(*table));
	/* Report a missing value apart from an unknown option. */
	*letter++ = ':';
	for (const struct option_spec *o = option_table; o->name; o++) {
		assert(o - option_table < MAX_ROWS);
		add_long(row++, o, o->name);
		if (o->alias)
			add_long(row++, o, o->alias);
		if (!o->letter)
			continue;
		*letter++ = o->letter;
		if (o->arg && !o->optional)
			*letter++ = ':';
	}
}

static int add_given(struct args *args, const struct given *given)
{
	struct given *all =
		realloc(args->given, (args->n_given + 1) * sizeof(*all));

	if (!all)
		return log_fail(-ENOMEM, "options: out of memory");
	all[args->n_given++] = *given;
	args->given = all;
	return 0;
}

/* Log what is wrong with the argument @word; -EINVAL. */
static int unknown_option(const char *word, size_t len)
{
	char where[64];
	struct option_value value = { .where = where };
	const char *like = NULL;

	snprintf(where, sizeof(where), "%.*s", (int)MIN(len, 60), word);
	if (strncmp(word, "--", 2) == 0)
		like = option_like(word + 2, len - 2);
	if (like)
		return option_reject(
			&value, "no such option: did you mean --%s?", like);
	return option_reject(&value, "no such option: see minivmm --help");
}

/*
 * Take the long option in @word, which getopt_long(3) found to be @spec.
 * Abbreviations, which it allows, are refused: an option to come could make
 * a script's abbreviation ambiguous.
 */
static int take_long(struct args *args, const char *word,
		     const struct option_spec *spec, const char *text)
{
	struct given given = { .spec = spec, .name = word + 2, .text = text };
	size_t len = strcspn(word, "=");

	if (option_find(word + 2, len - 2) != spec)
		return unknown_option(word, len);
	return add_given(args, &given);
}

/* Take the option that getopt_long(3) returned as @c, or the error. */
static int take(struct args *args, char **argv, int c)
{
	bool apart = optarg && optarg == argv[optind - 1];
	const char *word = argv[optind - (apart ? 2 : 1)];
	char letter[] = { '-', (char)optopt, '\0' };
	struct given given = { .text = optarg };
	int found = c == ':' || c == '?' ? optopt : c;

	if (found >= LONG)
		return take_long(args, word, &option_table[found - LONG],
				 c == '?' ? strchr(word, '=') + 1 : optarg);
	if (c == '?')
		return optopt ? unknown_option(letter, 2) :
				unknown_option(word, strcspn(word, "="));
	given.spec = option_by_letter(found);
	return add_given(args, &given);
}

/* Whether the last option is one like --help, which ignores the rest. */
static bool printing(const struct args *args)
{
	return args->n_given &&
	       args->given[args->n_given - 1].spec->command != COMMAND_RUN;
}

/* Split the command line into options and operands; nothing is applied. */
static int split(struct args *args, int argc, char **argv)
{
	struct getopt_table table;
	int c, err = 0;

	build_getopt_table(&table);
	/* Start anew, as glibc does for 0, and be silent. */
	optind = 0;
	opterr = 0;
	do {
		c = getopt_long(argc, argv, table.letters, table.longs, NULL);
		if (c != -1)
			err = take(args, argv, c);
	} while (!err && c != -1 && !printing(args));
	args->operands = argv + optind;
	args->n_operands = (size_t)(argc - optind);
	return err;
}

/* @given as a value, spelled in @where. */
static struct option_value value_of(const struct given *given, char where[64])
{
	if (given->name)
		snprintf(where, 64, "--%.*s", (int)strcspn(given->name, "="),
			 given->name);
	else
		snprintf(where, 64, "-%c", given->spec->letter);
	return (struct option_value){
		.spec = given->spec,
		.text = given->text,
		.where = where,
	};
}

/* Apply those given options that are, or are not, --config. */
static int apply(struct config *cfg, const struct args *args, bool files)
{
	char where[64];
	int err = 0;

	for (size_t i = 0; i < args->n_given && !err; i++) {
		const struct given *given = &args->given[i];
		struct option_value value = value_of(given, where);
		bool is_file = given->spec->offset ==
			       offsetof(struct config, config_files);

		if (is_file == files)
			err = option_set(cfg, &value);
	}
	return err;
}

static int apply_files(struct config *cfg, const struct args *args)
{
	int err = apply(cfg, args, true);

	for (size_t i = 0; i < cfg->config_files.count && !err; i++)
		err = option_file_read(cfg, cfg->config_files.strings[i]);
	return err;
}

static int apply_presets(struct config *cfg)
{
	int err = 0;

	for (const struct option_spec *o = option_table; o->name && !err; o++) {
		struct option_value value = {
			.spec = o,
			.text = o->preset,
			.where = o->name,
		};

		if (o->preset)
			err = option_set(cfg, &value);
	}
	return err;
}

/* Find out what the last option given wants printed, if anything. */
static int take_printing(const struct args *args, enum command *cmd)
{
	char where[64];
	struct option_value value;
	int format = 0, err = 0;

	if (!printing(args))
		return 0;
	value = value_of(&args->given[args->n_given - 1], where);
	if (value.text)
		err = option_parse(&value, &format);
	*cmd = value.spec->command + (unsigned)format;
	return err;
}

static int second_kernel(const char *first, const char *second)
{
	struct option_value value = { .where = second };

	return option_reject(&value, "a second kernel, after %.100s: name one",
			     first);
}

/* Take the kernel from the @n operands at @operand. */
static int take_kernel(struct args *args, char **operand, size_t n)
{
	struct given kernel = { .spec = option_find("kernel", 6),
				.name = "kernel" };

	if (!n)
		return 0;
	for (const struct given *g = args->given;
	     g < args->given + args->n_given; g++)
		if (g->spec == kernel.spec && g->text &&
		    strcmp(g->text, *operand) != 0)
			return second_kernel(g->text, *operand);
	if (n > 1)
		return second_kernel(operand[0], operand[1]);
	kernel.text = *operand;
	return add_given(args, &kernel);
}

/* Have an option that was given handed to each run of a test. */
static int hand_on(struct string_list *list, const struct given *given)
{
	char *word = NULL;
	int err = -ENOMEM;

	if (asprintf(&word, given->text ? "--%s=%s" : "--%s", given->spec->name,
		     given->text) >= 0)
		err = string_list_add(list, word);
	free(word);
	return err;
}

/* Take the tests from the @n operands at @operand, and what their runs are to
 * be given. */
static int take_tests(const struct args *args, char **operand, size_t n,
		      struct suite_config *suite)
{
	int err = 0;

	if (!n)
		return log_fail(-EINVAL, "minivmm test: no test: name a file "
					 "of options, as for --config");
	for (size_t i = 0; i < n && !err; i++)
		err = string_list_add(&suite->files, operand[i]);
	for (size_t i = 0; i < args->n_given && !err; i++)
		if (!args->given[i].spec->suite)
			err = hand_on(&suite->args, &args->given[i]);
	return err ? log_fail(err, "options: out of memory") : 0;
}

/* The options that say how tests are run are of no use without any. */
static int check_suite_options(const struct args *args)
{
	char where[64];

	for (size_t i = 0; i < args->n_given; i++) {
		struct option_value value = value_of(&args->given[i], where);

		if (value.spec->only_suite)
			return option_reject(&value, "only for minivmm test");
	}
	return 0;
}

/* Take the operands: the command, if it is not to run, and what it is for. */
static int take_operands(struct args *args, enum command *cmd,
			 struct suite_config *suite)
{
	char **operand = args->operands;
	size_t n = args->n_operands;
	int err;

	if (n && strcmp(*operand, "test") == 0) {
		*cmd = COMMAND_TEST;
		return take_tests(args, operand + 1, n - 1, suite);
	}
	err = check_suite_options(args);
	if (err || !n || strcmp(*operand, "check") != 0)
		return err ? err : take_kernel(args, operand, n);
	*cmd = COMMAND_CHECK;
	return take_kernel(args, operand + 1, n - 1);
}

/* Boot ./bzImage when no kernel is named. */
static int default_kernel(struct config *cfg, bool no_arguments)
{
	static const char name[] = "bzImage";

	if (access(name, F_OK) == 0) {
		cfg->kernel = strdup(name);
		return cfg->kernel ? 0 : -ENOMEM;
	}
	if (no_arguments)
		option_usage(stderr);
	else
		log_err("no kernel: ./%s: %s: name one, as in minivmm %s", name,
			strerror(errno), name);
	return -EINVAL;
}

/* A VM that isn't named is called after the file that describes it; not after
 * its kernel, as it would not be the same any more with the next one. */
static int default_name(struct config *cfg)
{
	const struct string_list *files = &cfg->config_files;
	const char *base = "", *slash;

	if (cfg->name && *cfg->name)
		return 0;
	if (files->count) {
		base = files->strings[files->count - 1];
		slash = strrchr(base, '/');
		base = slash ? slash + 1 : base;
	}
	base = *base && *base != '.' ? base : "minivmm";
	free(cfg->name);
	cfg->name = strndup(base, strcspn(base, "."));
	return cfg->name ? 0 : log_fail(-ENOMEM, "options: out of memory");
}

int options_parse(int argc, char **argv, struct config *cfg, enum command *cmd)
{
	struct args args = { 0 };
	int err;

	*cfg = (struct config){ 0 };
	*cmd = COMMAND_RUN;
	err = split(&args, argc, argv);
	if (!err)
		err = take_printing(&args, cmd);
	if (err || *cmd != COMMAND_RUN)
		goto out;
	err = take_operands(&args, cmd, &cfg->suite);
	if (!err)
		err = apply_presets(cfg);
	if (!err)
		err = apply_files(cfg, &args);
	if (!err)
		err = apply(cfg, &args, false);
	if (!err)
		err = default_name(cfg);
	if (!err)
		err = option_net_finish(cfg);
	if (!err && *cmd == COMMAND_RUN && !cfg->kernel)
		err = default_kernel(cfg, argc <= 1);
out:
	free(args.given);
	return err;
}

int options_print(enum command cmd, FILE *out)
{
	switch (cmd) {
	case COMMAND_VERSION:
		fputs("minivmm " VERSION "\n", out);
		break;
	case COMMAND_HELP_MDOC:
		option_mdoc(out);
		break;
	case COMMAND_HELP_BASH:
		option_bash(out);
		break;
	case COMMAND_HELP_COUNTERS:
		stats_mdoc(out);
		break;
	case COMMAND_HELP_VERDICTS:
		verdict_mdoc(out);
		break;
	default:
		option_help(out);
	}
	if (fflush(out) == 0 && !ferror(out))
		return 0;
	return log_fail(-EIO, "standard output: %s", strerror(errno));
}
