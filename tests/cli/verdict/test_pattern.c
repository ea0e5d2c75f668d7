/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pattern.c - the user's regular expressions, in both of their forms
 */
#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "cli/verdict/pattern.h"
#include "tests/unit.h"

/* The end of the match of @pattern in @text, or -1. */
static const struct {
	const char *pattern, *text;
	int around, end;
} rows[] = {
	{ "a", "xxa", 0, 3 },
	{ "a", "xxb", 0, -1 },
	{ "a+", "xaaay", 0, 4 },
	/* The first match, the longest. */
	{ "b|abcd", "xabcde", 0, 5 },
	{ "a*", "baaa", 0, 0 },
	{ "^a", "ba", 0, -1 },
	{ "^a", "b\na", 0, 3 },
	{ "^a", "a", PATTERN_NOT_BOL, -1 },
	{ "a$", "a", 0, 1 },
	{ "a$", "a", PATTERN_NOT_EOL, -1 },
	{ "a$", "a\n", PATTERN_NOT_EOL, 1 },
	{ "^$", "x\n\ny", 0, 2 },
	{ ".", "\n", 0, -1 },
	{ "[^x]", "\n", 0, -1 },
	{ "x\\ny", "x\ny", 0, 3 },
	{ "[\\n]y", "x\ny", 0, 3 },
	{ "\\t\\e", "\t\x1b", 0, 2 },
	{ "\\.\\\\", ".\\", 0, 2 },
	{ "\\[x\\]", "[x]", 0, 3 },
	/* A parenthesis that closes nothing, outside of brackets or in them. */
	{ "foo)", "foo)", 0, 4 },
	{ "a)|b", "xb", 0, 2 },
	{ "a)|b", "xa)", 0, 3 },
	{ "(a))|b", "xb", 0, 2 },
	{ "[)]x|y", "y", 0, 1 },
	{ "[])]x", ")x", 0, 2 },
	{ "[^])]x", ")x", 0, -1 },
	{ "[[:alpha:])]x", ")x", 0, 2 },
	{ "[[.).]]x", ")x", 0, 2 },
	{ "\\)x|y", "y", 0, 1 },
	{ "(a|b)(c|d)", "xbd", 0, 3 },
	{ "\\<word\\>", "a word.", 0, 6 },
	{ "a{2,3}", "xaaaa", 0, 4 },
};

START_TEST(both_forms_agree)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pattern_error error = { "" };
		struct pattern pattern;
		const char *text = rows[i].text;
		size_t end = 0;
		bool in, found;

		ck_assert_msg(
			!pattern_compile(&pattern, rows[i].pattern, &error),
			"%s: %s", rows[i].pattern, error.text);
		in = pattern_in(&pattern, text, strlen(text), rows[i].around);
		found = pattern_find(&pattern, text, strlen(text),
				     rows[i].around, &end);
		ck_assert_msg(in == (rows[i].end >= 0) && found == in,
			      "%s in %s: %d %d", rows[i].pattern, text, in,
			      found);
		if (found)
			ck_assert_msg((int)end == rows[i].end, "%s in %s: %zu",
				      rows[i].pattern, text, end);
		pattern_free(&pattern);
	}
}
END_TEST

