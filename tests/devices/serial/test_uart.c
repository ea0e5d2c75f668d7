/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>

#include "tests/uart.h"

START_TEST(taken_ports_are_refused)
{
	struct uart second;

	ck_assert_int_eq(uart_part.make(&second, &board, &line), -EEXIST);
}
END_TEST

START_TEST(a_driver_opens_it_once)
{
	outb(UART_MCR, UART_MCR_OUT2 | UART_MCR_RTS);
	outb(UART_IER_DLM, UART_IER_TRANSMIT);
	ck_assert_uint_eq(host.opened, 0);
	outb(UART_IER_DLM, UART_IER_RECEIVE);
	ck_assert_uint_eq(host.opened, 1);
	outb(UART_IER_DLM, 0);
	outb(UART_IER_DLM, UART_IER_RECEIVE);
	ck_assert_uint_eq(host.opened, 1);
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
	ck_assert_uint_eq(host.opened, 0);

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
		ck_assert_uint_le(uart.received.count, UART_FIFO_SIZE);
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
	TCase *tc = uart_tcase(suite, "uart");

	tcase_add_test(tc, taken_ports_are_refused);
	tcase_add_test(tc, reset_state);
	tcase_add_test(tc, a_driver_opens_it_once);
	tcase_add_test(tc, linux_detects_a_16550a);
	tcase_add_test(tc, loopback_tells_the_fifo_size);
	tcase_add_test(tc, the_divisor_hides_behind_dlab);
	tcase_add_test(tc, wide_accesses_reach_the_registers_in_turn);
	tcase_add_test(tc, input_arrives_in_order);
	tcase_add_test(tc, room_is_the_fifos_or_one_byte);
	tcase_add_test(tc, input_waits_until_the_guest_listens);
	tcase_add_test(tc, an_empty_fifo_asks_for_more);
	tcase_add_test(tc, overrun_without_fifo_keeps_the_newest);
	tcase_add_loop_test(tc, modem_lines_in_loopback, 0, 4);
	tcase_add_test(tc, random_accesses);
	return unit_run(suite);
}
