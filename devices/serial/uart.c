/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/serial/uart.h"

#include "base/util.h"
#include "devices/serial/chardev.h"
#include "devices/serial/uart_regs.h"

/* So many reads of LSR in a row show that a guest polls for input: it cannot be
 * waiting for the transmitter, which is always ready. */
#define UART_POLLS 8

/* The trigger level of the receiver.  Without FIFO, fcr is 0. */
static unsigned trigger(const struct uart *uart)
{
	static const uint8_t levels[] = { 1, 4, 8, 14 };

	return levels[uart->fcr >> UART_FCR_TRIGGER_SHIFT];
}

/* The highest-priority interrupt that is pending and enabled, as in IIR. */
static uint8_t cause(const struct uart *uart)
{
	if ((uart->ier & UART_IER_LINE) && uart->received.errors)
		return UART_IIR_LINE;
	if ((uart->ier & UART_IER_RECEIVE) && uart->received.count)
		return uart->received.count >= trigger(uart) ?
			       UART_IIR_RECEIVE :
			       UART_IIR_TIMEOUT;
	if ((uart->ier & UART_IER_TRANSMIT) && uart->thre)
		return UART_IIR_TRANSMIT;
	if ((uart->ier & UART_IER_MODEM) && (uart->msr & UART_MSR_DELTAS))
		return UART_IIR_MODEM;
	return UART_IIR_NONE;
}

/*
 * Drive INTR, which on a PC reaches the interrupt controller only while OUT2
 * is set, and not in loopback, which releases the modem control outputs.
 *
 * The ISA line is edge-triggered, so a cause that is still pending when
 * another has been served must make an edge of its own, or a driver that
 * serves one cause per interrupt waits for ever.  INTR of the real chip
 * drops for a moment between two causes; so it does here, and also between
 * two characters (read_rbr() lets it fall, what is left raises it again).
 */
static void drive(struct uart *uart)
{
	uint8_t out2 = uart->mcr & (UART_MCR_OUT2 | UART_MCR_LOOP);
	uint8_t intr = out2 == UART_MCR_OUT2 ? cause(uart) : UART_IIR_NONE;

	if (intr != uart->intr && intr != UART_IIR_NONE)
		irq_pulse(&uart->irq);
	uart->intr = intr;
}

static uint8_t read_rbr(struct uart *uart)
{
	if (uart->intr == UART_IIR_RECEIVE || uart->intr == UART_IIR_TIMEOUT)
		uart->intr = UART_IIR_NONE;
	return uart_fifo_pop(&uart->received);
}

static uint8_t read_iir(struct uart *uart)
{
	uint8_t iir = cause(uart);

	if (iir == UART_IIR_TRANSMIT)
		uart->thre = false;
	return iir | (uart->received.enabled ? UART_IIR_FIFOS : 0);
}

static uint8_t read_lsr(struct uart *uart)
{
	uart->polls = MIN(uart->polls + 1, UART_POLLS);
	return UART_LSR_EMPTY | uart_fifo_status(&uart->received);
}

static uint8_t read_msr(struct uart *uart)
{
	uint8_t msr = uart->msr;

	uart->msr &= (uint8_t)~UART_MSR_DELTAS;
	return msr;
}

static uint8_t read_reg(struct uart *uart, enum uart_reg reg)
{
	bool dlab = uart->lcr & UART_LCR_DLAB;

	switch (reg) {
	case UART_RBR_THR_DLL:
		return dlab ? uart->dll : read_rbr(uart);
	case UART_IER_DLM:
		return dlab ? uart->dlm : uart->ier;
	case UART_IIR_FCR:
		return read_iir(uart);
	case UART_LCR:
		return uart->lcr;
	case UART_MCR:
		return uart->mcr;
	case UART_LSR:
		return read_lsr(uart);
	case UART_MSR:
		return read_msr(uart);
	case UART_SCR:
		break;
	}
	return uart->scr;
}

