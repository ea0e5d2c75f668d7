/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * escape.h - Ctrl-A and a letter: what is typed to minivmm, not to the guest
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

/* Zero-initialised; @pending: Ctrl-A was typed. */
struct escape {
	bool pending;
};

/* What to do about the next character typed. */
enum escape_action escape_feed(struct escape *escape, uint8_t c);

/* The text for ESCAPE_HELP, for a terminal in raw mode. */
extern const char escape_help[];

#endif
