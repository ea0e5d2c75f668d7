/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart.h - a UART between a guest and a host, both of them the test
 *
 * The guest's side is a real bus; the host's side is the fake chardev below,
 * which the linker takes instead of the one in the library.
 */
#ifndef TESTS_UART_H
#define TESTS_UART_H

#include <unistd.h>

#include "devices/serial/chardev.h"
#include "devices/serial/uart.h"
#include "devices/serial/uart_regs.h"
#include "tests/fake_board.h"
#include "tests/unit.h"

struct chardev {
	struct chardev_receiver receiver;
	bool attached;
	uint8_t sent[1024];
	size_t n_sent;
	unsigned kicks, opened;
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

void chardev_opened(struct chardev *chardev)
{
	chardev->opened++;
}

/* One machine per test, as each runs in a process of its own. */
static struct bus bus;
static struct board board = { .port = &bus, .inputs = &fake_inputs };
static struct uart uart;
static struct chardev host, *const line = &host;

static inline void outb(enum uart_reg reg, uint8_t value)
{
	bus_write(&bus, UART_COM1_BASE + reg, 1, value);
}

static inline uint8_t inb(enum uart_reg reg)
{
	return (uint8_t)bus_read(&bus, UART_COM1_BASE + reg, 1);
}

/* How many edges there have been since the last call. */
static inline unsigned edges(void)
{
	uint64_t n = 0;

	if (read(uart.irq.fd, &n, sizeof(n)) < 0)
		return 0;
	return (unsigned)n;
}

static inline size_t room(void)
{
	return host.receiver.room(host.receiver.arg);
}

/* The host sends @s, for which there must be room. */
static inline void type(const char *s)
{
	ck_assert_uint_le(strlen(s), room());
	host.receiver.receive(host.receiver.arg, (const uint8_t *)s, strlen(s));
}

static inline void send_break(void)
{
	ck_assert_uint_gt(room(), 0);
	host.receiver.receive_break(host.receiver.arg);
}

/* A driver is up: RTS, DTR and OUT2 set. */
#define UP (UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2)

static inline void setup(void)
{
	bus_init(&bus, "port");
	ck_assert_int_eq(uart_part.make(&uart, &board, &line), 0);
}

static inline void teardown(void)
{
	uart_part.drop(&uart, &board);
	ck_assert(!host.attached);
	ck_assert_uint_eq(inb(UART_SCR), 0xff);
	bus_free(&bus);
}

/* A driver that has enabled interrupts and the FIFO, @trigger as in FCR. */
static inline void bring_up(uint8_t ier, uint8_t trigger)
{
	outb(UART_MCR, UP);
	outb(UART_IIR_FCR, UART_FCR_ENABLE | (uint8_t)(trigger << 6));
	outb(UART_IER_DLM, ier);
	edges();
}

static inline uint8_t iir(void)
{
	return inb(UART_IIR_FCR) & 0x0f;
}

/* Every test of a suite made of this gets a UART as after a reset. */
static inline TCase *uart_tcase(Suite *suite, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	return tc;
}

#endif
