/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's side is a real bus; the host's side is the fake chardev below,
 * which the linker takes instead of the one in the library.
 */
#include <errno.h>
#include <unistd.h>

#include "devices/serial/chardev.h"
#include "devices/serial/uart.h"
#include "devices/serial/uart_regs.h"
#include "tests/unit.h"
#include "vmm/irq.h"

struct chardev {
	struct chardev_receiver receiver;
	bool attached;
	uint8_t sent[1024];
	size_t n_sent;
	unsigned kicks;
};

void chardev_attach(struct chardev *chardev,
		    const struct chardev_receiver *receiver)
{
	chardev->attached = receiver;
	if (receiver)
		chardev->receiver = *receiver;
}

void chardev_write(struct chardev *chardev, const uint8_t *buf, size_t len)
{
	ck_assert_uint_le(chardev->n_sent + len, sizeof(chardev->sent));
	memcpy(chardev->sent + chardev->n_sent, buf, len);
	chardev->n_sent += len;
}

void chardev_kick(struct chardev *chardev)
{
	chardev->kicks++;
}

/* One machine per test, as each runs in a process of its own. */
static struct bus bus;
static struct irq irq;
static struct uart uart;
static struct chardev host;

static void outb(enum uart_reg reg, uint8_t value)
{
	bus_write(&bus, UART_COM1_BASE + reg, 1, value);
}

static uint8_t inb(enum uart_reg reg)
{
	return (uint8_t)bus_read(&bus, UART_COM1_BASE + reg, 1);
}

/* How many edges there have been since the last call. */
static unsigned edges(void)
{
	uint64_t n = 0;

	if (read(irq.fd, &n, sizeof(n)) < 0)
		return 0;
	return (unsigned)n;
}

static size_t room(void)
{
	return host.receiver.room(host.receiver.arg);
}

/* The host sends @s, for which there must be room. */
static void type(const char *s)
{
	ck_assert_uint_le(strlen(s), room());
	host.receiver.receive(host.receiver.arg, (const uint8_t *)s, strlen(s));
}

static void send_break(void)
{
	ck_assert_uint_gt(room(), 0);
	host.receiver.receive_break(host.receiver.arg);
}

/* A driver is up: RTS, DTR and OUT2 set. */
#define UP (UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2)

static void setup(void)
{
	bus_init(&bus, "port");
	ck_assert_int_eq(irq_init(&irq), 0);
	ck_assert_int_eq(uart_init(&uart, &bus, UART_COM1_BASE, &irq, &host),
			 0);
}

static void teardown(void)
{
	uart_free(&uart, &bus);
	ck_assert(!host.attached);
	ck_assert_uint_eq(inb(UART_SCR), 0xff);
	irq_free(&irq);
	bus_free(&bus);
}

/* A driver that has enabled interrupts and the FIFO, @trigger as in FCR. */
static void bring_up(uint8_t ier, uint8_t trigger)
{
	outb(UART_MCR, UP);
	outb(UART_IIR_FCR, UART_FCR_ENABLE | (uint8_t)(trigger << 6));
	outb(UART_IER_DLM, ier);
	edges();
}

static uint8_t iir(void)
{
	return inb(UART_IIR_FCR) & 0x0f;
}

START_TEST(taken_ports_are_refused)
{
	struct uart second;

	ck_assert_int_eq(
		uart_init(&second, &bus, UART_COM1_BASE + 7, &irq, &host),
		-EEXIST);
}
END_TEST

START_TEST(reset_state)
{
	ck_assert_uint_eq(inb(UART_IER_DLM), 0);
	ck_assert_uint_eq(inb(UART_IIR_FCR), UART_IIR_NONE);
	ck_assert_uint_eq(inb(UART_MCR), 0);
	ck_assert_uint_eq(inb(UART_LSR), UART_LSR_EMPTY);
	ck_assert_uint_eq(inb(UART_MSR), UART_MSR_HOST);
	ck_assert_uint_eq(inb(UART_RBR_THR_DLL), 0);
	outb(UART_LCR, UART_LCR_DLAB);
	/* A guest divides by it. */
	ck_assert_uint_ne(inb(UART_RBR_THR_DLL) | inb(UART_IER_DLM), 0);
	ck_assert_uint_eq(edges(), 0);
}
END_TEST

