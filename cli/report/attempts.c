/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/attempts.h"

#include "base/util.h"

void attempts_junit(FILE *out, const struct outcome *outcome)
{
	const char *kind = outcome_passed(outcome) ? "flaky" : "rerun";

	for (size_t i = 0; i < outcome->n_earlier; i++) {
		const struct outcome *o = &outcome->earlier[i];

		fprintf(out, "      <%s%s", kind,
			outcome_is_error(o) ? "Error" : "Failure");
		outcome_attribute(out, "type", o->verdict);
		outcome_attribute(out, "message", o->reason);
		fputs("/>\n", out);
	}
}

void attempts_tap_name(FILE *out, const struct outcome *outcome)
{
	if (outcome_is_flaky(outcome))
		fprintf(out, " # flaky: passed at attempt %zu",
			outcome->n_earlier + 1);
}

const struct outcome *attempts_tap(FILE *out, const struct outcome *outcome)
{
	if (outcome->n_earlier)
		fprintf(out, "  attempts: %zu\n", outcome->n_earlier + 1);
	if (!outcome_is_flaky(outcome))
		return outcome;
	fputs("  flaky: true\n", out);
	return &outcome->earlier[0];
}

void attempts_tap_sum(FILE *out, const struct outcome_suite *suite)
{
	size_t flaky = 0;

	for (size_t i = 0; i < suite->n; i++)
		flaky += outcome_is_flaky(&suite->outcomes[i]);
	if (flaky)
		fprintf(out, "# %zu flaky\n", flaky);
}

void attempts_show(FILE *out, const struct outcome *outcome)
{
	const struct outcome *first = &outcome->earlier[0];

	fprintf(out,
		"FLAKY %s  %.3f s  passed at attempt %zu; the first: %s: %s; "
		"kept in %s\n",
		outcome->name, (double)outcome->took_ns / NSEC_PER_SEC,
		outcome->n_earlier + 1, first->verdict, first->reason,
		first->kept);
}
