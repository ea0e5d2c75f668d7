/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/outcome.h"

#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "base/util.h"
#include "cli/report/markup.h"

bool outcome_passed(const struct outcome *outcome)
{
	return outcome->code == 0;
}

bool outcome_is_flaky(const struct outcome *outcome)
{
	return outcome_passed(outcome) && outcome->n_earlier;
}

bool outcome_is_error(const struct outcome *outcome)
{
	static const char *const words[] = { "fault", "usage", "host" };

	for (size_t i = 0; i < ARRAY_SIZE(words) && outcome->verdict; i++)
		if (!strcmp(outcome->verdict, words[i]))
			return true;
	return false;
}

void outcome_free(struct outcome *outcome)
{
	free(outcome->name);
	free(outcome->verdict);
	free(outcome->reason);
	free(outcome->kept);
	free(outcome->console);
	free(outcome->kernel);
	free(outcome->guest);
	subtests_free(&outcome->tests);
	json_decref(outcome->report);
	for (size_t i = 0; i < outcome->n_earlier; i++)
		outcome_free(&outcome->earlier[i]);
	free(outcome->earlier);
	*outcome = (struct outcome){ 0 };
}

char *outcome_text(const char *text, bool lines)
{
	char *copy = strdup(text ? text : ""), *from = copy, *to = copy;

	while (copy) {
		size_t len = lines ? strcspn(from, "\n") : strlen(from);
		char end = from[len];
		/* A serial line ends its lines by both. */
		size_t cut = lines && len && from[len - 1] == '\r';
		size_t n = printable(from, len - cut);

		memmove(to, from, n);
		to += n;
		*to++ = end;
		if (!end)
			break;
		from += len + 1;
	}
	return copy;
}

void outcome_markup(FILE *out, const char *text, bool lines)
{
	char *copy = outcome_text(text, lines);

	if (copy)
		markup_text(out, copy, strlen(copy));
	free(copy);
}

void outcome_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	outcome_markup(out, value, false);
	fputc('"', out);
}
