/* SPDX-License-Identifier: BSD-2-Clause */
/* The reset registers, one of them behind the PCI host bridge, and POST. */
#include "devices/platform/reset.h"

#include <errno.h>

#include "devices/pci/pci.h"
#include "devices/platform/post.h"
#include "tests/fake_power.h"
#include "tests/unit.h"

#define ENABLE 0x80000000

struct rig {
	struct bus port, mmio;
	struct fake_power fake;
	struct pci_bus pci;
	struct board board;
	struct reset reset;
};

static void rig_init(struct rig *rig)
{
	bus_init(&rig->port, "port");
	bus_init(&rig->mmio, "mmio");
	fake_power_init(&rig->fake);
	ck_assert_int_eq(
		pci_bus_init(&rig->pci, &rig->port, &rig->mmio, 0xe8000000), 0);
	rig->board = (struct board){ .port = &rig->port,
				     .pci_passed = &rig->pci.passed,
				     .power = &rig->fake.power };
	ck_assert_int_eq(reset_part.make(&rig->reset, &rig->board, NULL), 0);
}

static void rig_free(struct rig *rig)
{
	reset_part.drop(&rig->reset, &rig->board);
	pci_bus_free(&rig->pci, &rig->port, &rig->mmio);
	bus_free(&rig->port);
	bus_free(&rig->mmio);
}

static unsigned in(struct rig *rig, unsigned port, unsigned size)
{
	return (unsigned)bus_read(&rig->port, port, size);
}

static void out(struct rig *rig, unsigned port, unsigned size, uint32_t value)
{
	bus_write(&rig->port, port, size, value);
}

START_TEST(port_cf9_resets)
{
	struct rig rig;

	rig_init(&rig);
	ck_assert_uint_eq(in(&rig, 0xcf9, 1), 0);
	out(&rig, 0xcf9, 1, 0x02);
	ck_assert_uint_eq(in(&rig, 0xcf9, 1), 0x02);
	ck_assert_uint_eq(rig.fake.requests, 0);
	out(&rig, 0xcf9, 1, 0x06);
	ck_assert_uint_eq(rig.fake.requests, 1);
	ck_assert_int_eq(rig.fake.what, POWER_RESET);
	ck_assert_str_eq(rig.fake.by, "port 0xCF9");
	/* It takes an edge. */
	out(&rig, 0xcf9, 1, 0x0e);
	ck_assert_uint_eq(rig.fake.requests, 1);
	out(&rig, 0xcf9, 1, 0xf9);
	ck_assert_uint_eq(in(&rig, 0xcf9, 1), 0x08);
	out(&rig, 0xcf9, 1, 0x0e);
	ck_assert_uint_eq(rig.fake.requests, 2);
	rig_free(&rig);
}
END_TEST

START_TEST(cf9_and_the_address_register_are_apart)
{
	struct rig rig;

	rig_init(&rig);
	/* A dword with reset's bits set in its second byte. */
	out(&rig, 0xcf8, 4, ENABLE | 0x0600);
	ck_assert_uint_eq(rig.fake.requests, 0);
	ck_assert_uint_eq(in(&rig, 0xcf9, 1), 0);
	out(&rig, 0xcf9, 1, 0x02);
	ck_assert_uint_eq(in(&rig, 0xcf8, 4), ENABLE | 0x0600);
	/* A word at 0xCF8 does reach 0xCF9, as its high byte. */
	out(&rig, 0xcf8, 2, 0x0600);
	ck_assert_uint_eq(rig.fake.requests, 1);
	ck_assert_uint_eq(in(&rig, 0xcf8, 2), 0x06ff);
	rig_free(&rig);
}
END_TEST

START_TEST(port_92_resets)
{
	struct rig rig;

	rig_init(&rig);
	ck_assert_uint_eq(in(&rig, 0x92, 1), 0x02);
	out(&rig, 0x92, 1, 0xfc);
	ck_assert_uint_eq(in(&rig, 0x92, 1), 0x02);
	ck_assert_uint_eq(rig.fake.requests, 0);
	out(&rig, 0x92, 1, 0x03);
	ck_assert_uint_eq(rig.fake.requests, 1);
	ck_assert_str_eq(rig.fake.by, "port 0x92");
	out(&rig, 0x92, 1, 0x03);
	ck_assert_uint_eq(rig.fake.requests, 1);
	rig_free(&rig);
}
END_TEST

START_TEST(port_80_is_claimed)
{
	struct bus bus;
	struct board board = { .port = &bus };
	struct post post;

	bus_init(&bus, "port");
	ck_assert_int_eq(post_part.make(&post, &board, NULL), 0);
	ck_assert_uint_eq(bus_read(&bus, 0x80, 1), 0);
	bus_write(&bus, 0x80, 1, 0xa5);
	ck_assert_uint_eq(bus_read(&bus, 0x80, 1), 0xa5);
	ck_assert_uint_eq(bus.unclaimed, 0);
	ck_assert_uint_eq(bus_read(&bus, 0x80, 4), 0xffffffa5);
	post_part.drop(&post, &board);
	ck_assert_uint_eq(bus_read(&bus, 0x80, 1), 0xff);
	bus_free(&bus);
}
END_TEST

START_TEST(taken_ports_are_an_error)
{
	struct rig rig;
	struct reset second;

	rig_init(&rig);
	ck_assert_int_eq(reset_part.make(&second, &rig.board, NULL), -EEXIST);
	bus_remove(&rig.pci.passed, &rig.reset.control.range);
	ck_assert_int_eq(reset_part.make(&second, &rig.board, NULL), -EEXIST);
	/* Half of it was taken back. */
	ck_assert_int_eq(bus_add(&rig.pci.passed, &rig.reset.control.range), 0);
	rig_free(&rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		port_cf9_resets,
		cf9_and_the_address_register_are_apart,
		port_92_resets,
		port_80_is_claimed,
		taken_ports_are_an_error,
		NULL,
	};

	return unit_run(unit_suite("reset", tests));
}
