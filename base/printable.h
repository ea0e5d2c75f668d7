/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * printable.h - text that a terminal only shows
 *
 * What a guest says and what a file is called may hold anything: bytes that
 * move the cursor, that are no UTF-8, or characters that turn the direction of
 * the text around.  Whatever shows such bytes on a terminal or in a report,
 * other than the console itself, passes them through here.
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

/* The same for a string, which stays one. */
void printable_string(char *text);

#endif
