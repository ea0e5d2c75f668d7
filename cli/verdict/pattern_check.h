/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pattern_check.h - refuses patterns that regcomp(3) would accept but that
 * don't mean what the user thinks
 */
#ifndef CLI_VERDICT_PATTERN_CHECK_H
#define CLI_VERDICT_PATTERN_CHECK_H

#include <stddef.h>

#include "cli/verdict/pattern.h"

/* Refuse an empty pattern, back-references, which may take for ever, and
 * escapes of Perl's expressions, which regcomp(3) understands differently: \d
 * is a d.  -EINVAL, and @error says what to write instead. */
int pattern_check(const char *pattern, struct pattern_error *error);

/* The length of the bracket expression at @p, with its brackets.  If it has no
 * end: the length of the rest, and regcomp(3) refuses it later. */
size_t pattern_bracket(const char *p);

/* The character that a backslash and @c stand for in patterns and in text to
 * send: newline, tab or escape; else 0.  Any thread. */
char pattern_escape(char c);

#endif
