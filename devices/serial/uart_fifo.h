/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_fifo.h - what a UART has received and the guest has not read yet
 *
 * One character, or a FIFO of 16, with their errors as bits of LSR.
 *
 * Threads: under the UART's lock.
 */
#ifndef DEVICES_SERIAL_UART_FIFO_H
#define DEVICES_SERIAL_UART_FIFO_H

#include <stdbool.h>
#include <stdint.h>

#define UART_FIFO_SIZE 16

/* All zero: empty, and without FIFO. */
struct uart_fifo {
	/* A character and the LSR error bits that came with it. */
	struct uart_char {
		uint8_t data, errors;
	} slot[UART_FIFO_SIZE];
	unsigned head, count;
	bool enabled;
	/* LSR error bits that the guest has not read yet. */
	uint8_t errors;
};

/* For how many characters there is room. */
unsigned uart_fifo_room(const struct uart_fifo *fifo);

/* A character arrives, with LSR error bits of its own.  If there is no room,
 * that is an overrun. */
void uart_fifo_push(struct uart_fifo *fifo, uint8_t data, uint8_t errors);

/* The next character; 0 when there is none. */
uint8_t uart_fifo_pop(struct uart_fifo *fifo);

/* Drop the characters, and all errors except an overrun. */
void uart_fifo_clear(struct uart_fifo *fifo);

/* The bits of LSR for these characters.  Reading clears the error bits. */
uint8_t uart_fifo_status(struct uart_fifo *fifo);

#endif
