/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * html_text.h - text of guests and users as text of an HTML page
 *
 * Whatever it holds, it ends no element and begins none; what is no text for
 * people (control characters, escape sequences, bytes that are no UTF-8) is
 * replaced as in base/printable.h.
 *
 * Threads: any; nothing is kept.
 */
#ifndef CLI_REPORT_HTML_TEXT_H
#define CLI_REPORT_HTML_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* Write @text (NULL: nothing) as one line, for content or an attribute that
 * is in double quotes. */
void html_text(FILE *out, const char *text);

/* Write the @len bytes at @text as content of an element that keeps lines and
 * tabs.  The lines that hold @marked (NULL: none) are marked. */
void html_lines(FILE *out, const char *text, size_t len, const char *marked);

#endif
