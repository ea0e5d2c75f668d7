/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * printable.h - makes text harmless for a terminal
 *
 * A guest's output or the name of a file may contain anything: bytes that move
 * the cursor, that are no UTF-8, or characters that reverse the direction of
 * the text.  Whatever shows such bytes on a terminal or in a report, other than
 * the console itself, passes them through here.
 *
 * Threads: any; nothing is kept.
 */
#ifndef BASE_PRINTABLE_H
#define BASE_PRINTABLE_H

#include <stddef.h>

/*
 * Replace in @text, of @len bytes, all that is not printable by `?': control
 * characters (U+0000 to U+001F, U+007F to U+009F), bytes that are no UTF-8,
 * characters without width and those that change the direction, private and
 * unassigned ones.  Newlines and tabs are control characters too.  Returns the
 * new length, which is never larger; nothing is written behind it.
 */
size_t printable(char *text, size_t len);

/* The same for a string, which stays NUL-terminated. */
void printable_string(char *text);

/* The length of the escape sequence that begins the @len bytes at @text, such
 * as that of a colour; 0: none does.  ECMA-48, sections 5.4 and 5.6, and
 * ECMA-35, section 13.2: "\033(B" is how terminals are reset. */
size_t escape_length(const char *text, size_t len);

/* Take all such sequences out of the @len bytes at @text; the new length. */
static inline size_t without_escapes(char *text, size_t len)
{
	size_t to = 0;

	for (size_t from = 0; from < len;) {
		size_t skip = escape_length(text + from, len - from);

		if (skip)
			from += skip;
		else
			text[to++] = text[from++];
	}
	return to;
}

#endif
