/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text.h - a line of text that grows in a buffer of a fixed size
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "base/util.h"

/* @room, which is not 0, bytes at @buf, of which @len are used. */
struct text {
	char *buf;
	size_t room, len;
};

/* Add to the end what there is room for; it stays a string. */
__attribute__((format(printf, 2, 3))) static inline void
text_put(struct text *text, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text->buf + text->len, text->room - text->len, fmt, ap);
	va_end(ap);
	text->len = MIN(text->len + (size_t)MAX(n, 0), text->room - 1);
}

#endif
