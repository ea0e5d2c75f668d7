/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart.h - a 16550A: what PC software calls COM1
 *
 * Reference: National Semiconductor PC16550D data sheet (June 1995).
 *
 * Threads: registers are accessed from any vCPU thread, input arrives on the
 * loop's thread; one lock serialises them.  Output goes to the chardev,
 * which never blocks.
 */
#ifndef DEVICES_SERIAL_UART_H
#define DEVICES_SERIAL_UART_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "vmm/bus.h"

struct chardev;
struct irq;

#define UART_COM1_BASE 0x3f8
#define UART_COM1_IRQ  4

#define UART_FIFO_SIZE 16

struct uart;

/*
 * Put a UART at port @base of @bus, interrupting through @irq (an edge on
 * every change from idle to pending), its line connected to @chardev.
 * -errno when the ports are taken.
 */
int uart_init(struct uart *uart, struct bus *bus, uint16_t base,
	      const struct irq *irq, struct chardev *chardev);

/* Disconnect.  No vCPU may be running. */
void uart_free(struct uart *uart, struct bus *bus);

#endif
