/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * markup.h - text in XML and HTML
 *
 * Threads: any; nothing is kept.
 */
#ifndef CLI_REPORT_MARKUP_H
#define CLI_REPORT_MARKUP_H

#include <stddef.h>
#include <stdio.h>

/* Write the @len bytes at @text with an entity for each character that has a
 * meaning in content or in an attribute in double quotes. */
void markup_text(FILE *out, const char *text, size_t len);

#endif
