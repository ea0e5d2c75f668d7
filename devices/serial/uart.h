/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart.h - a 16550A: what PC software calls COM1
 *
 * Reference: National Semiconductor PC16550D data sheet (June 1995).
 *
 * Where it departs from the chip, it does so because nothing here takes
 * time: a byte is sent the moment it is written, and the receiver time-out
 * (four character times of silence) elapses at once.
 *
 * And it departs from a bare wire in favour of who types or pipes input in:
 * a real UART loses what arrives before its driver is up.  Input here waits
 * until the guest is listening: it has raised RTS, enabled the receive
 * interrupt, or polls the line status with nothing to send.
 *
 * Threads: registers are accessed from any vCPU thread, input arrives on the
 * loop's thread; one lock serialises them.  Output goes to the chardev,
 * which never blocks.  Trust: the guest may write anything anywhere.
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
	/* A driver has taken it into use: said once. */
	bool opened;
	/* What INTR is high for, as an IIR value; UART_IIR_NONE: low. */
	uint8_t intr;
	/* Reads of LSR since the last write to any register. */
	unsigned polls;
};

/* COM1, made from the struct chardev * that its line is connected to. */
extern const struct part uart_part;

#endif