/* What Linux's 8250 driver does to find out which UART there is. */
START_TEST(linux_detects_a_16550a)
{
	outb(UART_IER_DLM, 0);
	ck_assert_uint_eq(inb(UART_IER_DLM) & 0x0f, 0);
	outb(UART_IER_DLM, 0x0f);
	ck_assert_uint_eq(inb(UART_IER_DLM) & 0x0f, 0x0f);
	outb(UART_IER_DLM, 0);
	/* Nothing may be fed to a guest that only looks which bits exist. */
	ck_assert_uint_eq(host.kicks, 0);

	outb(UART_MCR, UART_MCR_LOOP | 0x0a);
	ck_assert_uint_eq(inb(UART_MSR) & 0xf0, 0x90);
	outb(UART_MCR, 0);
	ck_assert_uint_eq(inb(UART_MSR) & 0xf0, UART_MSR_HOST);

	/* Not a 16650 or later: no EFR at offset 2. */
	outb(UART_LCR, 0xbf);
	outb(UART_IIR_FCR, 0);
	outb(UART_LCR, 0);
	outb(UART_IIR_FCR, UART_FCR_ENABLE);
	ck_assert_uint_eq(inb(UART_IIR_FCR) >> 6, 3);
	outb(UART_LCR, UART_LCR_DLAB);
	ck_assert_uint_ne(inb(UART_IIR_FCR), 0);
	outb(UART_LCR, 0xbf);
	ck_assert_uint_ne(inb(UART_IIR_FCR), 0);

	/* Not a 16750: no 64-byte FIFO. */
	outb(UART_LCR, 0);
	outb(UART_IIR_FCR, UART_FCR_ENABLE | BIT(5));
	ck_assert_uint_eq(inb(UART_IIR_FCR) >> 5, 6);
	/* Not an XScale: no UUE in IER. */
	outb(UART_IER_DLM, 0x40);
	ck_assert_uint_eq(inb(UART_IER_DLM), 0);
	/* No automatic flow control. */
	outb(UART_MCR, 0x20);
	ck_assert_uint_eq(inb(UART_MCR), 0);

	for (unsigned i = 0; i < 256; i++) {
		outb(UART_SCR, (uint8_t)i);
		ck_assert_uint_eq(inb(UART_SCR), i);
	}
}
END_TEST

/* Linux counts how much of what it sends round the loop arrives. */
START_TEST(loopback_tells_the_fifo_size)
{
	unsigned count = 0;

	outb(UART_IIR_FCR, UART_FCR_ENABLE);
	outb(UART_MCR, UART_MCR_LOOP);
	for (unsigned i = 0; i < 256; i++)
		outb(UART_RBR_THR_DLL, (uint8_t)i);
	ck_assert_uint_eq(inb(UART_LSR),
			  UART_LSR_EMPTY | UART_LSR_READY | UART_LSR_OVERRUN);
	for (; inb(UART_LSR) & UART_LSR_READY; count++)
		ck_assert_uint_eq(inb(UART_RBR_THR_DLL), count);
	ck_assert_uint_eq(count, UART_FIFO_SIZE);
	ck_assert_uint_eq(host.n_sent, 0);
}
END_TEST

START_TEST(the_divisor_hides_behind_dlab)
{
	outb(UART_LCR, UART_LCR_DLAB | UART_LCR_8BITS);
	outb(UART_RBR_THR_DLL, 0x0c);
	outb(UART_IER_DLM, 0x34);
	ck_assert_uint_eq(inb(UART_RBR_THR_DLL), 0x0c);
	ck_assert_uint_eq(inb(UART_IER_DLM), 0x34);
	outb(UART_LCR, UART_LCR_8BITS);
	ck_assert_uint_eq(inb(UART_IER_DLM), 0);
	ck_assert_uint_eq(host.n_sent, 0);
	outb(UART_RBR_THR_DLL, 'x');
	ck_assert_uint_eq(host.n_sent, 1);
	ck_assert_uint_eq(host.sent[0], 'x');
}
END_TEST

START_TEST(wide_accesses_reach_the_registers_in_turn)
{
	bus_write(&bus, UART_COM1_BASE + UART_MCR, 4, 0x5a00000b);
	ck_assert_uint_eq(inb(UART_MCR), 0x0b);
	ck_assert_uint_eq(inb(UART_SCR), 0x5a);
}
END_TEST

START_TEST(input_arrives_in_order)
{
	char got[4];

	bring_up(0, 0);
	type("abc");
	for (unsigned i = 0; inb(UART_LSR) & UART_LSR_READY; i++)
		got[i] = (char)inb(UART_RBR_THR_DLL);
	got[3] = 0;
	ck_assert_str_eq(got, "abc");
}
END_TEST

