/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/screen.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

#define SCREEN_GPA UINT64_C(0xb8000)

enum { CELLS = SCREEN_COLUMNS * SCREEN_LINES };

/* Text has at least so many letters, and at most one other character for so
 * many letters. */
enum { LETTERS = 4, OTHERS = 4 };

static bool is_blank(uint8_t c)
{
	return c == 0 || c == ' ';
}

/* Text is mostly ASCII, in colours that are not black on black. */
static bool is_text(const uint8_t *cells)
{
	unsigned letters = 0, others = 0;

	for (unsigned i = 0; i < CELLS; i++) {
		uint8_t c = cells[2 * (size_t)i];
		uint8_t colours = cells[2 * (size_t)i + 1];

		if (is_blank(c))
			continue;
		if (c > ' ' && c < 0x7f && colours)
			letters += isalnum(c) != 0;
		else
			others++;
	}
	return letters >= LETTERS && others <= letters / OTHERS;
}

/* Read one line; returns its length without the blanks at its end. */
static size_t read_line(const uint8_t *cells, char line[SCREEN_COLUMNS + 1])
{
	size_t len = 0;

	for (size_t i = 0; i < SCREEN_COLUMNS; i++) {
		uint8_t c = cells[2 * i];

		if (is_blank(c)) {
			line[i] = ' ';
			continue;
		}
		line[i] = '.';
		if (c > ' ' && c < 0x7f)
			line[i] = (char)c;
		len = i + 1;
	}
	line[len] = '\0';
	return len;
}

size_t screen_read(const uint8_t *cells,
		   char lines[SCREEN_LINES][SCREEN_COLUMNS + 1])
{
	size_t n = 0;

	if (!is_text(cells))
		return 0;
	for (size_t i = 0; i < SCREEN_LINES; i++)
		if (read_line(cells + i * 2 * SCREEN_COLUMNS, lines[n]))
			n++;
	return n;
}

void screen_show(const struct mem *mem)
{
	const void *at = mem_at(mem, SCREEN_GPA, (uint64_t)2 * CELLS);
	char lines[SCREEN_LINES][SCREEN_COLUMNS + 1];
	uint8_t cells[2 * CELLS];
	size_t n;

	if (!at)
		return;
	memcpy(cells, at, sizeof(cells));
	n = screen_read(cells, lines);
	for (size_t i = 0; i < n; i++)
		log_warn("screen: %s", lines[i]);
}
