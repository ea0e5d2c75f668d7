/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole line: a pipe, the chardev, the UART, and a driver in the guest
 * that echoes what it gets, on a thread of its own.
 */
#include "devices/serial/uart.h"
#include "devices/serial/uart_regs.h"
#include "tests/fake_board.h"
#include "tests/serial.h"
#include "tests/unit.h"

#define STREAM 50000

static struct bus bus;
static struct board board = { .port = &bus, .inputs = &fake_inputs };
static struct uart uart;

static void outb(enum uart_reg reg, uint8_t value)
{
	bus_write(&bus, UART_COM1_BASE + reg, 1, value);
}

static uint8_t inb(enum uart_reg reg)
{
	return (uint8_t)bus_read(&bus, UART_COM1_BASE + reg, 1);
}

static void echo(void)
{
	outb(UART_RBR_THR_DLL, inb(UART_RBR_THR_DLL));
}

/* Serves causes until there is none; returns how much it has echoed. */
static size_t thorough_handler(void)
{
	size_t n = 0;

	while (!(inb(UART_IIR_FCR) & UART_IIR_NONE))
		for (; inb(UART_LSR) & UART_LSR_READY; n++)
			echo();
	return n;
}

/* Serves one cause, one character, per interrupt. */
static size_t lazy_handler(void)
{
	uint8_t cause = inb(UART_IIR_FCR) & 0x0f;

	if (cause != UART_IIR_RECEIVE && cause != UART_IIR_TIMEOUT)
		return 0;
	echo();
	return 1;
}

static void *guest(void *arg)
{
	size_t (*const *handler)(void) = arg;
	struct pollfd pfd = { .fd = uart.irq.fd, .events = POLLIN };
	uint64_t edges;

	outb(UART_IIR_FCR, UART_FCR_ENABLE | 2 << UART_FCR_TRIGGER_SHIFT);
	outb(UART_MCR, UART_MCR_RTS | UART_MCR_OUT2);
	outb(UART_IER_DLM, UART_IER_RECEIVE | UART_IER_TRANSMIT);
	for (size_t n = 0; n < STREAM; n += (*handler)()) {
		poll(&pfd, 1, -1);
		ck_assert_int_eq((int)read(uart.irq.fd, &edges, 8), 8);
	}
	loop_quit(&line.loop);
	return NULL;
}

/* Types the stream into the pipe @arg. */
static void *typist(void *arg)
{
	const int *fd = arg;
	uint8_t buf[STREAM];

	for (size_t i = 0; i < STREAM; i++)
		buf[i] = serial_pattern(i);
	write_all(*fd, buf, sizeof(buf));
	return NULL;
}

START_TEST(all_input_comes_back)
{
	size_t (*const handlers[])(void) = { thorough_handler, lazy_handler };
	size_t (*handler)(void) = handlers[_i];
	pthread_t threads[3];
	struct reader reader = { 0 };
	int in[2], out[2];

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(pipe(out), 0);
	become(in[0], 0);
	become(out[1], 1);
	serial_start(&line, "stdio", NULL);
	bus_init(&bus, "port");
	ck_assert_int_eq(uart_part.make(&uart, &board, &line.chardev), 0);
	reader.fd = out[0];
	pthread_create(&threads[0], NULL, reader_run, &reader);
	pthread_create(&threads[1], NULL, guest, &handler);
	pthread_create(&threads[2], NULL, typist, &in[1]);
	loop_run(&line.loop);
	pthread_join(threads[1], NULL);
	pthread_join(threads[2], NULL);
	uart_part.drop(&uart, &board);
	serial_stop(&line, PATIENT);
	close(1);
	pthread_join(threads[0], NULL);
	ck_assert_uint_eq(reader.got, STREAM);
	ck_assert_uint_eq(reader.wrong, 0);
	bus_free(&bus);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		all_input_comes_back,
		NULL,
	};

	return unit_run(unit_suite_times("serial", tests, 2));
}
