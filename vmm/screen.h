/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * screen.h - what a guest has written to the text screen of a PC
 *
 * There is no display, but what a guest writes to where one would be, at
 * 0xB8000, is in its memory: 25 lines of 80 cells, each a character and its
 * colours.
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
 * The lines at @cells, of 2 * SCREEN_COLUMNS * SCREEN_LINES bytes, as far as
 * there is something on them, without the blanks at their ends.  Returns how
 * many there are; 0 if that is not text.  Characters that are not ASCII are
 * shown as points.
 */
size_t screen_read(const uint8_t *cells,
		   char lines[SCREEN_LINES][SCREEN_COLUMNS + 1]);

/* Show what is on the screen in @mem, if it is text, as messages. */
void screen_show(const struct mem *mem);

#endif
