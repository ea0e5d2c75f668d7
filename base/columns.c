/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "base/columns.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/printable.h"
#include "base/util.h"

/* How many bytes of @text, which is not empty, the next character has, and how
 * many columns.  0: it is none. */
static size_t next(const char *text, size_t *columns)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t n = mbrtowc(&c, text, strlen(text), &state);
	int width = n <= MB_LEN_MAX ? wcwidth(c) : -1;

	*columns = (size_t)MAX(width, 0);
	return width < 0 ? 0 : n;
}

static void put(const struct columns *line, const char *text, size_t n)
{
	if (line->out)
		fwrite(text, 1, n, line->out);
}

/* Returns the columns of what was put. */
static size_t put_text(const struct columns *line, const char *text,
		       size_t width)
{
	size_t used = 0;

	while (*text) {
		size_t columns, n = next(text, &columns);

		columns = n ? columns : 1;
		if (columns > width - used)
			break;
		put(line, n ? text : "?", MAX(n, (size_t)1));
		used += columns;
		text += MAX(n, (size_t)1);
	}
	return used;
}

size_t columns_put(struct columns *line, const char *text, size_t width,
		   size_t fill)
{
	char *copy = strdup(text);
	locale_t before = line->locale ? uselocale(line->locale) : (locale_t)0;
	size_t used = 0;

	if (copy) {
		printable_string(copy);
		used = put_text(line, copy, MIN(width, line->left));
	}
	line->left -= used;
	for (size_t i = used; i < fill && line->left; i++, line->left--)
		put(line, " ", 1);
	if (before)
		uselocale(before);
	free(copy);
	return used;
}
