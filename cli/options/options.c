/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.c - the command line
 *
 * It is first read into a list, which is applied later (apply.c).
 */
#define _GNU_SOURCE
#include "cli/options/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "cli/options/argv.h"
#include "cli/options/internal.h"
#include "cli/options/tests.h"
#include "cli/report/stats.h"
#include "cli/verdict/symptoms.h"
#include "cli/verdict/verdict.h"

/* Set *@cmd if the last option given is one that prints something. */
static int take_printing(const struct args *args, enum command *cmd)
{
	char where[64];
	struct option_value value;
	int format = 0, err = 0;

	if (!args_print(args))
		return 0;
	value = args_value(&args->given[args->n_given - 1], where);
	if (value.text)
		err = option_parse(&value, &format);
	*cmd = (enum command)(value.spec->command + format);
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
		if (g->spec == kernel.spec && g->text && !g->environment &&
		    strcmp(g->text, *operand) != 0)
			return second_kernel(g->text, *operand);
	if (n > 1)
		return second_kernel(operand[0], operand[1]);
	kernel.text = *operand;
	return args_add(args, &kernel);
}

/* Add @given to the options that each run of a test gets. */
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

/* Take the tests from the @n operands at @operand, and the options for their
 * runs. */
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
	return err ? option_no_memory() : 0;
}

/* Refuse options that only minivmm test uses. */
static int check_suite_options(const struct args *args)
{
	char where[64];

	for (size_t i = 0; i < args->n_given; i++) {
		struct option_value value = args_value(&args->given[i], where);

		if (value.spec->only_suite && !args->given[i].environment)
			return option_reject(&value, "only for minivmm test");
	}
	return 0;
}

/*
 * If the first of the *@n operands at *@operand is the name of a command,
 * remove it and return the command; else COMMAND_RUN.  A kernel with such a
 * name can be given by --kernel, or as ./run.
 */
static enum command command_word(char ***operand, size_t *n)
{
	static const struct {
		const char *word;
		enum command command;
	} words[] = {
		{ "run", COMMAND_RUN },		{ "boot", COMMAND_RUN },
		{ "check", COMMAND_CHECK },	{ "test", COMMAND_TEST },
		{ "version", COMMAND_VERSION }, { "help", COMMAND_HELP },
	};

	for (size_t i = 0; *n && i < ARRAY_SIZE(words); i++) {
		if (strcmp(**operand, words[i].word) != 0)
			continue;
		++*operand;
		--*n;
		return words[i].command;
	}
	return COMMAND_RUN;
}

/* Take the operands: the command, and the kernel or the tests. */
static int take_operands(struct args *args, enum command *cmd,
			 struct suite_config *suite)
{
	char **operand = args->operands;
	size_t n = args->n_operands;
	int err;

	*cmd = command_word(&operand, &n);
	if (*cmd == COMMAND_HELP || *cmd == COMMAND_VERSION)
		return 0;
	if (*cmd == COMMAND_TEST)
		return take_tests(args, operand, n, suite);
	err = check_suite_options(args);
	return err ? err : take_kernel(args, operand, n);
}

/* Keep the words behind `--` one by one, too; the value of --job has them
 * joined. */
static int take_words(struct config *cfg, const struct args *args)
{
	int err = 0;

	for (size_t i = 0; i < args->n_words && !err; i++)
		err = string_list_add(&cfg->machine.words, args->words[i]);
	return err ? option_no_memory() : 0;
}

int options_parse(int argc, char **argv, struct config *cfg, enum command *cmd)
{
	struct args args = { 0 };
	int err;

	*cfg = (struct config){ 0 };
	*cmd = COMMAND_RUN;
	err = args_read(&args, argc, argv);
	if (!err)
		err = take_printing(&args, cmd);
	if (!err && *cmd == COMMAND_RUN)
		err = args_read_environment(&args);
	if (err || *cmd != COMMAND_RUN)
		goto out;
	err = take_operands(&args, cmd, &cfg->suite);
	if (*cmd == COMMAND_HELP || *cmd == COMMAND_VERSION)
		goto out;
	cfg->matrix.allowed = *cmd == COMMAND_TEST;
	if (!err)
		err = args_apply(cfg, &args, NULL);
	if (!err)
		err = take_words(cfg, &args);
	if (!err)
		err = config_finish(cfg, *cmd == COMMAND_RUN);
	if (!err && *cmd == COMMAND_TEST)
		err = tests_find(cfg, &args);
	if (!err && cfg->machine.kernel)
		err = kernel_resolve(cfg);
	else if (!err && *cmd == COMMAND_RUN)
		err = kernel_default(cfg, argc <= 1);
out:
	args_free(&args);
	return err;
}

int options_print(enum command cmd, FILE *out)
{
	switch (cmd) {
	case COMMAND_VERSION:
		fputs("minivmm " VERSION "\n", out);
		break;
	case COMMAND_HELP_BASH:
		option_bash(out);
		break;
	case COMMAND_HELP_ZSH:
		option_zsh(out);
		break;
	case COMMAND_HELP_FISH:
		option_fish(out);
		break;
	case COMMAND_HELP_COUNTERS:
		stats_mdoc(out);
		break;
	case COMMAND_HELP_VERDICTS:
		verdict_mdoc(out);
		break;
	case COMMAND_HELP_SYMPTOMS:
		symptoms_mdoc(out);
		break;
	default:
		option_help(cmd == COMMAND_HELP_ALL, out);
	}
	if (fflush(out) == 0 && !ferror(out))
		return 0;
	return log_fail(-EIO, "standard output: %s", strerror(errno));
}
