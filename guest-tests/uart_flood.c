/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_flood.c - much output through COM1, for readers that are slow
 *
 * 1 MiB, or kib=N on the command line, in lines of 64 bytes; each is a number
 * in hex and a row of characters that differs from line to line.  Every other
 * line goes out byte by byte, the rest by string instructions.
 */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/serial.h"

enum { LINE = 64, PRESET_KIB = 1024 };

static void line_fill(char *line, unsigned n)
{
	unsigned i;

	for (i = 0; i < 8; i++)
		line[i] = "0123456789abcdef"[n >> (28 - 4 * i) & 15];
	line[8] = ' ';
	for (i = 9; i < LINE - 1; i++)
		line[i] = '!' + (n + i) % 94;
	line[LINE - 1] = '\n';
}

static void line_by_bytes(const char *line)
{
	unsigned i;

	for (i = 0; i < LINE; i++) {
		while (i % UART_FIFO == 0 && !(inb(UART_LSR) & LSR_THRE))
			__asm__ volatile("pause");
		outb(UART_DATA, line[i]);
	}
}

void guest_main(void)
{
	char line[LINE];
	unsigned n, lines = boot_number("kib=", PRESET_KIB) * 1024 / LINE;

	for (n = 0; n < lines; n++) {
		line_fill(line, n);
		if (n & 1)
			line_by_bytes(line);
		else
			serial_write(line, LINE);
	}
}
