/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pattern_check.h - what a pattern must not have, though regcomp(3) takes it
 */
#ifndef CLI_VERDICT_PATTERN_CHECK_H
#define CLI_VERDICT_PATTERN_CHECK_H

#include <stddef.h>

#include "cli/verdict/pattern.h"

/* Refuse an empty pattern, back-references, which may take for ever, and what
 * Perl's expressions have: to regcomp(3) \d is a d.  -EINVAL, and @error says
 * what to write instead. */
int pattern_check(const char *pattern, struct pattern_error *error);

/* The length of the bracket expression at @p, with its brackets; of what is
 * left if it has no end, which regcomp(3) then refuses. */
size_t pattern_bracket(const char *p);

/* The character that a backslash and @c stand for in patterns and in text to
 * send: newline, tab or escape; else 0.  Any thread. */
char pattern_escape(char c);

#endif
