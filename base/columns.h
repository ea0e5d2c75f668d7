/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * columns.h - text on a terminal, measured by the columns that it takes
 *
 * What a terminal would obey, and characters that the locale doesn't have,
 * are shown as `?`.
 *
 * Threads: any; a line belongs to one.
 */
#ifndef BASE_COLUMNS_H
#define BASE_COLUMNS_H

#include <locale.h>
#include <stddef.h>
#include <stdio.h>

/* A line that is being written. */
struct columns {
	/* NULL: it is only measured. */
	FILE *out;
	/* Says what characters there are; 0: those of ASCII. */
	locale_t locale;
	/* How many columns are free. */
	size_t left;
};

/* Write as much of @text as there is room for, in @width columns at most, and
 * then blanks up to @fill columns.  Returns how many columns the text has. */
size_t columns_put(struct columns *line, const char *text, size_t width,
		   size_t fill);

#endif
