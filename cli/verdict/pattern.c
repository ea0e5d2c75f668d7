/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/verdict/pattern.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

/* ---- Patterns that regcomp(3) would accept but that don't mean what the user
 * thinks. ---- */

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

/* The length of the bracket expression at @p, with its brackets.  If it has no
 * end: the length of the rest, and regcomp(3) refuses it later. */
static size_t pattern_bracket(const char *p)
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

/* Refuse an empty pattern, back-references, which may take for ever, and
 * escapes of Perl's expressions, which regcomp(3) understands differently: \d
 * is a d. -EINVAL, and @error says what to write instead. */
static int pattern_check(const char *pattern, struct pattern_error *error)
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

/* ---- Compiling and matching. ---- */

/* Put before a pattern: any characters from the first byte of the text on. `\`'
 * is glibc's for the beginning of the text, also if lines are told apart.  A
 * point would not match a NUL. */
static const char anywhere[] = "\\`([^\n]|\n)*(";

/* In bytes; about the square root of the longest text. */
#define WINDOW	   64
#define TEXT_OF(x) #x
#define TEXT(x)	   TEXT_OF(x)

/* The same, but at most WINDOW characters. */
static const char nearby[] = "\\`([^\n]|\n){0," TEXT(WINDOW) "}(";

static int no_memory(struct pattern_error *error)
{
	snprintf(error->text, sizeof(error->text), "out of memory");
	return -ENOMEM;
}

/* Copy @n characters, and replace escapes such as \n by the characters that
 * they stand for. */
static void copy_unescaped(const char *from, size_t n, char **to)
{
	for (size_t i = 0; i < n; i++) {
		char c = from[i];

		if (c == '\\' && pattern_escape(from[i + 1]))
			c = pattern_escape(from[++i]);
		*(*to)++ = c;
	}
}

/* Copy one element of the pattern at *@from to *@to: a bracket expression, an
 * escape, or a character.  @depth counts the parentheses that are open. */
static void copy_element(const char **from, char **to, unsigned *depth)
{
	const char *p = *from;
	size_t n = *p == '[' ? pattern_bracket(p) : *p == '\\' && p[1] ? 2 : 1;

	/* This is an ordinary character, but it would close the parenthesis
	 * that pattern_compile() puts around the pattern. */
	if (*p == ')' && !*depth)
		*(*to)++ = '\\';
	*depth += *p == '(';
	*depth -= *p == ')' && *depth;
	if (*p == '[' || (n == 2 && pattern_escape(p[1])))
		copy_unescaped(p, n, to);
	else
		*to = mempcpy(*to, p, n);
	*from += n;
}

/* @pattern in the form that regcomp(3) understands.  The caller frees it. */
static char *translate(const char *pattern)
{
	/* Each character can become two. */
	char *out = malloc(2 * strlen(pattern) + 1), *p = out;
	unsigned depth = 0;

	if (!out)
		return NULL;
	while (*pattern)
		copy_element(&pattern, &p, &depth);
	*p = '\0';
	return out;
}

static int compile(regex_t *regex, const char *text, int flags,
		   struct pattern_error *error)
{
	int rc = regcomp(regex, text, REG_EXTENDED | REG_NEWLINE | flags);

	if (!rc)
		return 0;
	regerror(rc, regex, error->text, sizeof(error->text));
	return rc == REG_ESPACE ? -ENOMEM : -EINVAL;
}

/* Compile the form that only says whether @plain matches: it is tried at the
 * first position only, after @before. */
static int compile_whether(regex_t *regex, const char *before,
			   const char *plain, struct pattern_error *error)
{
	char *text;
	int err;

	if (asprintf(&text, "%s%s)", before, plain) < 0)
		return no_memory(error);
	err = compile(regex, text, REG_NOSUB, error);
	free(text);
	return err;
}

/* Compile the forms that only say whether there is a match; none if one
 * fails. */
static int compile_both(struct pattern *pattern, const char *plain,
			struct pattern_error *error)
{
	int err = compile_whether(&pattern->whether, anywhere, plain, error);

	if (err)
		return err;
	err = compile_whether(&pattern->near, nearby, plain, error);
	if (err)
		regfree(&pattern->whether);
	return err;
}

/* Compile all forms, or none.  The first is the pattern as the user wrote it,
 * so errors are about that. */
static int compile_all(struct pattern *pattern, const char *plain,
		       struct pattern_error *error)
{
	int err = compile(&pattern->where, plain, 0, error);

	if (err)
		return err;
	pattern->lines = strchr(plain, '\n');
	err = compile_both(pattern, plain, error);
	if (err)
		regfree(&pattern->where);
	return err;
}

int pattern_compile(struct pattern *pattern, const char *text,
		    struct pattern_error *error)
{
	char *plain;
	int err;

	err = pattern_check(text, error);
	if (err)
		return err;
	plain = translate(text);
	if (!plain)
		return no_memory(error);
	err = compile_all(pattern, plain, error);
	free(plain);
	return err;
}

void pattern_free(struct pattern *pattern)
{
	regfree(&pattern->where);
	regfree(&pattern->whether);
	regfree(&pattern->near);
}

bool pattern_in(const struct pattern *pattern, const char *text, size_t len,
		int around)
{
	regmatch_t m = { .rm_so = 0, .rm_eo = (regoff_t)len };

	return regexec(&pattern->whether, text, 1, &m, REG_STARTEND | around) ==
	       0;
}

/* Whether a match may begin in the window at @at.  The byte before the window
 * is read, too, as it decides whether a line or a word begins at the window. */
static bool may_begin(const struct pattern *pattern, const char *text,
		      size_t len, int around, size_t at)
{
	size_t from = at ? at - 1 : 0;
	regmatch_t m = { .rm_so = 0, .rm_eo = (regoff_t)(len - from) };

	if (from)
		around = text[from - 1] == '\n' ? around & ~REG_NOTBOL :
						  around | REG_NOTBOL;
	return regexec(&pattern->near, text + from, 1, &m,
		       REG_STARTEND | around) == 0;
}

/* The end of the first match that begins in the window at @at; -1: there is
 * none. */
static regoff_t find_in_window(const struct pattern *pattern, const char *text,
			       size_t len, int around, size_t at)
{
	/* glibc's functions read the flags in this copy.  What it points to is
	 * shared, and has a lock. */
	regex_t where = pattern->where;
	regoff_t range = (regoff_t)MIN(WINDOW - 1, len - at);
	regoff_t begin, n;

	where.not_bol = (around & REG_NOTBOL) != 0;
	where.not_eol = (around & REG_NOTEOL) != 0;
	begin = re_search(&where, text, (regoff_t)len, (regoff_t)at, range,
			  NULL);
	if (begin < 0)
		return -1;
	n = re_match(&where, text, (regoff_t)len, begin, NULL);
	return n < 0 ? -1 : begin + n;
}

bool pattern_find(const struct pattern *pattern, const char *text, size_t len,
		  int around, size_t *end)
{
	regoff_t found = -1;

	if (!pattern_in(pattern, text, len, around))
		return false;
	for (size_t at = 0; at <= len && found < 0; at += WINDOW)
		if (may_begin(pattern, text, len, around, at))
			found = find_in_window(pattern, text, len, around, at);
	*end = (size_t)MAX(found, 0);
	return found >= 0;
}
