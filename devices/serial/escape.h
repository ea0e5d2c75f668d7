/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * escape.h - the escape key and a letter: what is typed to minivmm, not to the
 * guest
 */
#ifndef DEVICES_SERIAL_ESCAPE_H
#define DEVICES_SERIAL_ESCAPE_H

#include <stdbool.h>
#include <stdint.h>

enum escape_action {
	/* The character is the guest's. */
	ESCAPE_PASS,
	/* It was taken; nothing to do. */
	ESCAPE_NOTHING,
	ESCAPE_BREAK,
	ESCAPE_QUIT,
	ESCAPE_HELP,
};

struct escape {
	/* A control character, such as 1 for Ctrl-A; 0: there is none. */
	uint8_t key;
	/* It was typed. */
	bool pending;
};

/* What to do about the next character typed. */
enum escape_action escape_feed(struct escape *escape, uint8_t c);

/* Its name for people, "Ctrl-A"; returns @name. */
enum { ESCAPE_NAME = 8 };
const char *escape_name(uint8_t key, char name[ESCAPE_NAME]);

/* The text for ESCAPE_HELP, for a terminal in raw mode; returns @text. */
enum { ESCAPE_TEXT = 256 };
const char *escape_help(uint8_t key, char text[ESCAPE_TEXT]);

#endif
