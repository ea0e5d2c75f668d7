/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart.h - a 16550A: what PC software calls COM1
 *
 * Reference: National Semiconductor PC16550D data sheet (June 1995).
 *
 * It differs from the chip because nothing here takes time: a byte is sent the
 * moment it is written, and the receiver time-out (four character times of
 * silence) expires at once.
 *
 * It also differs in favour of people who type or pipe input in: a real UART
 * loses what arrives before its driver is up.  Here input waits until the guest
 * is listening: when it has raised RTS, has enabled the receive interrupt, or
 * polls the line status with nothing to send.
 *
 * Threads: registers are accessed from any vCPU thread, input arrives on the
 * loop's thread; one lock serialises them.  Output goes to the chardev, which
 * never blocks.  Trust: the guest may write anything anywhere.
 */
#ifndef DEVICES_SERIAL_UART_H
#define DEVICES_SERIAL_UART_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bus.h"
#include "base/part.h"
#include "devices/serial/uart_fifo.h"

struct chardev;

#define UART_COM1_BASE 0x3f8
#define UART_COM1_IRQ  4

struct uart {
	struct bus_range range;
	/* An edge each time INTR rises. */
	struct irq irq;
	struct chardev *chardev;
	pthread_mutex_t lock;
	/* All below under the lock.  Registers by the data sheet's names. */
	uint8_t ier, fcr, lcr, mcr, msr, scr, dll, dlm;
	struct uart_fifo received;
	/* The transmitter-empty interrupt is pending (if enabled). */
	bool thre;
	/* A driver has opened it for input; this is reported once. */
	bool opened;
	/* The cause for which INTR is high, as an IIR value; UART_IIR_NONE: it
	 * is low. */
	uint8_t intr;
	/* Reads of LSR since the last write to any register. */
	unsigned polls;
};

/* COM1, made from the struct chardev * to which its line is connected. */
extern const struct part uart_part;

#endif
