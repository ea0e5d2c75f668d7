/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mem.h"
#include "base/util.h"
#include "devices/platform/fw_cfg.h"
#include "tests/unit.h"

enum { SELECTOR = FW_CFG_PORT, DATA = FW_CFG_PORT + 1 };

static struct bus bus;
static struct mem mem = { .size = 5 * GIB };
static struct board board = { .port = &bus, .cpus = 255, .mem = &mem };
static struct fw_cfg fw_cfg;

static void set_up(void)
{
	bus_init(&bus, "port");
	ck_assert_int_eq(fw_cfg_part.make(&fw_cfg, &board, NULL), 0);
}

static void tear_down(void)
{
	fw_cfg_part.drop(&fw_cfg, &board);
	bus_free(&bus);
}

/* The next @len bytes, as a little-endian number. */
static uint64_t next(unsigned len)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < len; i++)
		value |= bus_read(&bus, DATA, 1) << (8 * i);
	return value;
}

static uint64_t get(unsigned key, unsigned len)
{
	bus_write(&bus, SELECTOR, 2, key);
	return next(len);
}

START_TEST(keys_that_there_are)
{
	ck_assert_uint_eq(get(FW_CFG_SIGNATURE, 4), 0x554d4551);
	ck_assert_uint_eq(get(FW_CFG_ID, 4), 1);
	ck_assert_uint_eq(get(FW_CFG_NB_CPUS, 2), 255);
	ck_assert_uint_eq(get(FW_CFG_MAX_CPUS, 2), 255);
	ck_assert_uint_eq(get(FW_CFG_RAM_SIZE, 8), 5 * GIB);
	/* A value begins anew when its key is selected again. */
	ck_assert_uint_eq(get(FW_CFG_RAM_SIZE, 8), 5 * GIB);
}
END_TEST

START_TEST(all_else_is_empty)
{
	for (unsigned key = 0; key < 0x10000; key += UNIT_STRIDE)
		if (key > FW_CFG_MAX_CPUS)
			ck_assert_uint_eq(get(key, 8), 0);
}
END_TEST

START_TEST(there_are_zeros_behind_a_values_end)
{
	ck_assert_uint_eq(get(FW_CFG_RAM_SIZE, 8), 5 * GIB);
	for (unsigned i = 0; i < 1000; i++)
		ck_assert_uint_eq(next(1), 0);
}
END_TEST

START_TEST(odd_accesses_do_nothing)
{
	uint8_t first = get(FW_CFG_SIGNATURE, 1) & 0xff;

	ck_assert_uint_eq(first, 'Q');
	bus_write(&bus, SELECTOR, 1, FW_CFG_NB_CPUS);
	bus_write(&bus, DATA, 1, FW_CFG_NB_CPUS);
	bus_write(&bus, DATA, 2, FW_CFG_NB_CPUS);
	ck_assert_uint_eq(bus_read(&bus, SELECTOR, 1), 0xff);
	ck_assert_uint_eq(bus_read(&bus, SELECTOR, 2), 0xffff);
	ck_assert_uint_eq(next(1), 'E');
	/* Its first half is the selector. */
	bus_write(&bus, SELECTOR, 4, 0xffff0000 | FW_CFG_NB_CPUS);
	ck_assert_uint_eq(next(2), 255);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		keys_that_there_are,
		all_else_is_empty,
		there_are_zeros_behind_a_values_end,
		odd_accesses_do_nothing,
		NULL,
	};

	return unit_run(unit_suite_fixture("fw_cfg", tests, set_up, tear_down));
}