START_TEST(room_is_the_fifos_or_one_byte)
{
	outb(UART_MCR, UP);
	ck_assert_uint_eq(room(), 1);
	type("a");
	ck_assert_uint_eq(room(), 0);
	ck_assert_uint_eq(inb(UART_RBR_THR_DLL), 'a');
	outb(UART_IIR_FCR, UART_FCR_ENABLE);
	ck_assert_uint_eq(room(), UART_FIFO_SIZE);
	type("abcdefgh");
	ck_assert_uint_eq(room(), UART_FIFO_SIZE - 8);
	/* Turning the FIFO off, or clearing it, empties it. */
	outb(UART_IIR_FCR, 0);
	ck_assert_uint_eq(inb(UART_LSR), UART_LSR_EMPTY);
	ck_assert_uint_eq(room(), 1);
	outb(UART_IIR_FCR, UART_FCR_ENABLE);
	type("abc");
	outb(UART_IIR_FCR, UART_FCR_ENABLE | UART_FCR_CLEAR_RECEIVE);
	ck_assert_uint_eq(room(), UART_FIFO_SIZE);
	ck_assert_uint_eq(inb(UART_LSR), UART_LSR_EMPTY);
}
END_TEST

START_TEST(input_waits_until_the_guest_listens)
{
	ck_assert_uint_eq(room(), 0);
	/* Raising RTS, */
	outb(UART_MCR, UART_MCR_RTS);
	ck_assert_uint_eq(room(), 1);
	ck_assert_uint_eq(host.kicks, 1);
	outb(UART_MCR, UART_MCR_RTS | UART_MCR_LOOP);
	ck_assert_uint_eq(room(), 0);
	/* or wanting receive interrupts, */
	outb(UART_MCR, UART_MCR_OUT2);
	ck_assert_uint_eq(room(), 0);
	outb(UART_IER_DLM, UART_IER_RECEIVE);
	ck_assert_uint_eq(room(), 1);
	ck_assert_uint_eq(host.kicks, 2);
	outb(UART_IER_DLM, 0);
	outb(UART_MCR, 0);
	/* or polling with nothing else to do; not between two bytes sent. */
	for (unsigned i = 0; i < 100; i++) {
		inb(UART_LSR);
		outb(UART_RBR_THR_DLL, 'x');
	}
	ck_assert_uint_eq(room(), 0);
	ck_assert_uint_eq(host.kicks, 2);
	for (unsigned i = 0; i < 100; i++)
		inb(UART_LSR);
	ck_assert_uint_eq(room(), 1);
	ck_assert_uint_gt(host.kicks, 2);
}
END_TEST

START_TEST(an_empty_fifo_asks_for_more)
{
	bring_up(0, 0);
	host.kicks = 0;
	type("ab");
	inb(UART_RBR_THR_DLL);
	ck_assert_uint_eq(host.kicks, 0);
	inb(UART_RBR_THR_DLL);
	ck_assert_uint_eq(host.kicks, 1);
}
END_TEST

START_TEST(trigger_level_and_time_out)
{
	static const unsigned levels[] = { 1, 4, 8, 14 };
	unsigned level = levels[_i];

	bring_up(UART_IER_RECEIVE, (uint8_t)_i);
	for (unsigned i = 1; i < level; i++) {
		type("x");
		ck_assert_uint_eq(iir(), UART_IIR_TIMEOUT);
		ck_assert_uint_eq(edges(), i == 1);
	}
	type("x");
	ck_assert_uint_eq(iir(), UART_IIR_RECEIVE);
	ck_assert_uint_eq(edges(), 1);
	inb(UART_RBR_THR_DLL);
	ck_assert_uint_eq(iir(), level > 1 ? UART_IIR_TIMEOUT : UART_IIR_NONE);
}
END_TEST

/* A driver that reads one character per interrupt gets them all. */
START_TEST(every_character_has_its_edge)
{
	unsigned got = 0;

	bring_up(UART_IER_RECEIVE, (uint8_t)_i);
	type("0123456789abcdef");
	while (edges()) {
		ck_assert_uint_ne(iir(), UART_IIR_NONE);
		inb(UART_RBR_THR_DLL);
		got++;
	}
	ck_assert_uint_eq(got, 16);
}
END_TEST

