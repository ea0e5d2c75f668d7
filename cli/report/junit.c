/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/junit.h"

#include <string.h>
#include <sys/utsname.h>

#include "base/util.h"
#include "cli/report/attempts.h"
#include "cli/report/markup.h"

static double seconds(uint64_t ns)
{
	return (double)ns / (double)NSEC_PER_SEC;
}

/* GitLab shows nothing but the element's text.  An error says that nothing is
 * known of the guest. */
static void junit_failure(FILE *out, const struct outcome *outcome)
{
	const char *element = outcome_is_error(outcome) ? "error" : "failure";

	fprintf(out, "      <%s", element);
	outcome_attribute(out, "type", outcome->verdict);
	outcome_attribute(out, "message", outcome->reason);
	fputs(">", out);
	outcome_markup(out, outcome->verdict, false);
	fputs(": ", out);
	outcome_markup(out, outcome->reason, false);
	fprintf(out, "\nexit status %d\n", outcome->code);
	if (outcome->kept) {
		fputs("kept in ", out);
		outcome_markup(out, outcome->kept, false);
		fputc('\n', out);
	}
	if (outcome->console) {
		fputs("the console's last lines:\n", out);
		outcome_markup(out, outcome->console, true);
	}
	fprintf(out, "</%s>\n", element);
}

/* GitLab and Jenkins find a file that belongs to the test by this. */
static void junit_attachment(FILE *out, const char *kept)
{
	fputs("      <system-out>[[ATTACHMENT|", out);
	outcome_markup(out, kept, false);
	fputs("/console]]</system-out>\n", out);
}

static void junit_case(FILE *out, const char *suite,
		       const struct outcome *outcome)
{
	fputs("    <testcase", out);
	outcome_attribute(out, "classname", suite);
	outcome_attribute(out, "name", outcome->name);
	fprintf(out, " time=\"%.3f\"", seconds(outcome->took_ns));
	if (outcome_passed(outcome) && !outcome->n_earlier) {
		fputs("/>\n", out);
		return;
	}
	fputs(">\n", out);
	if (!outcome_passed(outcome))
		junit_failure(out, outcome);
	attempts_junit(out, outcome);
	if (outcome_is_flaky(outcome))
		junit_attachment(out, outcome->earlier[0].kept);
	else if (outcome->kept)
		junit_attachment(out, outcome->kept);
	fputs("    </testcase>\n", out);
}

static void junit_subtest_result(FILE *out, const struct subtest *test)
{
	if (test->result != SUBTEST_FAIL) {
		fputs("      <skipped", out);
		outcome_attribute(out, "message", test->why);
		fputs("/>\n", out);
		return;
	}
	fputs("      <failure type=\"fail\"", out);
	outcome_attribute(out, "message", test->why);
	fputs(">", out);
	outcome_markup(out, test->why, false);
	fputc('\n', out);
	outcome_markup(out, test->output, true);
	fputs("</failure>\n", out);
}

/* A test of the guest's own belongs to the class of the run's name. */
static void junit_subtest(FILE *out, const char *suite, const char *run,
			  const struct subtest *test)
{
	fputs("    <testcase classname=\"", out);
	outcome_markup(out, suite, false);
	fputc('.', out);
	outcome_markup(out, run, false);
	if (test->group) {
		fputc('.', out);
		outcome_markup(out, test->group, false);
	}
	fputc('"', out);
	outcome_attribute(out, "name", test->name);
	/* Nobody has said how long it took, but readers want a number. */
	fputs(" time=\"0.000\"", out);
	if (test->result == SUBTEST_PASS) {
		fputs("/>\n", out);
		return;
	}
	fputs(">\n", out);
	junit_subtest_result(out, test);
	fputs("    </testcase>\n", out);
}

static void junit_property(FILE *out, const char *name, const char *test,
			   const char *value)
{
	if (!value)
		return;
	fputs("      <property name=\"", out);
	fputs(name, out);
	if (test) {
		fputc('.', out);
		outcome_markup(out, test, false);
	}
	fputc('"', out);
	outcome_attribute(out, "value", value);
	fputs("/>\n", out);
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Whether all tests had the kernel of the first. */
static bool is_one_kernel(const struct outcome_suite *suite)
{
	const struct outcome *all = suite->outcomes;

	for (size_t i = 1; i < suite->n; i++)
		if (!same(all[i].kernel, all[0].kernel) ||
		    !same(all[i].guest, all[0].guest))
			return false;
	return true;
}

/* Which kernel a test had is a property of the suite: not all who read such
 * files allow some of a test. */
static void junit_properties(FILE *out, const struct outcome_suite *suite,
			     const struct utsname *host)
{
	bool one = is_one_kernel(suite);

	fputs("    <properties>\n", out);
	junit_property(out, "minivmm", NULL, VERSION);
	junit_property(out, "host_kernel", NULL, host->release);
	for (size_t i = 0; i < suite->n; i++)
		if (outcome_is_flaky(&suite->outcomes[i]))
			junit_property(out, "flaky", NULL,
				       suite->outcomes[i].name);
	for (size_t i = 0; i < suite->n && (i == 0 || !one); i++) {
		const struct outcome *o = &suite->outcomes[i];

		junit_property(out, "kernel", one ? NULL : o->name, o->kernel);
		junit_property(out, "guest", one ? NULL : o->name, o->guest);
	}
	fputs("    </properties>\n", out);
}

static void junit_sums(FILE *out, const struct outcome_suite *suite)
{
	size_t tests = suite->n, failures = 0, errors = 0, skipped = 0;
	uint64_t took_ns = 0;

	for (size_t i = 0; i < suite->n; i++) {
		const struct outcome *o = &suite->outcomes[i];

		took_ns += o->took_ns;
		if (!outcome_passed(o) && outcome_is_error(o))
			errors++;
		else if (!outcome_passed(o))
			failures++;
		tests += o->tests.n;
		for (size_t j = 0; j < o->tests.n; j++) {
			enum subtest_result r = o->tests.list[j].result;

			failures += r == SUBTEST_FAIL;
			skipped += r == SUBTEST_SKIP || r == SUBTEST_TODO;
		}
	}
	fprintf(out,
		" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		"skipped=\"%zu\" time=\"%.3f\"",
		tests, failures, errors, skipped, seconds(took_ns));
}

/* Without a zone, which not all accept; in UTC, so as not to depend on the
 * host's. */
static void junit_when(FILE *out, time_t when)
{
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&when, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	outcome_attribute(out, "timestamp", text);
}

void junit_write(FILE *out, const struct outcome_suite *suite)
{
	struct utsname host = { .nodename = "localhost" };

	uname(&host);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<testsuites>\n  <testsuite",
	      out);
	outcome_attribute(out, "name", suite->name);
	junit_sums(out, suite);
	junit_when(out, suite->started);
	outcome_attribute(out, "hostname", host.nodename);
	fputs(">\n", out);
	junit_properties(out, suite, &host);
	for (size_t i = 0; i < suite->n; i++) {
		const struct outcome *o = &suite->outcomes[i];

		junit_case(out, suite->name, o);
		for (size_t j = 0; j < o->tests.n; j++)
			junit_subtest(out, suite->name, o->name,
				      &o->tests.list[j]);
	}
	fputs("  </testsuite>\n</testsuites>\n", out);
}
