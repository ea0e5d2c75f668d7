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
	/* What is looked for, and the form that only says whether it is
	 * there. */
	regex_t where, whether;
	/* The form that says whether it begins in a window. */
	regex_t near;
	/* It can match across lines. */
	bool lines;
};

/* Why a pattern or text was refused. */
struct pattern_error {
	char text[128];
};

/* What is around the text that is searched. */
enum {
	/* It does not begin at a line's beginning: `^' does not match there. */
	PATTERN_NOT_BOL = REG_NOTBOL,
	/* It is not known that a line ends with it. */
	PATTERN_NOT_EOL = REG_NOTEOL,
};

/* -EINVAL, and @error says why; -ENOMEM, and so it does. */
int pattern_compile(struct pattern *pattern, const char *text,
		    struct pattern_error *error);
void pattern_free(struct pattern *pattern);

/* Whether @pattern matches anywhere in the @len bytes at @text. */
bool pattern_in(const struct pattern *pattern, const char *text, size_t len,
		int around);

/* The same, and the match that begins first, and of these the longest one,
 * ends at *@end. */
bool pattern_find(const struct pattern *pattern, const char *text, size_t len,
		  int around, size_t *end);

#endif
