/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What makes INTR rise, and that no edge is missing
 */
#include "tests/uart.h"

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

int main(void)
{
	Suite *suite = suite_create("uart_irq");
	TCase *tc = uart_tcase(suite, "uart_irq");

	tcase_add_loop_test(tc, trigger_level_and_time_out, 0, 4);
	tcase_add_loop_test(tc, every_character_has_its_edge, 0, 4);
	tcase_add_test(tc, the_transmitter_interrupt);
	tcase_add_test(tc, reading_iir_leaves_the_transmitter_to_its_turn);
	tcase_add_test(tc, priorities_each_with_an_edge);
	tcase_add_test(tc, out2_gates_the_interrupt);
	tcase_add_test(tc, break_arrives_as_a_nul_in_its_place);
	tcase_add_test(tc, break_without_fifo);
	return unit_run(suite);
}
