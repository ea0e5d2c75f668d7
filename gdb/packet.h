/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packet.h - the frames of GDB's remote serial protocol
 *
 * A packet is $TEXT#CC with two digits of checksum.  Each side acknowledges a
 * packet by '+' or asks for it again by '-', until both agree to leave that
 * out.  A byte 3 between packets means Ctrl-C.  "Debugging with GDB", appendix
 * E.1.
 *
 * Whoever is connected may send anything.  A packet that is too long is read
 * to its end and told as bad; nothing is allocated.
 *
 * Threads: the owner's; nothing is shared.
 */
#ifndef GDB_PACKET_H
#define GDB_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest text between '$' and '#', in both directions; "PacketSize" of
 * qSupported. */
enum { GDB_PACKET_SIZE = 0x4000 };

/* The byte that interrupts the target. */
enum { GDB_INTERRUPT_BYTE = 3 };

/* What a byte has completed. */
enum gdb_event {
	GDB_NOTHING,
	/* '+' and '-': the peer has received our last packet, or has not. */
	GDB_ACK,
	GDB_NACK,
	/* Ctrl-C. */
	GDB_INTERRUPT,
	/* The text is in the parser. */
	GDB_PACKET,
	/* The same, but the checksum is wrong. */
	GDB_DAMAGED,
	/* It was longer than GDB_PACKET_SIZE. */
	GDB_TOO_LONG,
};

enum gdb_parser_state { GDB_BETWEEN, GDB_TEXT, GDB_SUM_HIGH, GDB_SUM_LOW };

/* All zero, it is between two packets. */
struct gdb_parser {
	enum gdb_parser_state state;
	/* @len bytes, and a 0 behind them when a packet is complete. */
	char text[GDB_PACKET_SIZE + 1];
	size_t len;
	bool too_long;
	uint8_t sum, claimed;
};

/* Take the next byte. */
enum gdb_event gdb_parse(struct gdb_parser *parser, uint8_t byte);

/* Read a hexadecimal number of up to 16 digits at *@p, and have *@p point
 * behind it.  False: there is none, or it is longer. */
bool gdb_number(const char **p, uint64_t *value);

/* Decode @n bytes of hexadecimal digits.  False: one is not a digit. */
bool gdb_unhex(const char *hex, size_t n, uint8_t *out);

/* Undo the escapes of binary data, '}' and a byte xor 0x20, in place; the new
 * length. */
size_t gdb_unescape(char *data, size_t len);

/* A text that is being written, of GDB_PACKET_SIZE bytes at most: what is more
 * is left out. */
struct gdb_reply {
	char text[GDB_PACKET_SIZE];
	size_t len;
};

void gdb_put(struct gdb_reply *reply, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void gdb_put_hex(struct gdb_reply *reply, const void *data, size_t len);
/* With escapes. */
void gdb_put_binary(struct gdb_reply *reply, const void *data, size_t len);

/* Write the packet with @len bytes of @text to @out, which has room for @len +
 * 4; its length. */
size_t gdb_frame(const char *text, size_t len, char *out);

#endif
