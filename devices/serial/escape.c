/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/serial/escape.h"

#define CTRL_A 0x01

const char escape_help[] =
	"\r\n"
	"Ctrl-A x       end minivmm\r\n"
	"Ctrl-A b       send a BREAK (a Linux guest: SysRq)\r\n"
	"Ctrl-A h       this help\r\n"
	"Ctrl-A Ctrl-A  send one Ctrl-A\r\n";

enum escape_action escape_feed(struct escape *escape, uint8_t c)
{
	if (!escape->pending) {
		escape->pending = c == CTRL_A;
		return escape->pending ? ESCAPE_NOTHING : ESCAPE_PASS;
	}
	escape->pending = false;
	switch (c) {
	case CTRL_A:
		return ESCAPE_PASS;
	case 'b':
		return ESCAPE_BREAK;
	case 'x':
		return ESCAPE_QUIT;
	case 'h':
	case '?':
		return ESCAPE_HELP;
	default:
		return ESCAPE_NOTHING;
	}
}