START_TEST(the_transmitter_interrupt)
{
	bring_up(0, 0);
	/* Pending as soon as it is enabled, */
	outb(UART_IER_DLM, UART_IER_TRANSMIT);
	ck_assert_uint_eq(edges(), 1);
	/* acknowledged by reading IIR, */
	ck_assert_uint_eq(iir(), UART_IIR_TRANSMIT);
	ck_assert_uint_eq(iir(), UART_IIR_NONE);
	ck_assert_uint_eq(edges(), 0);
	/* and each byte written makes it pending anew. */
	outb(UART_RBR_THR_DLL, 'a');
	ck_assert_uint_eq(edges(), 1);
	outb(UART_RBR_THR_DLL, 'b');
	ck_assert_uint_eq(edges(), 1);
	ck_assert_uint_eq(iir(), UART_IIR_TRANSMIT);
	ck_assert_uint_eq(iir(), UART_IIR_NONE);
	/* Enabling what is enabled is no news; enabling it anew is. */
	outb(UART_IER_DLM, UART_IER_TRANSMIT);
	ck_assert_uint_eq(iir(), UART_IIR_NONE);
	outb(UART_IER_DLM, 0);
	outb(UART_IER_DLM, UART_IER_TRANSMIT);
	ck_assert_uint_eq(iir(), UART_IIR_TRANSMIT);
}
END_TEST

START_TEST(reading_iir_leaves_the_transmitter_to_its_turn)
{
	bring_up(UART_IER_TRANSMIT | UART_IER_RECEIVE, 0);
	type("x");
	ck_assert_uint_eq(iir(), UART_IIR_RECEIVE);
	ck_assert_uint_eq(iir(), UART_IIR_RECEIVE);
	inb(UART_RBR_THR_DLL);
	ck_assert_uint_eq(iir(), UART_IIR_TRANSMIT);
	ck_assert_uint_eq(iir(), UART_IIR_NONE);
}
END_TEST

START_TEST(priorities_each_with_an_edge)
{
	bring_up(UART_IER_MASK, 0);
	inb(UART_IIR_FCR);
	edges();
	outb(UART_MCR, UART_MCR_LOOP);
	ck_assert_uint_eq(edges(), 0);
	outb(UART_RBR_THR_DLL, 'x');
	outb(UART_LCR, UART_LCR_BREAK);
	inb(UART_RBR_THR_DLL);
	/* Out of loopback everything is pending at once. */
	outb(UART_MCR, UP);
	ck_assert_uint_eq(edges(), 1);
	ck_assert_uint_eq(iir(), UART_IIR_LINE);
	ck_assert_uint_eq(inb(UART_LSR) & UART_LSR_BREAK, UART_LSR_BREAK);
	ck_assert_uint_eq(edges(), 1);
	ck_assert_uint_eq(iir(), UART_IIR_RECEIVE);
	inb(UART_RBR_THR_DLL);
	ck_assert_uint_eq(edges(), 1);
	ck_assert_uint_eq(iir(), UART_IIR_TRANSMIT);
	ck_assert_uint_eq(edges(), 1);
	ck_assert_uint_eq(iir(), UART_IIR_MODEM);
	inb(UART_MSR);
	ck_assert_uint_eq(iir(), UART_IIR_NONE);
	ck_assert_uint_eq(edges(), 0);
}
END_TEST

START_TEST(out2_gates_the_interrupt)
{
	outb(UART_MCR, UART_MCR_RTS);
	outb(UART_IER_DLM, UART_IER_RECEIVE);
	type("x");
	ck_assert_uint_eq(iir(), UART_IIR_RECEIVE);
	ck_assert_uint_eq(edges(), 0);
	outb(UART_MCR, UP);
	ck_assert_uint_eq(edges(), 1);
	outb(UART_MCR, 0);
	outb(UART_MCR, UP);
	ck_assert_uint_eq(edges(), 1);
}
END_TEST

/* What Linux needs for SysRq: the NUL and the BREAK at the same time. */
START_TEST(break_arrives_as_a_nul_in_its_place)
{
	bring_up(UART_IER_RECEIVE | UART_IER_LINE, 0);
	type("a");
	send_break();
	type("t");
	ck_assert_uint_eq(inb(UART_LSR), UART_LSR_EMPTY | UART_LSR_READY |
						 UART_LSR_FIFO_ERROR);
	ck_assert_uint_eq(inb(UART_RBR_THR_DLL), 'a');
	ck_assert_uint_eq(iir(), UART_IIR_LINE);
	ck_assert_uint_eq(inb(UART_LSR), UART_LSR_EMPTY | UART_LSR_READY |
						 UART_LSR_BREAK |
						 UART_LSR_FIFO_ERROR);
	ck_assert_uint_eq(inb(UART_LSR), UART_LSR_EMPTY | UART_LSR_READY);
	ck_assert_uint_eq(inb(UART_RBR_THR_DLL), 0);
	ck_assert_uint_eq(inb(UART_LSR), UART_LSR_EMPTY | UART_LSR_READY);
	ck_assert_uint_eq(inb(UART_RBR_THR_DLL), 't');
	ck_assert_uint_eq(inb(UART_LSR), UART_LSR_EMPTY);
}
END_TEST