/* The byte is sent at once: the register is full, and then empty again. */
static void write_thr(struct uart *uart, uint8_t value)
{
	uart->thre = false;
	drive(uart);
	if (uart->mcr & UART_MCR_LOOP)
		uart_fifo_push(&uart->received, value, 0);
	else
		chardev_write(uart->chardev, &value, 1);
	uart->thre = true;
}

static void write_ier(struct uart *uart, uint8_t value)
{
	/* Enabling it while the transmitter is empty makes it pending. */
	if (value & ~uart->ier & UART_IER_TRANSMIT)
		uart->thre = true;
	uart->ier = value & UART_IER_MASK;
}

static void write_fcr(struct uart *uart, uint8_t value)
{
	bool toggled = (value ^ uart->fcr) & UART_FCR_ENABLE;

	if (toggled || (value & UART_FCR_CLEAR_RECEIVE))
		uart_fifo_clear(&uart->received);
	uart->received.enabled = value & UART_FCR_ENABLE;
	/* The other bits are only stored together with the enable bit. */
	uart->fcr = uart->received.enabled ? value : 0;
}

/* A BREAK that the guest sends goes nowhere, except in loopback. */
static void write_lcr(struct uart *uart, uint8_t value)
{
	bool starts = value & ~uart->lcr & UART_LCR_BREAK;

	uart->lcr = value;
	if (starts && (uart->mcr & UART_MCR_LOOP))
		uart_fifo_push(&uart->received, 0, UART_LSR_BREAK);
}

static uint8_t modem_inputs(uint8_t mcr)
{
	if (!(mcr & UART_MCR_LOOP))
		return UART_MSR_HOST;
	return (mcr & UART_MCR_RTS ? UART_MSR_CTS : 0) |
	       (mcr & UART_MCR_DTR ? UART_MSR_DSR : 0) |
	       (mcr & UART_MCR_OUT1 ? UART_MSR_RI : 0) |
	       (mcr & UART_MCR_OUT2 ? UART_MSR_DCD : 0);
}

static void write_mcr(struct uart *uart, uint8_t value)
{
	uint8_t old = uart->msr & (uint8_t)~UART_MSR_DELTAS;
	uint8_t inputs, deltas;

	uart->mcr = value & UART_MCR_MASK;
	inputs = modem_inputs(uart->mcr);
	deltas = (old ^ inputs) >> 4;
	/* The ring indicator counts only when it falls. */
	if (inputs & UART_MSR_RI)
		deltas &= (uint8_t)~UART_MSR_TERI;
	uart->msr = inputs | (uart->msr & UART_MSR_DELTAS) | deltas;
}

static void write_reg(struct uart *uart, enum uart_reg reg, uint8_t value)
{
	bool dlab = uart->lcr & UART_LCR_DLAB;

	uart->polls = 0;
	switch (reg) {
	case UART_RBR_THR_DLL:
		if (dlab)
			uart->dll = value;
		else
			write_thr(uart, value);
		break;
	case UART_IER_DLM:
		if (dlab)
			uart->dlm = value;
		else
			write_ier(uart, value);
		break;
	case UART_IIR_FCR:
		write_fcr(uart, value);
		break;
	case UART_LCR:
		write_lcr(uart, value);
		break;
	case UART_MCR:
		write_mcr(uart, value);
		break;
	case UART_SCR:
		uart->scr = value;
		break;
	default:
		/* LSR and MSR: read-only but for factory tests. */
		break;
	}
}

/* Only a driver that wants interrupts sets OUT2; one that tests which bits IER
 * has does not. */
static bool driven(const struct uart *uart)
{
	return (uart->mcr & UART_MCR_OUT2) && !(uart->mcr & UART_MCR_LOOP) &&
	       (uart->ier & UART_IER_RECEIVE);
}

