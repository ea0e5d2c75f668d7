/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/serial/escape.h"

#include <stdio.h>

const char *escape_name(uint8_t key, char name[ESCAPE_NAME])
{
	snprintf(name, ESCAPE_NAME, "Ctrl-%c", key | 0x40);
	return name;
}

const char *escape_help(uint8_t key, char text[ESCAPE_TEXT])
{
	char name[ESCAPE_NAME];

	escape_name(key, name);
	snprintf(text, ESCAPE_TEXT,
		 "\r\n"
		 "%s x       end minivmm\r\n"
		 "%s b       send a BREAK (a Linux guest: SysRq)\r\n"
		 "%s h       this help\r\n"
		 "%s %s  send one %s\r\n",
		 name, name, name, name, name, name);
	return text;
}

enum escape_action escape_feed(struct escape *escape, uint8_t c)
{
	if (!escape->pending) {
		escape->pending = escape->key && c == escape->key;
		return escape->pending ? ESCAPE_NOTHING : ESCAPE_PASS;
	}
	escape->pending = false;
	switch (c) {
	case 'b':
		return ESCAPE_BREAK;
	case 'x':
		return ESCAPE_QUIT;
	case 'h':
	case '?':
		return ESCAPE_HELP;
	default:
		return c == escape->key ? ESCAPE_PASS : ESCAPE_NOTHING;
	}
}
