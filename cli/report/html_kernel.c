/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/report/html_kernel.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/report/html_text.h"

/* How many of the longest are shown; what is shorter than this is noise. */
enum { MOST = 5, LEAST_US = 10000 };

struct interval {
	uint64_t us;
	/* A line of the console. */
	const char *line;
	size_t len;
};

/* Keep @new in @longest, which is sorted, if it is one of them. */
static void keep(struct interval *longest, struct interval new)
{
	for (size_t i = 0; i < MOST; i++) {
		struct interval old = longest[i];

		if (new.us <= old.us)
			continue;
		longest[i] = new;
		new = old;
	}
}

/* Read a number of @p's, and move *@p behind it; false: there is none. */
static bool number(const char **p, const char *end, uint64_t *value)
{
	const char *begin = *p;

	*value = 0;
	for (; *p < end && **p >= '0' && **p <= '9' && *p - begin < 12; ++*p)
		*value = *value * 10 + (uint64_t)(**p - '0');
	return *p > begin;
}

/* The time stamp "[    1.234567]" that begins @line; false: none does. */
static bool stamp(const char *line, size_t len, uint64_t *us)
{
	const char *p = line, *end = line + len;
	uint64_t s;

	if (p == end || *p++ != '[')
		return false;
	while (p < end && *p == ' ')
		p++;
	if (!number(&p, end, &s) || p == end || *p++ != '.' ||
	    !number(&p, end, us) || p == end || *p != ']')
		return false;
	*us += s * 1000000;
	return true;
}

/* "initcall NAME returned 0 after 1234 usecs" in @line: how long it took; 0 */
static uint64_t initcall_us(const char *line, size_t len)
{
	static const char after[] = " after ";
	const char *end = line + len, *p;
	uint64_t us = 0;

	if (!memmem(line, len, "initcall ", strlen("initcall ")))
		return 0;
	p = memmem(line, len, after, strlen(after));
	if (p)
		p += strlen(after);
	return p && number(&p, end, &us) ? us : 0;
}

static void table(FILE *out, const char *title, const struct interval *longest)
{
	if (!longest->us)
		return;
	fprintf(out,
		"<h3>%s</h3>\n<div class=\"wide\" tabindex=\"0\"><table>\n<tr>"
		"<th scope=\"col\" class=\"number\">ms</th>"
		"<th scope=\"col\">Line</th></tr>\n",
		title);
	for (size_t i = 0; i < MOST && longest[i].us; i++) {
		fprintf(out, "<tr><td class=\"number\">%.1f</td><td><code>",
			(double)longest[i].us / 1000);
		html_lines(out, longest[i].line, longest[i].len, NULL);
		fputs("</code></td></tr>\n", out);
	}
	fputs("</table></div>\n", out);
}

void html_kernel(FILE *out, const char *text, size_t len)
{
	struct interval pauses[MOST] = { 0 }, calls[MOST] = { 0 };
	struct interval before = { 0 };

	for (size_t at = 0; at < len;) {
		const char *line = text + at;
		const char *end = memchr(line, '\n', len - at);
		struct interval now = { 0, line, len - at };

		if (end)
			now.len = (size_t)(end - line);
		at += now.len + 1;
		if (!stamp(line, now.len, &now.us))
			continue;
		if (before.line && now.us >= before.us + LEAST_US)
			keep(pauses,
			     (struct interval){ now.us - before.us, before.line,
						before.len });
		before = now;
		now.us = initcall_us(line, now.len);
		if (now.us >= LEAST_US)
			keep(calls, now);
	}
	table(out, "Longest pauses of the kernel, after the line", pauses);
	table(out, "Longest initcalls", calls);
}
