/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart.c - COM1 is a 16550A
 *
 * Detection as drivers do it, scratch, divisor latch, loopback, modem
 * lines, FIFO with its reset and overrun, interrupts.  With "echo" on the
 * command line it also answers what is typed, until "q", and reports BREAK.
 */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/serial.h"

enum {
	FCR_ENABLE = 0x01,
	FCR_CLEAR_RX = 0x02,
	FCR_CLEAR_TX = 0x04,
	FCR_TRIGGER_14 = 0xc0,
	IER_THRE = 0x02,
	IIR_NONE = 0x01,
	IIR_THRE = 0x02,
	IIR_RX = 0x04,
	IIR_TIMEOUT = 0x0c,
	IIR_LINE = 0x06,
	IIR_ID = 0x0f,
	IIR_FIFO = 0xc0,
	LCR_8N1 = 0x03,
	LCR_DLAB = 0x80,
	MCR_DTR = 0x01,
	MCR_RTS = 0x02,
	MCR_LOOP = 0x10,
	PATIENCE_MS = 5000,
	/* Less may be the scheduling of a busy host. */
	LOST_MS = 400,
};

static void check_registers(void)
{
	uint8_t a, b;

	outb(UART_SCR, 0x5a);
	a = inb(UART_SCR);
	outb(UART_SCR, 0xa5);
	b = inb(UART_SCR);
	check(a == 0x5a && b == 0xa5, "scratch", "%x %x", a, b);
	outb(UART_IER, 0xff);
	a = inb(UART_IER);
	outb(UART_IER, 0);
	b = inb(UART_IER);
	check(a == 0x0f && !b, "IER has four bits", "%x %x", a, b);
	serial_drain();
	outb(UART_LCR, LCR_DLAB | LCR_8N1);
	outb(COM1, 1);
	outb(COM1 + 1, 2);
	a = inb(COM1);
	b = inb(COM1 + 1);
	outb(COM1 + 1, 0);
	outb(UART_LCR, LCR_8N1);
	check(a == 1 && b == 2, "divisor latch", "%x %x", a, b);
	check_eq("LCR", inb(UART_LCR), LCR_8N1);
}

static void check_16550a(void)
{
	uint8_t iir;

	outb(UART_FCR, 0);
	iir = inb(UART_IIR);
	check_eq("FIFO off", iir & IIR_FIFO, 0);
	outb(UART_FCR, FCR_ENABLE);
	iir = inb(UART_IIR);
	check_eq("FIFO on", iir & IIR_FIFO, IIR_FIFO);
	serial_drain();
	check_eq("idle", inb(UART_LSR), LSR_THRE | LSR_TEMT);
}

/* Bytes sent in loopback come back in order, and nothing leaves. */
static unsigned loop_back(unsigned n)
{
	unsigned i, same = 0;

	for (i = 0; i < n; i++) {
		while (!(inb(UART_LSR) & LSR_THRE))
			;
		outb(UART_DATA, 0x40 + i);
	}
	for (i = 0; i < n && (inb(UART_LSR) & LSR_DATA); i++)
		same += inb(UART_DATA) == 0x40 + i;
	return same;
}

static void check_loopback(void)
{
	unsigned same, left, msr, plain;

	serial_drain();
	outb(UART_FCR, FCR_ENABLE | FCR_CLEAR_RX | FCR_CLEAR_TX);
	outb(UART_MCR, MCR_LOOP | MCR_RTS | MCR_DTR);
	msr = inb(UART_MSR) & 0xf0;
	outb(UART_MCR, MCR_LOOP | MCR_OUT2);
	plain = inb(UART_MSR) & 0xf0;
	same = loop_back(UART_FIFO);
	left = inb(UART_LSR);
	outb(UART_MCR, MCR_DTR | MCR_RTS | MCR_OUT2);
	check_eq("loopback FIFO", same, UART_FIFO);
	check(!(left & LSR_DATA), "loopback empties", "%x", left);
	/* RTS shows as CTS, DTR as DSR, OUT2 as DCD. */
	check(msr == 0x30 && plain == 0x80, "modem loopback", "%x %x", msr,
	      plain);
}

