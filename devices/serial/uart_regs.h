/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_regs.h - the registers of a 16550A
 *
 * Reference: National Semiconductor PC16550D data sheet (June 1995), table 2.
 */
#ifndef DEVICES_SERIAL_UART_REGS_H
#define DEVICES_SERIAL_UART_REGS_H

#include "base/util.h"

#define UART_PORTS 8

/* Register offsets.  Those at 0 and 1 depend on DLAB: clear, or set. */
enum uart_reg {
	UART_RBR_THR_DLL,
	UART_IER_DLM,
	UART_IIR_FCR,
	UART_LCR,
	UART_MCR,
	UART_LSR,
	UART_MSR,
	UART_SCR,
};

enum uart_ier {
	UART_IER_RECEIVE = BIT(0),
	UART_IER_TRANSMIT = BIT(1),
	UART_IER_LINE = BIT(2),
	UART_IER_MODEM = BIT(3),
	UART_IER_MASK = 0x0f,
};

enum uart_iir {
	UART_IIR_MODEM = 0x00,
	UART_IIR_NONE = 0x01,
	UART_IIR_TRANSMIT = 0x02,
	UART_IIR_RECEIVE = 0x04,
	UART_IIR_LINE = 0x06,
	UART_IIR_TIMEOUT = 0x0c,
	UART_IIR_FIFOS = 0xc0,
};

enum uart_fcr {
	UART_FCR_ENABLE = BIT(0),
	UART_FCR_CLEAR_RECEIVE = BIT(1),
	UART_FCR_TRIGGER_SHIFT = 6,
};

enum uart_lcr {
	UART_LCR_8BITS = 0x03,
	UART_LCR_BREAK = BIT(6),
	UART_LCR_DLAB = BIT(7),
};

enum uart_mcr {
	UART_MCR_DTR = BIT(0),
	UART_MCR_RTS = BIT(1),
	UART_MCR_OUT1 = BIT(2),
	UART_MCR_OUT2 = BIT(3),
	UART_MCR_LOOP = BIT(4),
	UART_MCR_MASK = 0x1f,
};

enum uart_lsr {
	UART_LSR_READY = BIT(0),
	UART_LSR_OVERRUN = BIT(1),
	UART_LSR_BREAK = BIT(4),
	/* Holding register and transmitter are empty: always so here. */
	UART_LSR_EMPTY = BIT(5) | BIT(6),
	UART_LSR_FIFO_ERROR = BIT(7),
};

enum uart_msr {
	UART_MSR_TERI = BIT(2),
	UART_MSR_DELTAS = 0x0f,
	UART_MSR_CTS = BIT(4),
	UART_MSR_DSR = BIT(5),
	UART_MSR_RI = BIT(6),
	UART_MSR_DCD = BIT(7),
	/* The host's end is always there, and always ready. */
	UART_MSR_HOST = UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD,
};

#endif