START_TEST(break_without_fifo)
{
	outb(UART_MCR, UP);
	send_break();
	ck_assert_uint_eq(inb(UART_LSR),
			  UART_LSR_EMPTY | UART_LSR_READY | UART_LSR_BREAK);
	ck_assert_uint_eq(inb(UART_RBR_THR_DLL), 0);
	ck_assert_uint_eq(inb(UART_LSR), UART_LSR_EMPTY);
}
END_TEST

START_TEST(overrun_without_fifo_keeps_the_newest)
{
	outb(UART_MCR, UART_MCR_LOOP);
	outb(UART_RBR_THR_DLL, 'a');
	outb(UART_RBR_THR_DLL, 'b');
	ck_assert_uint_eq(inb(UART_LSR),
			  UART_LSR_EMPTY | UART_LSR_READY | UART_LSR_OVERRUN);
	ck_assert_uint_eq(inb(UART_RBR_THR_DLL), 'b');
}
END_TEST

START_TEST(modem_lines_in_loopback)
{
	static const struct {
		uint8_t mcr, msr;
	} wires[] = {
		{ UART_MCR_RTS, UART_MSR_CTS },
		{ UART_MCR_DTR, UART_MSR_DSR },
		{ UART_MCR_OUT1, UART_MSR_RI },
		{ UART_MCR_OUT2, UART_MSR_DCD },
	};
	uint8_t delta = wires[_i].msr >> 4;
	bool ring = wires[_i].mcr == UART_MCR_OUT1;

	outb(UART_MCR, UART_MCR_LOOP);
	/* All three that were asserted have fallen. */
	ck_assert_uint_eq(inb(UART_MSR), UART_MSR_HOST >> 4);
	ck_assert_uint_eq(inb(UART_MSR), 0);
	outb(UART_MCR, UART_MCR_LOOP | wires[_i].mcr);
	ck_assert_uint_eq(inb(UART_MSR), wires[_i].msr | (ring ? 0 : delta));
	ck_assert_uint_eq(inb(UART_MSR), wires[_i].msr);
	outb(UART_MCR, UART_MCR_LOOP);
	ck_assert_uint_eq(inb(UART_MSR), delta);
	ck_assert_uint_eq(inb(UART_MSR), 0);
}
END_TEST

/* No sequence of accesses breaks it, whatever the guest tries. */
START_TEST(random_accesses)
{
	uint64_t x = 88172645463325252;

	for (unsigned i = 0; i < 200000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		host.n_sent = 0;
		if (x & 1)
			outb((x >> 8) & 7, (uint8_t)(x >> 16));
		else
			inb((x >> 8) & 7);
		if (room())
			type("y");
		ck_assert_uint_le(uart.count, UART_FIFO_SIZE);
		if (uart.intr == UART_IIR_NONE)
			continue;
		/* INTR is high for what IIR says. */
		ck_assert_uint_eq(uart.intr, iir());
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("uart");
	TCase *tc = tcase_create("uart");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, taken_ports_are_refused);
	tcase_add_test(tc, reset_state);
	tcase_add_test(tc, linux_detects_a_16550a);
	tcase_add_test(tc, loopback_tells_the_fifo_size);
	tcase_add_test(tc, the_divisor_hides_behind_dlab);
	tcase_add_test(tc, wide_accesses_reach_the_registers_in_turn);
	tcase_add_test(tc, input_arrives_in_order);
	tcase_add_test(tc, room_is_the_fifos_or_one_byte);
	tcase_add_test(tc, input_waits_until_the_guest_listens);
	tcase_add_test(tc, an_empty_fifo_asks_for_more);
	tcase_add_loop_test(tc, trigger_level_and_time_out, 0, 4);
	tcase_add_loop_test(tc, every_character_has_its_edge, 0, 4);
	tcase_add_test(tc, the_transmitter_interrupt);
	tcase_add_test(tc, reading_iir_leaves_the_transmitter_to_its_turn);
	tcase_add_test(tc, priorities_each_with_an_edge);
	tcase_add_test(tc, out2_gates_the_interrupt);
	tcase_add_test(tc, break_arrives_as_a_nul_in_its_place);
	tcase_add_test(tc, break_without_fifo);
	tcase_add_test(tc, overrun_without_fifo_keeps_the_newest);
	tcase_add_loop_test(tc, modem_lines_in_loopback, 0, 4);
	tcase_add_test(tc, random_accesses);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