/* What other dialects have would match something else, without a word. */
START_TEST(what_is_perls_is_refused)
{
	static const char *const bad[][2] = {
		{ "", "the pattern is empty" },
		{ "(a)\\1", "a back-reference, which may take for ever: there "
			    "are none" },
		{ "\\d+", "\\d is Perl's: write [0-9]" },
		{ "a\\Db", "\\D is Perl's: write [^0-9]" },
		{ "[\\d.]+", "\\d is Perl's: write 0-9 between the brackets" },
		{ "[^\\w]", "\\w is Perl's: write [:alnum:]_ between the "
			    "brackets" },
		{ "x[]\\s]", "\\s is Perl's: write [:space:] between the "
			     "brackets" },
		{ "\\Alogin", "\\A is Perl's: write ^" },
		{ "\\Qx", "there is no \\Q: patterns are POSIX extended "
			  "regular expressions" },
		{ "[\\Q]", "there is no \\Q between brackets: patterns are "
			   "POSIX extended regular expressions" },
		{ "a\\r\\n", "\\r: lines are matched without it: leave it "
			     "out" },
		{ "(?:a|b)", "(? is Perl's: write ( for a group, [Aa] for "
			     "both cases" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct pattern_error error = { "" };
		struct pattern pattern;

		ck_assert_msg(pattern_compile(&pattern, bad[i][0], &error) ==
				      -EINVAL,
			      "%s", bad[i][0]);
		ck_assert_str_eq(error.text, bad[i][1]);
	}
}
END_TEST

START_TEST(what_looks_like_it_is_not)
{
	static const char *const good[] = {
		"\\\\d",   "[\\]d",	  "\\(?", "[(?]", "\\w\\W\\s\\S",
		"\\bx\\B", "[\\n\\t\\e]", "a*?b", "\\.",  "[[:digit:]]",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct pattern_error error = { "" };
		struct pattern pattern;

		ck_assert_msg(!pattern_compile(&pattern, good[i], &error),
			      "%s: %s", good[i], error.text);
		pattern_free(&pattern);
	}
}
END_TEST

START_TEST(zeros_and_other_bytes)
{
	static const char text[] = "\0\xff\x80\0b";
	struct pattern_error error;
	struct pattern pattern;
	size_t end;

	ck_assert_int_eq(pattern_compile(&pattern, "b$", &error), 0);
	ck_assert(pattern_find(&pattern, text, 5, 0, &end));
	ck_assert_uint_eq(end, 5);
	ck_assert(!pattern_in(&pattern, text, 4, 0));
	pattern_free(&pattern);
}
END_TEST

/* The second form is compiled first and must not be what is complained of. */
START_TEST(errors_are_those_of_the_pattern)
{
	static const struct {
		const char *pattern, *says;
	} bad[] = {
		{ "", "empty" },
		{ "(", "Unmatched ( or \\(" },
		{ "a(b", "Unmatched ( or \\(" },
		{ "[a", "Unmatched [" },
		{ "[[:x", "Unmatched [" },
		{ "a\\", "Trailing backslash" },
		{ "a{2,1}", "Invalid content of \\{\\}" },
		{ "[[:x:]]", "Invalid character class name" },
		{ "(a)\\1", "back-reference" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct pattern_error error = { "" };
		struct pattern pattern;

		ck_assert_int_eq(
			pattern_compile(&pattern, bad[i].pattern, &error),
			-EINVAL);
		ck_assert_msg(strstr(error.text, bad[i].says), "%s: %s",
			      bad[i].pattern, error.text);
	}
}
END_TEST

START_TEST(which_match_across_lines)
{
	static const struct {
		const char *pattern;
		bool lines;
	} all[] = { { "a\\nb", true }, { "a.b", false }, { "a\\\\nb", false } };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct pattern_error error;
		struct pattern pattern;

		ck_assert_int_eq(
			pattern_compile(&pattern, all[i].pattern, &error), 0);
		ck_assert_msg(pattern.lines == all[i].lines, "%s",
			      all[i].pattern);
		pattern_free(&pattern);
	}
}
END_TEST

/* Wherever it begins, and whatever stands before it there, it is what
 * regexec(3) finds. */
START_TEST(windows_make_no_difference)
{
	static const char *const patterns[] = {
		"^x", "\\<x", "\\Bx", "x$", "x.*y|z", "[^ax]", "\\bx\\b",
	};
	static const char before[] = "a \n";
	enum { LEN = 200 };
	/* Address sanitizer's regexec(3) wants an end. */
	char text[LEN + 1] = "";

	for (size_t i = 0; i < ARRAY_SIZE(patterns) * LEN; i++) {
		size_t at = i % LEN;
		struct pattern_error error;
		struct pattern pattern;

		ck_assert_int_eq(
			pattern_compile(&pattern, patterns[i / LEN], &error),
			0);
		for (size_t k = 0; k < strlen(before); k++) {
			regmatch_t m = { 0, LEN };
			size_t end = 0;
			bool found;

			memset(text, 'a', LEN);
			text[at ? at - 1 : 0] = before[k];
			text[at] = 'x';
			found = regexec(&pattern.where, text, 1, &m,
					REG_STARTEND) == 0;
			ck_assert(pattern_find(&pattern, text, LEN, 0, &end) ==
				  found);
			ck_assert(!found || end == (size_t)m.rm_eo);
		}
		pattern_free(&pattern);
	}
}
END_TEST

/* Not each position is tried, up to the first that matches: this once took
 * minutes. */
START_TEST(where_is_found_soon)
{
	struct pattern_error error;
	struct pattern pattern;
	enum { LEN = 8192 };
	static char text[LEN + 1];
	size_t end;

	memset(text, 'a', LEN);
	text[LEN - 1] = 'z';
	ck_assert_int_eq(pattern_compile(&pattern, "(a+a+)+y|z", &error), 0);
	for (unsigned i = 0; i < 600; i++) {
		ck_assert(pattern_find(&pattern, text, LEN, 0, &end));
		ck_assert_uint_eq(end, LEN);
	}
	pattern_free(&pattern);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_perls_is_refused,
		what_looks_like_it_is_not,
		both_forms_agree,
		zeros_and_other_bytes,
		errors_are_those_of_the_pattern,
		which_match_across_lines,
		windows_make_no_difference,
		where_is_found_soon,
		NULL,
	};

	return unit_run(unit_suite("pattern", tests));
}
