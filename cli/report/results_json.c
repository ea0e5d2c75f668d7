/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * results_json.c - the results of many runs as JSON
 *
 * jansson's calls that build from NULL, for want of memory, yield NULL, so
 * only the end is checked.
 */
#include "cli/report/results_json.h"

#include "base/util.h"
#include "cli/report/text_json.h"

/* Of docs/results.schema.json. */
#define RESULTS_VERSION 1

static void set_text(json_t *object, const char *name, const char *text)
{
	if (text)
		json_object_set_new(object, name, text_json(text));
}

static json_t *attempt_json(const struct outcome *o)
{
	json_t *json = json_pack("{s:i, s:f}", "code", o->code, "seconds",
				 (double)o->took_ns / NSEC_PER_SEC);

	set_text(json, "verdict", o->verdict);
	set_text(json, "reason", o->reason);
	set_text(json, "kept", o->kept);
	if (o->boot_ns)
		json_object_set_new(
			json, "boot",
			json_real((double)o->boot_ns / NSEC_PER_SEC));
	return json;
}

static const char *result(const struct outcome *o)
{
	return outcome_is_flaky(o) ? "flaky" :
	       outcome_passed(o)   ? "pass" :
	       outcome_is_error(o) ? "error" :
				     "fail";
}

static json_t *run_json(const struct outcome *o)
{
	json_t *json = attempt_json(o), *earlier = json_array();

	set_text(json, "name", o->name);
	set_text(json, "kernel", o->kernel);
	json_object_set_new(json, "result", json_string(result(o)));
	for (size_t i = 0; i < o->n_earlier; i++)
		json_array_append_new(earlier, attempt_json(&o->earlier[i]));
	json_object_set_new(json, "earlier", earlier);
	return json;
}

static json_t *results_json(const struct outcome_suite *suite)
{
	json_t *runs = json_array();
	size_t passed = 0, flaky = 0;

	for (size_t i = 0; i < suite->n; i++) {
		passed += outcome_passed(&suite->outcomes[i]);
		flaky += outcome_is_flaky(&suite->outcomes[i]);
		json_array_append_new(runs, run_json(&suite->outcomes[i]));
	}
	return json_pack("{s:i, s:s, s:I, s:I, s:I, s:I, s:o}", "version",
			 RESULTS_VERSION, "minivmm", VERSION, "started",
			 (json_int_t)suite->started, "passed",
			 (json_int_t)passed, "flaky", (json_int_t)flaky,
			 "failed", (json_int_t)(suite->n - passed), "runs",
			 runs);
}

void results_json_write(FILE *out, const struct outcome_suite *suite)
{
	json_t *json = results_json(suite);

	if (json)
		json_dumpf(json, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	fputc('\n', out);
	json_decref(json);
}
