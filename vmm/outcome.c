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

/* Close @out, to which all was written: 0 or -errno. */
static int finish(FILE *out)
{
	int failed = ferror(out) ? EIO : 0;

	if (fclose(out) != 0)
		failed = errno;
	return -failed;
}

static FILE *create(const char *option, const char *path)
{
	FILE *out = fopen(path, "we");

	if (!out)
		log_err("%s %s: %s: name a file that can be written", option,
			path, strerror(errno));
	return out;
}

static int written(const char *option, const char *path, int err)
{
	if (!err)
		return 0;
	return log_fail(err, "%s %s: %s", option, path, strerror(-err));
}

int outcome_write(const char *junit, const char *tap, const char *suite,
		  const struct outcome *outcomes, size_t n)
{
	FILE *out;
	int err = 0;

	if (junit) {
		out = create("--junit", junit);
		if (!out)
			return -EIO;
		outcome_junit(out, suite, outcomes, n);
		err = written("--junit", junit, finish(out));
	}
	if (!err && tap) {
		out = create("--tap", tap);
		if (!out)
			return -EIO;
		outcome_tap(out, outcomes, n);
		err = written("--tap", tap, finish(out));
	}
	return err;
}
