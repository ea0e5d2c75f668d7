/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>

#include "base/mem.h"
#include "devices/platform/test_device.h"
#include "tests/unit.h"

static struct bus port, mmio;
static struct mem mem;
static struct test_device dev;
static struct {
	unsigned gsi, times;
	bool level;
} line;

static void set_line(void *arg, unsigned gsi, bool level)
{
	(void)arg;
	line.gsi = gsi;
	line.level = level;
	line.times++;
}

static const struct board_inputs inputs = { .set = set_line };
static struct board board = {
	.port = &port,
	.mmio = &mmio,
	.mem = &mem,
	.inputs = &inputs,
};

static void set_up(void)
{
	bus_init(&port, "port");
	bus_init(&mmio, "mmio");
	ck_assert_int_eq(mem_init(&mem, MEM_SIZE_MIN), 0);
	ck_assert_int_eq(test_device_part.make(&dev, &board, NULL), 0);
}

static void tear_down(void)
{
	test_device_part.drop(&dev, &board);
	mem_free(&mem);
	bus_free(&mmio);
	bus_free(&port);
}

START_TEST(the_latch_takes_any_width)
{
	bus_write(&port, TEST_DEVICE_PORT, 4, 0x44332211);
	ck_assert_uint_eq(bus_read(&port, TEST_DEVICE_PORT, 4), 0x44332211);
	ck_assert_uint_eq(bus_read(&port, TEST_DEVICE_PORT + 2, 2), 0x4433);
	ck_assert_uint_eq(bus_read(&port, TEST_DEVICE_ALIAS, 4), 0x44332211);
	bus_write(&port, TEST_DEVICE_ALIAS + 3, 1, 0xff);
	bus_write(&port, TEST_DEVICE_PORT, 2, 0);
	ck_assert_uint_eq(bus_read(&port, TEST_DEVICE_ALIAS, 4), 0xff330000);
	/* Over the edge: into the register of pages, which is not read. */
	bus_write(&port, TEST_DEVICE_PORT + 3, 2, 0x1234);
	ck_assert_uint_eq(bus_read(&port, TEST_DEVICE_PORT + 3, 2), 0xff34);
}
END_TEST

START_TEST(its_memory_takes_any_width_anywhere)
{
	static const unsigned widths[] = { 1, 2, 4, 8 };
	uint64_t value = 0x8877665544332211;

	for (unsigned i = 0; i < 4; i++) {
		uint64_t mask = UINT64_MAX >> (64 - 8 * widths[i]);
		uint64_t at = TEST_DEVICE_MMIO + 4093 * i;

		bus_write(&mmio, at, widths[i], value);
		ck_assert_uint_eq(bus_read(&mmio, at, widths[i]), value & mask);
		ck_assert_uint_eq(bus_read(&mmio, at + widths[i], 1), 0);
	}
	/* At its end the rest is nobody's. */
	bus_write(&mmio, TEST_DEVICE_MMIO + TEST_DEVICE_LEN - 4, 8, value);
	ck_assert_uint_eq(
		bus_read(&mmio, TEST_DEVICE_MMIO + TEST_DEVICE_LEN - 4, 8),
		0xffffffff44332211);
	bus_write(&mmio, TEST_DEVICE_MMIO - 4, 8, value);
	ck_assert_uint_eq(bus_read(&mmio, TEST_DEVICE_MMIO, 4), 0x88776655);
}
END_TEST

START_TEST(a_port_is_an_interrupt_input)
{
	for (unsigned i = 0; i < TEST_DEVICE_IRQS; i++) {
		bus_write(&port, TEST_DEVICE_IRQ + i, 1, 0x80);
		ck_assert_uint_eq(line.gsi, i);
		ck_assert(line.level);
		bus_write(&port, TEST_DEVICE_IRQ + i, 1, 0);
		ck_assert(!line.level);
	}
	ck_assert_uint_eq(line.times, 2 * TEST_DEVICE_IRQS);
	bus_write(&port, TEST_DEVICE_IRQ + TEST_DEVICE_IRQS, 4, 1);
	ck_assert_uint_eq(line.times, 2 * TEST_DEVICE_IRQS);
	/* Each byte of a wide access is a port's. */
	bus_write(&port, TEST_DEVICE_IRQ + TEST_DEVICE_IRQS - 1, 8, 1);
	ck_assert_uint_eq(line.times, 2 * TEST_DEVICE_IRQS + 1);
	ck_assert_uint_eq(bus_read(&port, TEST_DEVICE_IRQ, 1), 0xff);
}
END_TEST

START_TEST(a_flushed_page_keeps_what_is_in_it)
{
	uint64_t addr[] = { 0x5000, 0x5abc, MEM_SIZE_MIN - 1, MEM_SIZE_MIN,
			    UINT32_MAX };
	volatile uint8_t *page = mem_at(&mem, 0x5000, 4096);

	page[7] = 42;
	for (unsigned i = 0; i < sizeof(addr) / sizeof(addr[0]); i++)
		bus_write(&port, TEST_DEVICE_FLUSH, 4, addr[i]);
	ck_assert_uint_eq(page[7], 42);
	page[7] = 43;
	bus_write(&port, TEST_DEVICE_FLUSH, 1, 0);
	ck_assert_uint_eq(bus_read(&port, TEST_DEVICE_FLUSH, 4), UINT32_MAX);
}
END_TEST

START_TEST(what_is_taken_is_told)
{
	struct test_device second;
	struct board elsewhere = board;
	struct bus other;

	ck_assert_int_eq(test_device_part.make(&second, &board, NULL), -EEXIST);
	/* Only the memory: the ports are given back. */
	bus_init(&other, "port");
	elsewhere.port = &other;
	ck_assert_int_eq(test_device_part.make(&second, &elsewhere, NULL),
			 -EEXIST);
	ck_assert_ptr_null(other.ranges);
	bus_free(&other);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_latch_takes_any_width,
		its_memory_takes_any_width_anywhere,
		a_port_is_an_interrupt_input,
		a_flushed_page_keeps_what_is_in_it,
		what_is_taken_is_told,
		NULL,
	};

	return unit_run(
		unit_suite_fixture("test_device", tests, set_up, tear_down));
}
