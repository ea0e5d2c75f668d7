/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/tap.h"

#include <stdlib.h>

#include "cli/report/attempts.h"

/* A description may not hold a number sign. */
static void tap_name(FILE *out, const char *name)
{
	char *copy = outcome_text(name, false);

	for (const char *p = copy; p && *p; p++)
		fputc(*p == '#' ? '?' : *p, out);
	free(copy);
}

/* A line of the YAML block. */
static void tap_field(FILE *out, const char *field, const char *text)
{
	char *copy = outcome_text(text, false);

	fprintf(out, "  %s: \"", field);
	for (const char *p = copy; p && *p; p++)
		fprintf(out, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
	fputs("\"\n", out);
	free(copy);
}

static void tap_diagnosis(FILE *out, const struct outcome *outcome)
{
	fputs("  ---\n", out);
	outcome = attempts_tap(out, outcome);
	tap_field(out, "verdict", outcome->verdict);
	tap_field(out, "message", outcome->reason);
	fprintf(out, "  code: %d\n", outcome->code);
	if (outcome->kept)
		tap_field(out, "kept", outcome->kept);
	fputs("  ...\n", out);
}

/* Those of the guest's own, as TAP 14 has them; readers of TAP 13 pass over
 * what is indented. */
static void tap_subtests(FILE *out, const struct outcome *outcome)
{
	const struct subtests *tests = &outcome->tests;

	if (!tests->n)
		return;
	fputs("# Subtest: ", out);
	tap_name(out, outcome->name);
	fprintf(out, "\n    1..%zu\n", tests->n);
	for (size_t i = 0; i < tests->n; i++) {
		const struct subtest *t = &tests->list[i];
		bool ok =
			t->result == SUBTEST_PASS || t->result == SUBTEST_SKIP;

		fprintf(out, "    %s %zu - ", ok ? "ok" : "not ok", i + 1);
		if (t->group) {
			tap_name(out, t->group);
			fputc('.', out);
		}
		tap_name(out, t->name);
		if (t->result == SUBTEST_SKIP)
			fputs(" # SKIP", out);
		if (t->result == SUBTEST_TODO)
			fputs(" # TODO", out);
		if (t->result != SUBTEST_PASS && t->why) {
			fputs(t->result == SUBTEST_FAIL ? " # " : " ", out);
			tap_name(out, t->why);
		}
		fputc('\n', out);
	}
}

void tap_write(FILE *out, const struct outcome_suite *suite)
{
	fprintf(out, "TAP version 13\n1..%zu\n", suite->n);
	for (size_t i = 0; i < suite->n; i++) {
		const struct outcome *o = &suite->outcomes[i];

		tap_subtests(out, o);
		fprintf(out, "%s %zu - ", outcome_passed(o) ? "ok" : "not ok",
			i + 1);
		tap_name(out, o->name);
		attempts_tap_name(out, o);
		fputc('\n', out);
		if (!outcome_passed(o) || o->n_earlier)
			tap_diagnosis(out, o);
	}
	attempts_tap_sum(out, suite);
}
