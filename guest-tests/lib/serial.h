/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * serial.h - COM1 polled, its FIFO on
 */
#ifndef GUEST_LIB_SERIAL_H
#define GUEST_LIB_SERIAL_H

#include <stddef.h>
#include <stdint.h>

enum {
	COM1 = 0x3f8,
	COM1_IRQ = 4,

	UART_DATA = COM1,
	UART_IER = COM1 + 1,
	UART_IIR = COM1 + 2,
	UART_FCR = COM1 + 2,
	UART_LCR = COM1 + 3,
	UART_MCR = COM1 + 4,
	UART_LSR = COM1 + 5,
	UART_MSR = COM1 + 6,
	UART_SCR = COM1 + 7,

	IER_RX = 0x01,
	MCR_OUT2 = 0x08,

	LSR_DATA = 0x01,
	LSR_OVERRUN = 0x02,
	LSR_BREAK = 0x10,
	LSR_THRE = 0x20,
	LSR_TEMT = 0x40,

	UART_FIFO = 16,
};

void serial_init(void);

/* One look at the line status for every FIFO's worth. */
void serial_write(const void *buf, size_t len);

/* Wait until all is sent. */
void serial_drain(void);

/* Wait for a byte; -1 after @timeout_ms. */
int serial_read(unsigned timeout_ms);

#endif
