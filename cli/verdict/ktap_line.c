/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/verdict/ktap_line.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* The largest number of digits that surely fits. */
enum { DIGITS = 9 };

static bool take(struct subtest_text *text, const char *word)
{
	size_t len = strlen(word);

	if (text->len < len || memcmp(text->text, word, len) != 0)
		return false;
	text->text += len;
	text->len -= len;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static size_t take_blanks(struct subtest_text *text)
{
	size_t n = 0;

	while (n < text->len && is_blank(text->text[n]))
		n++;
	text->text += n;
	text->len -= n;
	return n;
}

static void trim(struct subtest_text *text)
{
	take_blanks(text);
	while (text->len && is_blank(text->text[text->len - 1]))
		text->len--;
}

/* Take a number, which ends with the text or before a blank. */
static bool take_number(struct subtest_text *text, uint32_t *number)
{
	size_t n = 0;

	*number = 0;
	while (n < text->len && n <= DIGITS &&
	       isdigit((unsigned char)text->text[n]))
		*number = *number * 10 + (uint32_t)(text->text[n++] - '0');
	if (!n || n > DIGITS || (n < text->len && !is_blank(text->text[n])))
		return false;
	text->text += n;
	text->len -= n;
	return true;
}

/* Cut @text at its number sign, which must be first or after a blank.  Returns
 * the text after the sign. */
static struct subtest_text cut_directive(struct subtest_text *text)
{
	struct subtest_text rest = { text->text + text->len, 0 };

	for (size_t i = 0; i < text->len; i++) {
		if (text->text[i] != '#' || (i && !is_blank(text->text[i - 1])))
			continue;
		rest.text = text->text + i + 1;
		rest.len = text->len - i - 1;
		text->len = i;
		break;
	}
	trim(text);
	trim(&rest);
	return rest;
}

/* Take the word @word, in any case unless @exact, and a colon. */
static bool take_word(struct subtest_text *text, const char *word, bool exact)
{
	size_t len = strlen(word);
	bool same = text->len >= len &&
		    (exact ? !memcmp(text->text, word, len) :
			     !strncasecmp(text->text, word, len));
	size_t end = len + (same && text->len > len && text->text[len] == ':');

	if (!same || (text->len > end && !is_blank(text->text[end])))
		return false;
	text->text += end;
	text->len -= end;
	take_blanks(text);
	return true;
}

static bool take_skip(struct subtest_text *why)
{
	return take_word(why, "skip", false) ||
	       take_word(why, "skipped", false);
}

/* Whether @why begins with a word that means that the test has failed. */
static bool is_failure(struct subtest_text why)
{
	return take_word(&why, "TIMEOUT", true) ||
	       take_word(&why, "ERROR", true);
}

/* The text after the number sign can make "not ok" no failure and, against the
 * rules, "ok" a failure. */
static void read_directive(struct ktap_line *line, bool ok)
{
	struct subtest_text *why = &line->why;

	line->result = ok ? SUBTEST_PASS : SUBTEST_FAIL;
	if (take_skip(why))
		line->result = SUBTEST_SKIP;
	else if (take_word(why, "todo", false) ||
		 take_word(why, "xfail", false))
		line->result = ok ? SUBTEST_PASS : SUBTEST_TODO;
	else if (is_failure(*why))
		line->result = SUBTEST_FAIL;
}

/* Parse "1 - name # why", after "ok".  TAP, unlike KTAP, needs no number, but
 * without one there must be a hyphen: "ok then" is ordinary text. */
static bool read_result(struct ktap_line *line, struct subtest_text text,
			bool ok)
{
	struct subtest_text digits;

	if (!take_blanks(&text))
		return false;
	digits = text;
	if (take_number(&text, &line->number)) {
		digits.len -= text.len;
		take_blanks(&text);
	} else if (text.len < 2 || text.text[0] != '-') {
		return false;
	}
	if (text.len && text.text[0] == '-' &&
	    (text.len == 1 || is_blank(text.text[1])))
		text = (struct subtest_text){ text.text + 1, text.len - 1 };
	line->kind = KTAP_RESULT;
	line->name = text;
	line->why = cut_directive(&line->name);
	read_directive(line, ok);
	/* kselftest also writes "ok 3 # SKIP name". */
	if (!line->name.len) {
		line->name = line->why.len ? line->why : digits;
		line->why.len = 0;
	}
	return true;
}

static bool read_plan(struct ktap_line *line, struct subtest_text text)
{
	if (!take(&text, "1..") || !take_number(&text, &line->number))
		return false;
	line->kind = KTAP_PLAN;
	line->why = cut_directive(&text);
	line->result = take_skip(&line->why) ? SUBTEST_SKIP : SUBTEST_PASS;
	/* More text: it is a sentence that begins like a plan. */
	return !text.len;
}

static bool read_version(struct ktap_line *line, struct subtest_text text)
{
	if (!take(&text, "KTAP version ") && !take(&text, "TAP version "))
		return false;
	line->kind = KTAP_VERSION;
	trim(&text);
	return take_number(&text, &line->number) && !text.len;
}

static bool read_item(struct ktap_line *line, struct subtest_text text)
{
	struct subtest_text rest = text;

	if (take(&rest, "Bail out!")) {
		trim(&rest);
		line->kind = KTAP_BAIL_OUT;
		line->why = rest;
		return true;
	}
	if (take(&rest, "ok"))
		return read_result(line, rest, true);
	if (take(&rest, "not ok"))
		return read_result(line, rest, false);
	return read_version(line, text) || read_plan(line, text);
}

static bool read_header(struct ktap_line *line, struct subtest_text text)
{
	if (!take(&text, "# Subtest: ") && !take(&text, "# Subtest "))
		return false;
	trim(&text);
	line->kind = KTAP_SUBTEST;
	line->name = text;
	return true;
}

struct ktap_line ktap_line_read(const char *text, size_t len)
{
	struct subtest_text rest = { text, len };
	struct ktap_line line = { 0 };

	trim(&rest);
	for (;;) {
		struct ktap_line item = {
			.column = (size_t)(rest.text - text),
			.commented = line.commented,
		};

		if (read_header(&item, rest) || read_item(&item, rest))
			return item;
		if (!take(&rest, "# "))
			return line;
		line.commented = true;
		take_blanks(&rest);
	}
}