static void check_overrun(void)
{
	unsigned i, lsr, again, first;

	serial_drain();
	outb(UART_MCR, MCR_LOOP);
	for (i = 0; i < UART_FIFO + 1; i++) {
		serial_drain();
		outb(UART_DATA, i);
	}
	clock_sleep(20);
	lsr = inb(UART_LSR);
	again = inb(UART_LSR);
	first = inb(UART_DATA);
	outb(UART_FCR, FCR_ENABLE | FCR_CLEAR_RX);
	i = inb(UART_LSR);
	outb(UART_MCR, MCR_DTR | MCR_RTS | MCR_OUT2);
	check(lsr & LSR_OVERRUN && !(again & LSR_OVERRUN), "overrun",
	      "lsr %x then %x", lsr, again);
	check_eq("the oldest byte is kept", first, 0);
	check(!(i & LSR_DATA), "RX FIFO reset", "lsr %x", i);
}

static void check_interrupts(void)
{
	unsigned seen, iir, again, gsi;
	bool got;

	gsi = irq_route_isa(COM1_IRQ, VECTOR_COM1);
	outb(UART_MCR, MCR_DTR | MCR_RTS | MCR_OUT2);
	serial_drain();
	check_eq("none pending", inb(UART_IIR) & IIR_ID, IIR_NONE);
	/* Printing would make it pending again: look first. */
	serial_drain();
	seen = irq_count[VECTOR_COM1];
	outb(UART_IER, IER_THRE);
	got = irq_wait(VECTOR_COM1, seen, PATIENCE_MS);
	iir = inb(UART_IIR);
	again = inb(UART_IIR);
	check(got, "THRE interrupt", "lost");
	check_eq("IIR says THRE", iir & IIR_ID, IIR_THRE);
	check_eq("reading it ends it", again & IIR_ID, IIR_NONE);
	serial_drain();
	inb(UART_IIR);
	seen = irq_count[VECTOR_COM1];
	outb(UART_DATA, '\n');
	got = irq_wait(VECTOR_COM1, seen, PATIENCE_MS);
	outb(UART_IER, 0);
	check(got, "interrupt when sent", "lost");
	irq_mask_gsi(gsi);
}

static void check_rx_interrupt(void)
{
	unsigned seen, iir, got, gsi;

	gsi = irq_route_isa(COM1_IRQ, VECTOR_COM1);
	serial_drain();
	outb(UART_FCR, FCR_ENABLE | FCR_CLEAR_RX | FCR_TRIGGER_14);
	outb(UART_MCR, MCR_LOOP | MCR_OUT2);
	outb(UART_IER, IER_RX);
	seen = irq_count[VECTOR_COM1];
	outb(UART_DATA, 'x');
	/* In loopback the OUT2 gate may be shut: the IIR tells in any case. */
	irq_wait(VECTOR_COM1, seen, 100);
	iir = inb(UART_IIR) & IIR_ID;
	got = inb(UART_DATA);
	outb(UART_IER, 0);
	outb(UART_FCR, FCR_ENABLE);
	outb(UART_MCR, MCR_DTR | MCR_RTS | MCR_OUT2);
	check((iir == IIR_TIMEOUT || iir == IIR_RX) && got == 'x',
	      "RX time-out", "iir %x data %x", iir, got);
	irq_mask_gsi(gsi);
}

/* Sleeping for interrupts, as a driver does; -1 for BREAK.  A byte that is
 * there without one is counted in *@lost. */
static int echo_wait(unsigned *lost)
{
	for (;;) {
		unsigned seen = irq_count[VECTOR_COM1];
		unsigned lsr = inb(UART_LSR);

		if (lsr & (LSR_DATA | LSR_BREAK)) {
			uint8_t c = inb(UART_DATA);

			return lsr & LSR_BREAK ? -1 : c;
		}
		if (!irq_wait(VECTOR_COM1, seen, LOST_MS) &&
		    inb(UART_LSR) & LSR_DATA &&
		    !irq_wait(VECTOR_COM1, seen, LOST_MS))
			++*lost;
	}
}

static void echo(void)
{
	unsigned n = 0, lost = 0;
	char line[80];
	int c;

	irq_route_isa(COM1_IRQ, VECTOR_COM1);
	outb(UART_MCR, MCR_DTR | MCR_RTS | MCR_OUT2);
	outb(UART_IER, IER_RX);
	print("type\n");
	while ((c = echo_wait(&lost)) != 'q') {
		if (c < 0) {
			print("BREAK\n");
		} else if (c == '\n' || c == '\r') {
			line[n] = 0;
			print("echo: %s\n", line);
			n = 0;
		} else if (n < sizeof(line) - 1) {
			line[n++] = c;
		}
	}
	outb(UART_IER, 0);
	check_eq("lost interrupts", lost, 0);
}

void guest_main(void)
{
	irq_start();
	if (boot_has("echo")) {
		echo();
		return;
	}
	check_registers();
	check_16550a();
	check_loopback();
	check_overrun();
	check_interrupts();
	check_rx_interrupt();
}
