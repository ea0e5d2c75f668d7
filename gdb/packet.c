/* SPDX-License-Identifier: BSD-2-Clause */
#include "gdb/packet.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"

static enum gdb_event between(struct gdb_parser *p, uint8_t byte)
{
	switch (byte) {
	case '+':
		return GDB_ACK;
	case '-':
		return GDB_NACK;
	case GDB_INTERRUPT_BYTE:
		return GDB_INTERRUPT;
	case '$':
		p->state = GDB_TEXT;
		p->len = 0;
		p->sum = 0;
		p->too_long = false;
		return GDB_NOTHING;
	default:
		/* Noise, as on a serial line. */
		return GDB_NOTHING;
	}
}

static enum gdb_event in_text(struct gdb_parser *p, uint8_t byte)
{
	if (byte == '#') {
		p->state = GDB_SUM_HIGH;
		return GDB_NOTHING;
	}
	/* Never part of a text: the sender has begun anew. */
	if (byte == '$')
		return between(p, byte);
	p->sum = (uint8_t)(p->sum + byte);
	if (p->len < GDB_PACKET_SIZE)
		p->text[p->len++] = (char)byte;
	else
		p->too_long = true;
	return GDB_NOTHING;
}

/* The value of a hexadecimal digit; -1: it is none. */
static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* A checksum that is not a number is wrong in any case: a digit's value is
 * below 16. */
static enum gdb_event last_digit(struct gdb_parser *p, uint8_t byte)
{
	int digit = digit_of((char)byte);

	p->state = GDB_BETWEEN;
	p->text[p->len] = '\0';
	if (p->too_long)
		return GDB_TOO_LONG;
	if (digit < 0 || p->claimed > 0xf ||
	    (p->claimed << 4 | digit) != p->sum)
		return GDB_DAMAGED;
	return GDB_PACKET;
}

enum gdb_event gdb_parse(struct gdb_parser *parser, uint8_t byte)
{
	switch (parser->state) {
	case GDB_TEXT:
		return in_text(parser, byte);
	case GDB_SUM_HIGH:
		parser->claimed = (uint8_t)digit_of((char)byte);
		parser->state = GDB_SUM_LOW;
		return GDB_NOTHING;
	case GDB_SUM_LOW:
		return last_digit(parser, byte);
	case GDB_BETWEEN:
		break;
	}
	return between(parser, byte);
}

bool gdb_number(const char **p, uint64_t *value)
{
	unsigned n = 0;

	*value = 0;
	for (; digit_of(**p) >= 0; ++*p) {
		if (++n > 16)
			return false;
		*value = *value << 4 | (uint64_t)digit_of(**p);
	}
	return n > 0;
}

bool gdb_unhex(const char *hex, size_t n, uint8_t *out)
{
	for (size_t i = 0; i < n; i++) {
		int high = digit_of(hex[2 * i]);
		int low = high < 0 ? -1 : digit_of(hex[2 * i + 1]);

		if (low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

size_t gdb_unescape(char *data, size_t len)
{
	size_t out = 0;

	for (size_t i = 0; i < len; i++) {
		char c = data[i];

		if (c == '}' && i + 1 < len)
			c = (char)(data[++i] ^ 0x20);
		data[out++] = c;
	}
	return out;
}

void gdb_put(struct gdb_reply *reply, const char *fmt, ...)
{
	size_t room = sizeof(reply->text) - reply->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(reply->text + reply->len, room, fmt, ap);
	va_end(ap);
	/* vsnprintf() ends a text that is cut with a 0. */
	if (n > 0 && room)
		reply->len += MIN((size_t)n, room - 1);
}

void gdb_put_hex(struct gdb_reply *reply, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len && sizeof(reply->text) - reply->len >= 2;
	     i++) {
		reply->text[reply->len++] = digits[bytes[i] >> 4];
		reply->text[reply->len++] = digits[bytes[i] & 0xf];
	}
}

void gdb_put_binary(struct gdb_reply *reply, const void *data, size_t len)
{
	const char *bytes = data;

	for (size_t i = 0; i < len && sizeof(reply->text) - reply->len >= 2;
	     i++) {
		char c = bytes[i];

		if (c == '$' || c == '#' || c == '}' || c == '*') {
			reply->text[reply->len++] = '}';
			c ^= 0x20;
		}
		reply->text[reply->len++] = c;
	}
}

size_t gdb_frame(const char *text, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t sum = 0;

	out[0] = '$';
	memcpy(out + 1, text, len);
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + (uint8_t)text[i]);
	out[len + 1] = '#';
	out[len + 2] = digits[sum >> 4];
	out[len + 3] = digits[sum & 0xf];
	return len + 4;
}
