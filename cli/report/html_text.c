/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/report/html_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"

static void escaped(FILE *out, const char *text, size_t len)
{
	static const char *const entities[256] = {
		['&'] = "&amp;",
		['<'] = "&lt;",
		['>'] = "&gt;",
		['"'] = "&quot;",
	};

	for (size_t from = 0, i = 0; i <= len; i++) {
		const char *entity =
			i < len ? entities[(unsigned char)text[i]] : "";

		if (!entity)
			continue;
		fwrite(text + from, 1, i - from, out);
		fputs(entity, out);
		from = i + 1;
	}
}

void html_text(FILE *out, const char *text)
{
	char *copy = strdup(text ? text : "");

	if (copy)
		escaped(out, copy, printable(copy, strlen(copy)));
	free(copy);
}

/* The length of the escape sequence (ECMA-48: ESC, or ESC [ and parameters, and
 * a final byte; ECMA-35: ESC, intermediate bytes, and a final byte) that begins
 * the @len bytes at @text; 0: there is none. */
static size_t sequence(const char *text, size_t len)
{
	size_t n = 1;
	char first = '!', last = '/';

	if (len < 2 || text[0] != '\033')
		return 0;
	if (text[1] == '[') {
		n = 2;
		first = ' ';
		last = '?';
	}
	while (n < len && text[n] >= first && text[n] <= last)
		n++;
	return n < len ? n + 1 : n;
}

/* Take colours and the like out of the @len bytes at @line; the new length. */
static size_t without_sequences(char *line, size_t len)
{
	size_t to = 0;

	for (size_t from = 0; from < len;) {
		size_t skip = sequence(line + from, len - from);

		if (skip)
			from += skip;
		else
			line[to++] = line[from++];
	}
	return to;
}

/* Write a line, whose bytes may be changed. */
static void html_line(FILE *out, char *line, size_t len, const char *marked)
{
	bool mark;

	len = without_sequences(line, len);
	while (len && line[len - 1] == '\r')
		len--;
	mark = marked && *marked && memmem(line, len, marked, strlen(marked));
	if (mark)
		fputs("<mark>", out);
	/* Between tabs, which stay. */
	for (size_t at = 0; at <= len;) {
		char *tab = memchr(line + at, '\t', len - at);
		size_t n = tab ? (size_t)(tab - line) - at : len - at;

		escaped(out, line + at, printable(line + at, n));
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
