/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_screen.c - what is text on a screen, and what is other data there
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit.h"
#include "vmm/screen.h"

#define SIZE (2 * SCREEN_COLUMNS * SCREEN_LINES)

static uint8_t cells[SIZE];
static char lines[SCREEN_LINES][SCREEN_COLUMNS + 1];

static void put(unsigned line, unsigned column, const char *text,
		uint8_t colours)
{
	uint8_t *cell = cells + 2 * (line * SCREEN_COLUMNS + column);

	for (; *text; text++) {
		*cell++ = (uint8_t)*text;
		*cell++ = colours;
	}
}

static void clear(uint8_t c, uint8_t colours)
{
	for (unsigned i = 0; i < SIZE; i += 2) {
		cells[i] = c;
		cells[i + 1] = colours;
	}
}

START_TEST(lines_with_text)
{
	clear(' ', 7);
	put(0, 0, "Booting MyOS", 0x0f);
	put(3, 2, "panic: \x1b[2J \xcd\xcd no disk", 0x4f);
	put(24, 79, "x", 7);
	ck_assert_uint_eq(screen_read(cells, lines), 3);
	ck_assert_str_eq(lines[0], "Booting MyOS");
	ck_assert_str_eq(lines[1], "  panic: .[2J .. no disk");
	ck_assert_uint_eq(strlen(lines[2]), SCREEN_COLUMNS);
	/* Memory as it was, but for the text. */
	clear(0, 0);
	put(12, 0, "ok: 7", 7);
	ck_assert_uint_eq(screen_read(cells, lines), 0);
	put(12, 0, "done: 7", 7);
	ck_assert_uint_eq(screen_read(cells, lines), 1);
}
END_TEST

START_TEST(what_is_no_text)
{
	clear(0, 0);
	ck_assert_uint_eq(screen_read(cells, lines), 0);
	clear(' ', 7);
	ck_assert_uint_eq(screen_read(cells, lines), 0);
	/* In black on black. */
	put(0, 0, "invisible text", 0);
	ck_assert_uint_eq(screen_read(cells, lines), 0);
	memset(cells, 0xff, sizeof(cells));
	ck_assert_uint_eq(screen_read(cells, lines), 0);
	srand(1);
	for (unsigned i = 0; i < SIZE; i++)
		cells[i] = (uint8_t)rand();
	ck_assert_uint_eq(screen_read(cells, lines), 0);
	/* Text of another kind: a byte each. */
	for (unsigned i = 0; i < SIZE; i++)
		cells[i] = "\0\1\2\3abc\xff"[i % 8];
	ck_assert_uint_eq(screen_read(cells, lines), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lines_with_text,
		what_is_no_text,
		NULL,
	};

	return unit_run(unit_suite("screen", tests));
}
