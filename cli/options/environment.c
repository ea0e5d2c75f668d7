/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * environment.c - options in MINIVMM_OPTIONS
 *
 * Words are separated by blanks and quoted as in a shell; nothing is expanded.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/options/argv.h"
#include "cli/options/options.h"

static int reject(const char *text, const char *why)
{
	const struct option_value value = { .where = ENVIRONMENT ":",
					    .text = text };

	return option_reject(&value, "%s", why);
}

/* Copy the word at @from to @word, which has room for it, without its quotes.
 * Returns where it ends; NULL: a quote is missing. */
static const char *read_word(const char *from, char *word)
{
	char quote = '\0';

	for (; *from && (quote || !isspace((unsigned char)*from)); from++) {
		if (quote && *from == quote) {
			quote = '\0';
			continue;
		}
		if (!quote && (*from == '"' || *from == '\'')) {
			quote = *from;
			continue;
		}
		if (*from == '\\' && from[1] && quote != '\'' &&
		    (!quote || strchr("\"\\", from[1])))
			from++;
		*word++ = *from;
	}
	*word = '\0';
	return quote ? NULL : from;
}

/* Add the words of @text to @words.  Logs; -EINVAL, -ENOMEM. */
static int split(struct string_list *words, const char *text)
{
	char *word = malloc(strlen(text) + 1);
	const char *p = text;
	int err = 0;

	if (!word)
		return option_no_memory();
	while (p && !err) {
		while (isspace((unsigned char)*p))
			p++;
		if (!*p)
			break;
		p = read_word(p, word);
		if (p && string_list_add(words, word) < 0)
			err = option_no_memory();
	}
	free(word);
	return p ? err : reject(text, "the closing quote is missing");
}

/* Options of a run can be there, and nothing else. */
static int check(const struct args *args)
{
	if (args->n_operands)
		return reject(args->operands[0],
			      "not an option: only options can be there");
	if (args->words)
		return reject("--", "only options can be there");
	if (args_print(args))
		return reject("--help or the like",
			      "allowed on the command line only");
	return 0;
}

/* Put the options of @from before those of @args. */
static int put_before(struct args *args, struct args *from)
{
	int err = 0;

	for (size_t i = 0; i < from->n_given; i++)
		from->given[i].environment = true;
	for (size_t i = 0; i < args->n_given && !err; i++)
		err = args_add(from, &args->given[i]);
	if (err)
		return err;
	free(args->given);
	args->given = from->given;
	args->n_given = from->n_given;
	from->given = NULL;
	args->environment = from->environment;
	from->environment = (struct string_list){ 0 };
	return 0;
}

static bool is_suite_run(const struct args *args)
{
	const struct option_spec *folder = option_find("suite-folder", 12);

	for (size_t i = 0; i < args->n_given; i++)
		if (args->given[i].spec == folder)
			return true;
	return false;
}

int args_read_environment(struct args *args)
{
	struct args own = { .source = ENVIRONMENT ": " };
	const char *text = getenv(ENVIRONMENT);
	int err;

	if (!text || is_suite_run(args))
		return 0;
	err = string_list_add(&own.environment, "minivmm") < 0 ?
		      option_no_memory() :
		      split(&own.environment, text);
	if (!err)
		err = args_read(&own, (int)own.environment.count,
				own.environment.strings);
	if (!err)
		err = check(&own);
	if (!err)
		err = put_before(args, &own);
	args_free(&own);
	return err;
}

void options_log_environment(void)
{
	const char *text = getenv(ENVIRONMENT);

	if (text)
		log_info(ENVIRONMENT ": %s", text);
}
