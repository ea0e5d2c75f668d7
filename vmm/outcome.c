/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outcome.c - results as JUnit XML and as TAP
 */
#include "vmm/outcome.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/log.h"
#include "vmm/util.h"

bool outcome_passed(const struct outcome *outcome)
{
	return outcome->code == 0;
}

void outcome_free(struct outcome *outcome)
{
	free(outcome->name);
	free(outcome->verdict);
	free(outcome->reason);
	free(outcome->kept);
	*outcome = (struct outcome){ 0 };
}

static const char *or_none(const char *text)
{
	return text ? text : "";
}

static double seconds(uint64_t ns)
{
	return (double)ns / (double)NSEC_PER_SEC;
}

/* @text for an attribute or as content.  XML has no way at all to say most
 * control characters, and a byte above 0x7f may not be UTF-8. */
static void xml_text(FILE *out, const char *text)
{
	static const char *const entities[128] = {
		['&'] = "&amp;",  ['<'] = "&lt;",   ['>'] = "&gt;",
		['"'] = "&quot;", ['\n'] = "&#10;", ['\t'] = "&#9;",
	};

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x80 && entities[c])
			fputs(entities[c], out);
		else
			fputc(c < 0x20 || c >= 0x7f ? '?' : c, out);
	}
}

static void xml_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	xml_text(out, or_none(value));
	fputc('"', out);
}

static void junit_case(FILE *out, const char *suite,
		       const struct outcome *outcome)
{
	fputs("    <testcase", out);
	xml_attribute(out, "classname", suite);
	xml_attribute(out, "name", outcome->name);
	fprintf(out, " time=\"%.3f\"", seconds(outcome->took_ns));
	if (outcome_passed(outcome)) {
		fputs("/>\n", out);
		return;
	}
	fputs(">\n      <failure", out);
	xml_attribute(out, "type", outcome->verdict);
	xml_attribute(out, "message", outcome->reason);
	fputs(">", out);
	if (outcome->kept) {
		fputs("kept in ", out);
		xml_text(out, outcome->kept);
	}
	fputs("</failure>\n    </testcase>\n", out);
}

static size_t count_failed(const struct outcome *outcomes, size_t n)
{
	size_t failed = 0;

	for (size_t i = 0; i < n; i++)
		failed += !outcome_passed(&outcomes[i]);
	return failed;
}

static uint64_t total_ns(const struct outcome *outcomes, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += outcomes[i].took_ns;
	return sum;
}

void outcome_junit(FILE *out, const char *suite, const struct outcome *outcomes,
		   size_t n)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<testsuites>\n  <testsuite",
	      out);
	xml_attribute(out, "name", suite);
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" time=\"%.3f\">\n", n,
		count_failed(outcomes, n), seconds(total_ns(outcomes, n)));
	for (size_t i = 0; i < n; i++)
		junit_case(out, suite, &outcomes[i]);
	fputs("  </testsuite>\n</testsuites>\n", out);
}

/* A description may hold neither a new line nor a number sign, and a byte
 * above 0x7f may not be UTF-8. */
static void tap_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		fputc(c == '#' || c < 0x20 || c >= 0x7f ? '?' : c, out);
	}
}

void outcome_tap(FILE *out, const struct outcome *outcomes, size_t n)
{
	fprintf(out, "TAP version 13\n1..%zu\n", n);
	for (size_t i = 0; i < n; i++) {
		const struct outcome *o = &outcomes[i];

		fprintf(out, "%s %zu - ", outcome_passed(o) ? "ok" : "not ok",
			i + 1);
		tap_text(out, or_none(o->name));
		if (!outcome_passed(o)) {
			fprintf(out, ": %s: ", or_none(o->verdict));
			tap_text(out, or_none(o->reason));
		}
		fputc('\n', out);
	}
}

static int create(FILE **out, const char *option, const char *path)
{
	if (!path)
		return 0;
	*out = fopen(path, "we");
	if (*out)
		return 0;
	return log_fail(-errno, "%s %s: %s: name a file that can be written",
			option, path, strerror(errno));
}

int outcome_open(struct outcome_files *files, const char *junit,
		 const char *tap)
{
	int err;

	*files = (struct outcome_files){ .junit_path = junit, .tap_path = tap };
	err = create(&files->junit, "--junit", junit);
	return err ? err : create(&files->tap, "--tap", tap);
}

/* Close *@out, to which all was written. */
static int finish(FILE **out, const char *option, const char *path)
{
	int failed = ferror(*out) ? EIO : 0;

	if (fclose(*out) != 0)
		failed = errno;
	*out = NULL;
	return failed ? log_fail(-failed, "%s %s: %s", option, path,
				 strerror(failed)) :
			0;
}

int outcome_close(struct outcome_files *files, const char *suite,
		  const struct outcome *outcomes, size_t n)
{
	int err = 0, tap_err = 0;

	if (files->junit) {
		outcome_junit(files->junit, suite, outcomes, n);
		err = finish(&files->junit, "--junit", files->junit_path);
	}
	if (files->tap) {
		outcome_tap(files->tap, outcomes, n);
		tap_err = finish(&files->tap, "--tap", files->tap_path);
	}
	return err ? err : tap_err;
}
