/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_printable.c - what reaches a terminal of what a guest says
 */
#include <stdint.h>
#include <string.h>

#include "base/printable.h"
#include "base/util.h"
#include "tests/unit.h"

START_TEST(each_kind_of_text)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{ "", "" },
		{ "plain ~text", "plain ~text" },
		/* Control characters; the tab and the newline are some. */
		{ "a\nb\tc\x1b[2J\x7f\rd", "a?b?c?[2J??d" },
		/* C1 as single bytes: CSI of 8 bits, OSC; and as UTF-8. */
		{ "x\x9b"
		  "2J\x9dy",
		  "x?2J?y" },
		{ "x\xc2\x9b"
		  "2J\xc2\x80\xc2\x9fy",
		  "x?2J??y" },
		{ "\xc2\xa0\xc2\xa1", "\xc2\xa0\xc2\xa1" },
		/* Letters of all lengths stay. */
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		  "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		/* Direction: override, isolate, mark. */
		{ "a\xe2\x80\xae"
		  "b\xe2\x81\xa6"
		  "c\xe2\x80\x8f"
		  "d\xd8\x9c",
		  "a?b?c?d?" },
		/* Without width, line separator, byte order mark, tag. */
		{ "\xe2\x80\x8b\xe2\x80\xa8\xef\xbb\xbf\xf3\xa0\x80\xa1",
		  "????" },
		{ "\xc2\xad\xe1\xa0\x8e", "??" },
		/* Private use; no characters; the replacement character is
		 * one. */
		{ "\xee\x80\x80\xef\xbf\xbf\xef\xbf\xbd", "??\xef\xbf\xbd" },
		/* Not UTF-8: alone, cut, overlong, surrogate, too large. */
		{ "\x80"
		  "a\xff\xfe",
		  "?a??" },
		{ "a\xe2\x82", "a??" },
		{ "a\xe2\x82z", "a??z" },
		{ "\xc0\xaf\xe0\x80\xaf", "?????" },
		{ "\xed\xa0\x80", "???" },
		{ "\xf4\x90\x80\x80\xf8\x88\x80\x80\x80", "?????????" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[64];

		strcpy(text, rows[i].text);
		printable_string(text);
		ck_assert_msg(!strcmp(text, rows[i].shown), "row %zu: %s", i,
			      text);
	}
}
END_TEST

/* Whatever two bytes there are: no control character is left, and nothing is
 * written behind the text. */
START_TEST(every_pair_of_bytes)
{
	for (unsigned pair = 0; pair < 0x10000; pair++) {
		char text[] = { (char)(pair >> 8), (char)pair, 'x' };
		size_t len = printable(text, 2);

		ck_assert_uint_le(len, 2);
		ck_assert_int_eq(text[2], 'x');
		for (size_t i = 0; i < len; i++) {
			uint8_t c = (uint8_t)text[i];

			ck_assert_msg(c >= 0x20 && c != 0x7f, "%04x", pair);
			if (c == 0xc2)
				ck_assert_uint_ge((uint8_t)text[i + 1], 0xa0);
		}
	}
}
END_TEST

START_TEST(zeros_are_bytes)
{
	char text[] = "a\0b";

	ck_assert_uint_eq(printable(text, 3), 3);
	ck_assert_str_eq(text, "a?b");
}
END_TEST

START_TEST(escape_sequences)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {
		{ "", 0 },
		{ "text", 0 },
		{ "\033", 0 },
		{ "\033[1;31mred", 7 },
		{ "\033[", 2 },
		{ "\033(Btext", 3 },
		{ "\033cx", 2 },
		{ "\033 text", 2 },
		{ "\033]0;title\ax", 10 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_uint_eq(
			escape_length(cases[i].text, strlen(cases[i].text)),
			cases[i].len);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_kind_of_text,
		every_pair_of_bytes,
		zeros_are_bytes,
		escape_sequences,
		NULL,
	};

	return unit_run(unit_suite("printable", tests));
}