static bool listening(const struct uart *uart)
{
	if (uart->mcr & UART_MCR_LOOP)
		return false;
	return driven(uart) || (uart->mcr & UART_MCR_RTS) ||
	       uart->polls == UART_POLLS;
}

/* The end of every access.  Input is requested when the FIFO is empty, not for
 * each byte, which saves wake-ups of the loop's thread. */
static void settle(struct uart *uart)
{
	drive(uart);
	if (!uart->opened && driven(uart)) {
		uart->opened = true;
		chardev_opened(uart->chardev);
	}
	if (!uart->received.count && listening(uart))
		chardev_kick(uart->chardev);
}

static uint64_t uart_read(void *owner, uint64_t offset, unsigned size)
{
	struct uart *uart = owner;
	uint8_t value;

	(void)size;
	pthread_mutex_lock(&uart->lock);
	value = read_reg(uart, (enum uart_reg)offset);
	settle(uart);
	pthread_mutex_unlock(&uart->lock);
	return value;
}

static void uart_write(void *owner, uint64_t offset, unsigned size,
		       uint64_t value)
{
	struct uart *uart = owner;

	(void)size;
	pthread_mutex_lock(&uart->lock);
	write_reg(uart, (enum uart_reg)offset, (uint8_t)value);
	settle(uart);
	pthread_mutex_unlock(&uart->lock);
}

static size_t uart_room(void *arg)
{
	struct uart *uart = arg;
	size_t room = 0;

	pthread_mutex_lock(&uart->lock);
	if (listening(uart))
		room = uart_fifo_room(&uart->received);
	pthread_mutex_unlock(&uart->lock);
	return room;
}

static void uart_receive(void *arg, const uint8_t *buf, size_t len)
{
	struct uart *uart = arg;

	pthread_mutex_lock(&uart->lock);
	for (size_t i = 0; i < len; i++)
		uart_fifo_push(&uart->received, buf[i], 0);
	drive(uart);
	pthread_mutex_unlock(&uart->lock);
}

static void uart_receive_break(void *arg)
{
	struct uart *uart = arg;

	pthread_mutex_lock(&uart->lock);
	uart_fifo_push(&uart->received, 0, UART_LSR_BREAK);
	drive(uart);
	pthread_mutex_unlock(&uart->lock);
}

static const struct bus_ops uart_ops = {
	.read = uart_read,
	.write = uart_write,
	.width = 1,
};

static int uart_make(void *self, struct board *board, const void *config)
{
	struct chardev *const *chardev = config;
	struct uart *uart = self;
	const struct chardev_receiver receiver = {
		.room = uart_room,
		.receive = uart_receive,
		.receive_break = uart_receive_break,
		.arg = uart,
	};
	int err;

	*uart = (struct uart){
		.range = { .base = UART_COM1_BASE,
			   .len = UART_PORTS,
			   .ops = &uart_ops,
			   .owner = uart,
			   .name = "uart" },
		.chardev = *chardev,
		/* 115200 baud, 8N1: not 0, as a guest may divide by the
		 * divisor. */
		.dll = 1,
		.lcr = UART_LCR_8BITS,
		.msr = UART_MSR_HOST,
		.intr = UART_IIR_NONE,
	};
	err = board_irq_init(board, &uart->irq, UART_COM1_IRQ);
	if (err)
		return err;
	err = bus_add(board->port, &uart->range);
	if (err) {
		irq_free(&uart->irq);
		return err;
	}
	pthread_mutex_init(&uart->lock, NULL);
	chardev_attach(uart->chardev, &receiver);
	return 0;
}

static void uart_drop(void *self, struct board *board)
{
	struct uart *uart = self;

	chardev_attach(uart->chardev, NULL);
	bus_remove(board->port, &uart->range);
	irq_free(&uart->irq);
	pthread_mutex_destroy(&uart->lock);
}

const struct part uart_part = {
	.name = "COM1",
	.size = sizeof(struct uart),
	.make = uart_make,
	.drop = uart_drop,
};
