/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_exit_port.c - the ports by which a guest says how it went: the exit
 * ports, and pvpanic
 */
#include <errno.h>

#include "devices/platform/exit_port.h"
#include "devices/platform/pvpanic.h"
#include "tests/fake_power.h"
#include "tests/unit.h"

static struct bus bus;
static struct fake_power power;
static struct board board = { .port = &bus, .power = &power.power };

static void set_up(void)
{
	bus_init(&bus, "port");
	fake_power_init(&power);
}

static void tear_down(void)
{
	bus_free(&bus);
}

START_TEST(the_code_is_what_is_written)
{
	struct exit_port port;
	unsigned at = EXIT_PORT_DEFAULT;

	ck_assert_int_eq(exit_port_part.make(&port, &board, &at), 0);
	for (unsigned v = 0; v < 256; v++) {
		bus_write(&bus, EXIT_PORT_DEFAULT, 1, v);
		ck_assert_int_eq(power.what, POWER_EXIT);
		ck_assert_uint_eq(power.code, v);
		ck_assert_uint_eq(power.requests, v + 1);
	}
	/* The low byte of a wide access. */
	bus_write(&bus, EXIT_PORT_DEFAULT, 4, 0x12345605);
	ck_assert_uint_eq(power.code, 5);
	ck_assert_uint_eq(power.requests, 257);
	bus_read(&bus, EXIT_PORT_DEFAULT, 1);
	ck_assert_uint_eq(power.requests, 257);
	exit_port_part.drop(&port, &board);
	bus_write(&bus, EXIT_PORT_DEFAULT, 1, 0);
	ck_assert_uint_eq(power.requests, 257);
}
END_TEST

START_TEST(as_isa_debug_exit_has_it)
{
	static const struct {
		unsigned size;
		uint32_t value;
		unsigned code;
	} writes[] = {
		{ 4, 0x10, 33 },  { 4, 0x11, 35 }, { 1, 0, 1 },
		{ 1, 0x7f, 255 }, { 1, 0x80, 1 },  { 2, 0x1234, 0x69 },
	};
	const unsigned at = 0xf4;
	struct exit_port port;

	ck_assert_int_eq(debug_exit_part.make(&port, &board, &at), 0);
	for (unsigned i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		bus_write(&bus, 0xf4, writes[i].size, writes[i].value);
		ck_assert_uint_eq(power.code, writes[i].code);
		ck_assert_uint_eq(power.requests, i + 1);
	}
	debug_exit_part.drop(&port, &board);
}
END_TEST

START_TEST(a_port_may_be_none_or_taken)
{
	const unsigned none = 0, plain = 0xf4, debug = 0xf1;
	struct exit_port first, second;

	ck_assert_ptr_null(exit_port_part.instance(&none, 0));
	ck_assert_ptr_eq(exit_port_part.instance(&plain, 0), &plain);
	ck_assert_ptr_null(exit_port_part.instance(&plain, 1));
	ck_assert_int_eq(exit_port_part.make(&first, &board, &plain), 0);
	ck_assert_int_eq(debug_exit_part.make(&second, &board, &debug),
			 -EEXIST);
	exit_port_part.drop(&first, &board);
}
END_TEST

static void panicked(void *arg)
{
	++*(unsigned *)arg;
}

START_TEST(pvpanic_tells_of_panics_alone)
{
	unsigned panics = 0;
	const struct pvpanic_events events = { panicked, &panics };
	struct pvpanic pvpanic;

	ck_assert_int_eq(pvpanic_part.make(&pvpanic, &board, &events), 0);
	/* What Linux looks for before it binds its driver. */
	ck_assert_uint_eq(bus_read(&bus, PVPANIC_PORT, 1), 3);
	bus_write(&bus, PVPANIC_PORT, 1, 2);
	bus_write(&bus, PVPANIC_PORT, 1, 0);
	ck_assert_uint_eq(panics, 0);
	bus_write(&bus, PVPANIC_PORT, 1, 1);
	ck_assert_uint_eq(panics, 1);
	pvpanic_part.drop(&pvpanic, &board);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_code_is_what_is_written,
		as_isa_debug_exit_has_it,
		a_port_may_be_none_or_taken,
		pvpanic_tells_of_panics_alone,
		NULL,
	};

	return unit_run(
		unit_suite_fixture("exit_port", tests, set_up, tear_down));
}
