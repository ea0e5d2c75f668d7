/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text is cut by what it takes of a line, not by its bytes.
 */
#include <string.h>

#include "base/columns.h"
#include "base/util.h"
#include "tests/unit.h"

static const struct {
	const char *text;
	size_t width, fill;
	/* In UTF-8 and without any characters but ASCII's. */
	const char *utf8, *ascii;
} rows[] = {
	{ "abc", 9, 0, "abc", "abc" },
	{ "abc", 2, 0, "ab", "ab" },
	{ "abc", 0, 0, "", "" },
	{ "abc", 9, 5, "abc  ", "abc  " },
	/* No more than the line has room for: 12 columns. */
	{ "abc", 9, 99, "abc         ", "abc         " },
	{ "0123456789abcdef", 99, 0, "0123456789ab", "0123456789ab" },
	/* Two columns each; half of one is not shown. */
	{ "漢字x", 5, 0, "漢字x", "?????" },
	{ "漢字x", 4, 5, "漢字 ", "???? " },
	{ "漢字x", 3, 4, "漢  ", "??? " },
	/* An accent on the letter before it. */
	{ "e\xcc\x81z", 2, 0, "e\xcc\x81z", "e?" },
	/* What a terminal would obey, and what is no character. */
	{ "\033[2J\t\x7f", 9, 0, "?[2J??", "?[2J??" },
	{ "\xff\xe6\xbc", 9, 0, "???", "???" },
	/* A line separator. */
	{ "\xe2\x80\xa8", 9, 0, "?", "?" },
};

static void try_all(locale_t locale, bool utf8)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *got = NULL;
		size_t size;
		FILE *out = open_memstream(&got, &size);
		struct columns line = { out, locale, 12 };

		columns_put(&line, rows[i].text, rows[i].width, rows[i].fill);
		fclose(out);
		ck_assert_str_eq(got, utf8 ? rows[i].utf8 : rows[i].ascii);
		free(got);
	}
}

START_TEST(characters)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);

	ck_assert_ptr_ne(locale, NULL);
	try_all(locale, true);
	freelocale(locale);
}
END_TEST

START_TEST(ascii)
{
	try_all((locale_t)0, false);
}
END_TEST

START_TEST(measured)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	struct columns line = { NULL, locale, 6 };

	ck_assert_uint_eq(columns_put(&line, "漢字", SIZE_MAX, 0), 4);
	ck_assert_uint_eq(line.left, 2);
	ck_assert_uint_eq(columns_put(&line, "漢字", SIZE_MAX, 0), 2);
	ck_assert_uint_eq(columns_put(&line, "a", SIZE_MAX, 9), 0);
	ck_assert_uint_eq(line.left, 0);
	freelocale(locale);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { characters, ascii, measured, NULL };

	return unit_run(unit_suite("columns", tests));
}
