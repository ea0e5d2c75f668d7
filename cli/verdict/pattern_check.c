/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/verdict/pattern_check.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"

/* Letters that after a backslash mean something in Perl's expressions: what to
 * write instead outside of brackets, and inside. */
static const struct {
	char letter;
	const char *outside, *inside;
} perl[] = {
	{ 'd', "[0-9]", "0-9" },     { 'D', "[^0-9]", NULL },
	{ 'w', NULL, "[:alnum:]_" }, { 's', NULL, "[:space:]" },
	{ 'h', "[ \\t]", " \\t" },   { 'A', "^", NULL },
	{ 'z', "$", NULL },	     { 'Z', "$", NULL },
};

char pattern_escape(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'e':
		return '\033';
	default:
		return 0;
	}
}

static int refuse(struct pattern_error *error, const char *why)
{
	snprintf(error->text, sizeof(error->text), "%s", why);
	return -EINVAL;
}

static int refuse_letter(struct pattern_error *error, char letter, bool inside)
{
	const char *instead = NULL;

	if (letter == 'r')
		return refuse(error, "\\r: lines are matched without it: leave "
				     "it out");
	for (size_t i = 0; i < ARRAY_SIZE(perl); i++)
		if (perl[i].letter == letter)
			instead = inside ? perl[i].inside : perl[i].outside;
	if (instead)
		snprintf(error->text, sizeof(error->text),
			 "\\%c is Perl's: write %s%s", letter, instead,
			 inside ? " between the brackets" : "");
	else
		snprintf(error->text, sizeof(error->text),
			 "there is no \\%c%s: patterns are POSIX extended "
			 "regular expressions",
			 letter, inside ? " between brackets" : "");
	return -EINVAL;
}

/* Check a backslash and @c, outside of brackets.  The letters allowed are ours,
 * and those that glibc adds. */
static int check_escape(char c, struct pattern_error *error)
{
	if (isdigit((unsigned char)c))
		return refuse(error, "a back-reference, which may take for "
				     "ever: there are none");
	if (isalpha((unsigned char)c) && !pattern_escape(c) &&
	    !strchr("wWsSbB", c))
		return refuse_letter(error, c, false);
	return 0;
}

/* Check the bracket expression in the @n bytes at @p. */
static int check_bracket(const char *p, size_t n, struct pattern_error *error)
{
	for (size_t i = 1; i + 1 < n; i++)
		if (p[i] == '\\' && isalpha((unsigned char)p[i + 1]) &&
		    !pattern_escape(p[i + 1]))
			return refuse_letter(error, p[i + 1], true);
	return 0;
}

size_t pattern_bracket(const char *p)
{
	size_t n = 1;

	n += p[n] == '^';
	/* A bracket at this place stands for itself. */
	n += p[n] == ']';
	while (p[n] && p[n] != ']') {
		const char *close = NULL;

		/* [:alpha:], [.x.], [=x=] */
		if (p[n] == '[' && p[n + 1] && strchr(":.=", p[n + 1])) {
			const char end[] = { p[n + 1], ']', 0 };

			close = strstr(p + n + 2, end);
		}
		n = close ? (size_t)(close - p) + 2 : n + 1;
	}
	return n + (p[n] == ']');
}

int pattern_check(const char *pattern, struct pattern_error *error)
{
	int err = 0;
	size_t n;

	if (!*pattern)
		return refuse(error, "the pattern is empty");
	for (const char *p = pattern; *p && !err; p += n) {
		n = 1;
		if (p[0] == '(' && p[1] == '?') {
			err = refuse(error, "(? is Perl's: write ( for a "
					    "group, [Aa] for both cases");
		} else if (p[0] == '[') {
			n = pattern_bracket(p);
			err = check_bracket(p, n, error);
		} else if (p[0] == '\\' && p[1]) {
			n = 2;
			err = check_escape(p[1], error);
		}
	}
	return err;
}
