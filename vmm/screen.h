/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * screen.h - the text on a PC's screen, from the guest's memory
 *
 * The machine has no display, but what a guest writes to the address of a text
 * screen, 0xB8000, is in its memory: 25 lines of 80 cells, each with a
 * character and its colours.
 *
 * Threads: any; the guest may write at the same time.
 */
#ifndef VMM_SCREEN_H
#define VMM_SCREEN_H

#include <stddef.h>
#include <stdint.h>

enum { SCREEN_COLUMNS = 80, SCREEN_LINES = 25 };

struct mem;

/*
 * Read the lines from @cells, which are 2 * SCREEN_COLUMNS * SCREEN_LINES
 * bytes, without blanks at their ends.  Blank lines are left out, and a
 * character that is not ASCII becomes a point.  Returns the number of lines; 0
 * if @cells do not look like text.
 */
size_t screen_read(const uint8_t *cells,
		   char lines[SCREEN_LINES][SCREEN_COLUMNS + 1]);

/* If there is text on the screen in @mem, show it as messages. */
void screen_show(const struct mem *mem);

#endif
