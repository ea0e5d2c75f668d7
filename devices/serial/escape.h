/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * escape.h - the escape key and a letter: commands typed to minivmm, not to the
 * guest
 */
#ifndef DEVICES_SERIAL_ESCAPE_H
#define DEVICES_SERIAL_ESCAPE_H

#include <stdbool.h>
#include <stdint.h>

enum escape_action {
	/* The character is for the guest. */
	ESCAPE_PASS,
	/* The character was used; there is nothing to do. */
	ESCAPE_NOTHING,
	ESCAPE_BREAK,
	ESCAPE_QUIT,
	ESCAPE_HELP,
};

struct escape {
	/* A control character, such as 1 for Ctrl-A; 0: there is none. */
	uint8_t key;
	/* The escape key was typed, and the letter comes next. */
	bool pending;
};

/* What to do about the next character typed. */
enum escape_action escape_feed(struct escape *escape, uint8_t c);

/* The key's name for people, such as "Ctrl-A".  Returns @name. */
enum { ESCAPE_NAME = 8 };
const char *escape_name(uint8_t key, char name[ESCAPE_NAME]);

/* The help text for ESCAPE_HELP, for a terminal in raw mode.  Returns @text. */
enum { ESCAPE_TEXT = 256 };
const char *escape_help(uint8_t key, char text[ESCAPE_TEXT]);

#endif
