/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/report/html_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "cli/report/markup.h"

void html_text(FILE *out, const char *text)
{
	char *copy = strdup(text ? text : "");

	if (copy)
		markup_text(out, copy, printable(copy, strlen(copy)));
	free(copy);
}

/* Write a line, whose bytes may be changed. */
static void html_line(FILE *out, char *line, size_t len, const char *marked)
{
	bool mark;

	len = without_escapes(line, len);
	while (len && line[len - 1] == '\r')
		len--;
	mark = marked && *marked && memmem(line, len, marked, strlen(marked));
	if (mark)
		fputs("<mark>", out);
	/* Between tabs, which stay. */
	for (size_t at = 0; at <= len;) {
		char *tab = memchr(line + at, '\t', len - at);
		size_t n = tab ? (size_t)(tab - line) - at : len - at;

		markup_text(out, line + at, printable(line + at, n));
		if (tab)
			fputc('\t', out);
		at += n + 1;
	}
	if (mark)
		fputs("</mark>", out);
}

void html_lines(FILE *out, const char *text, size_t len, const char *marked)
{
	char *copy = malloc(len + 1);

	if (!copy)
		return;
	memcpy(copy, text, len);
	for (size_t at = 0; at < len;) {
		char *end = memchr(copy + at, '\n', len - at);
		size_t n = end ? (size_t)(end - copy) - at : len - at;

		html_line(out, copy + at, n, marked);
		fputc('\n', out);
		at += n + 1;
	}
	free(copy);
}
