/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pattern.h - a regular expression of the user's, matched in bounded time
 *
 * POSIX extended regular expressions without back-references, in which \n, \t
 * and \e stand for these characters; `^' and `$' match at the edges of lines.
 *
 * regexec(3) tries each position of the text anew, so the time for a text
 * without a match grows with the square of its length.  Therefore each pattern
 * is compiled a second time in a form that is tried at the first position
 * alone and says only whether there is a match: `pattern_in' takes time in
 * proportion to the length.  Where the match is, `pattern_find' looks up: a
 * third form says whether it begins in a window of some bytes, and
 * only that window's positions are tried.
 *
 * Threads: compiled and freed by the main thread, else read-only.  regexec(3)
 * has a lock in each regex_t.
 */
#ifndef CLI_VERDICT_PATTERN_H
#define CLI_VERDICT_PATTERN_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

struct pattern {
	/* The pattern itself, and the form that only says whether it
	 * matches. */
	regex_t where, whether;
	/* The form that says whether a match begins in a window. */
	regex_t near;
	/* A match can contain the end of a line. */
	bool lines;
};

/* Why a pattern or text was refused. */
struct pattern_error {
	char text[128];
};

/* What surrounds the text that is searched. */
enum {
	/* The text does not begin at the beginning of a line: `^' does not
	 * match there. */
	PATTERN_NOT_BOL = REG_NOTBOL,
	/* The text may not end at the end of a line. */
	PATTERN_NOT_EOL = REG_NOTEOL,
};

/* Compile @text.  -EINVAL or -ENOMEM, and then @error says why. */
int pattern_compile(struct pattern *pattern, const char *text,
		    struct pattern_error *error);
void pattern_free(struct pattern *pattern);

/* Whether @pattern matches anywhere in the @len bytes at @text. */
bool pattern_in(const struct pattern *pattern, const char *text, size_t len,
		int around);

/* The same, and *@end is where the match ends: the match that begins first, and
 * of those the longest. */
bool pattern_find(const struct pattern *pattern, const char *text, size_t len,
		  int around, size_t *end);

/* The character that a backslash and @c stand for in patterns and in text to
 * send: newline, tab or escape; else 0.  Any thread. */
char pattern_escape(char c);

#endif
