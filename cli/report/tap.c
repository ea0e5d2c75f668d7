/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/tap.h"

#include <stdlib.h>

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
	tap_field(out, "verdict", outcome->verdict);
	tap_field(out, "message", outcome->reason);
	fprintf(out, "  code: %d\n", outcome->code);
	if (outcome->kept)
		tap_field(out, "kept", outcome->kept);
	fputs("  ...\n", out);
}

void tap_write(FILE *out, const struct outcome_suite *suite)
{
	fprintf(out, "TAP version 13\n1..%zu\n", suite->n);
	for (size_t i = 0; i < suite->n; i++) {
		const struct outcome *o = &suite->outcomes[i];

		fprintf(out, "%s %zu - ", outcome_passed(o) ? "ok" : "not ok",
			i + 1);
		tap_name(out, o->name);
		fputc('\n', out);
		if (!outcome_passed(o))
			tap_diagnosis(out, o);
	}
}
