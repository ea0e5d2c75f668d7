/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outcome.c - results as JUnit XML and as TAP
 */
#include "cli/report/outcome.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/printable.h"
#include "base/sink.h"
#include "base/util.h"

/* How long a reader may take nothing before it is given up. */
#define PATIENCE_MS 500

struct outcome_list {
	const char *suite;
	const struct outcome *outcomes;
	size_t n;
};

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
	free(outcome->console);
	*outcome = (struct outcome){ 0 };
}

static double seconds(uint64_t ns)
{
	return (double)ns / (double)NSEC_PER_SEC;
}

/* A copy of @text of which a terminal would only show something; as one line,
 * or as the lines that it has.  To be freed; NULL when out of memory. */
static char *clean(const char *text, bool lines)
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

/* @text for an attribute, or as content that may have lines. */
static void xml_text(FILE *out, const char *text, bool lines)
{
	static const char *const entities[256] = {
		['&'] = "&amp;",
		['<'] = "&lt;",
		['>'] = "&gt;",
		['"'] = "&quot;",
	};
	char *copy = clean(text, lines);

	for (const char *p = copy; p && *p; p++)
		if (entities[(unsigned char)*p])
			fputs(entities[(unsigned char)*p], out);
		else
			fputc(*p, out);
	free(copy);
}

static void xml_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	xml_text(out, value, false);
	fputc('"', out);
}

/* GitLab shows nothing but the element's text. */
static void junit_failure(FILE *out, const struct outcome *outcome)
{
	fputs("      <failure", out);
	xml_attribute(out, "type", outcome->verdict);
	xml_attribute(out, "message", outcome->reason);
	fputs(">", out);
	xml_text(out, outcome->verdict, false);
	fputs(": ", out);
	xml_text(out, outcome->reason, false);
	fprintf(out, "\nexit status %d\n", outcome->code);
	if (outcome->kept) {
		fputs("kept in ", out);
		xml_text(out, outcome->kept, false);
		fputc('\n', out);
	}
	if (outcome->console) {
		fputs("the console's last lines:\n", out);
		xml_text(out, outcome->console, true);
	}
	fputs("</failure>\n", out);
}

/* GitLab and Jenkins find a file that belongs to the test by this. */
static void junit_attachment(FILE *out, const char *kept)
{
	fputs("      <system-out>[[ATTACHMENT|", out);
	xml_text(out, kept, false);
	fputs("/console]]</system-out>\n", out);
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
	fputs(">\n", out);
	junit_failure(out, outcome);
	if (outcome->kept)
		junit_attachment(out, outcome->kept);
	fputs("    </testcase>\n", out);
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
	fprintf(out,
		" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
		"skipped=\"0\" time=\"%.3f\">\n",
		n, count_failed(outcomes, n), seconds(total_ns(outcomes, n)));
	for (size_t i = 0; i < n; i++)
		junit_case(out, suite, &outcomes[i]);
	fputs("  </testsuite>\n</testsuites>\n", out);
}

/* A description may not hold a number sign. */
static void tap_name(FILE *out, const char *name)
{
	char *copy = clean(name, false);

	for (const char *p = copy; p && *p; p++)
		fputc(*p == '#' ? '?' : *p, out);
	free(copy);
}

/* A line of the YAML block. */
static void tap_field(FILE *out, const char *field, const char *text)
{
	char *copy = clean(text, false);

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

void outcome_tap(FILE *out, const struct outcome *outcomes, size_t n)
{
	fprintf(out, "TAP version 13\n1..%zu\n", n);
	for (size_t i = 0; i < n; i++) {
		const struct outcome *o = &outcomes[i];

		fprintf(out, "%s %zu - ", outcome_passed(o) ? "ok" : "not ok",
			i + 1);
		tap_name(out, o->name);
		fputc('\n', out);
		if (!outcome_passed(o))
			tap_diagnosis(out, o);
	}
}

static int create(int *fd, const char *option, const char *path)
{
	if (!path)
		return 0;
	*fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (*fd >= 0)
		return 0;
	return log_fail(-errno, "%s %s: %s: name a file that can be written",
			option, path, strerror(errno));
}

int outcome_open(struct outcome_files *files, const char *junit,
		 const char *tap)
{
	int err;

	*files = (struct outcome_files){ .junit = -1, .tap = -1 };
	err = create(&files->junit, "--junit", junit);
	return err ? err : create(&files->tap, "--tap", tap);
}

/* Write to *@fd, which is closed.  It may be a FIFO, whose reader may sleep. */
static int deliver(int *fd, const char *option, const char *text, size_t len)
{
	const struct sink_config config = { .name = option,
					    .limit = SINK_LIMIT };
	struct sink *sink;
	int err = sink_open(&sink, &config);

	if (err) {
		close_fd(fd);
		return log_fail(err, "%s: no thread for output: %s", option,
				strerror(-err));
	}
	sink_connect(sink, *fd);
	sink_write(sink, text, len);
	return sink_close_file(sink, PATIENCE_MS, fd, option);
}

/* What @write writes, to *@fd; nothing if that is -1. */
static int write_all(int *fd, const char *option,
		     void (*write)(FILE *out, const struct outcome_list *list),
		     const struct outcome_list *list)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out;
	int err;

	if (*fd < 0)
		return 0;
	out = open_memstream(&text, &len);
	if (out)
		write(out, list);
	err = out && fclose(out) == 0 ?
		      deliver(fd, option, text, len) :
		      log_fail(-ENOMEM, "%s: out of memory", option);
	close_fd(fd);
	free(text);
	return err;
}

static void as_junit(FILE *out, const struct outcome_list *list)
{
	outcome_junit(out, list->suite, list->outcomes, list->n);
}

static void as_tap(FILE *out, const struct outcome_list *list)
{
	outcome_tap(out, list->outcomes, list->n);
}

int outcome_close(struct outcome_files *files, const char *suite,
		  const struct outcome *outcomes, size_t n)
{
	const struct outcome_list list = { suite, outcomes, n };
	int err = write_all(&files->junit, "--junit", as_junit, &list);
	int tap_err = write_all(&files->tap, "--tap", as_tap, &list);

	return err ? err : tap_err;
}
