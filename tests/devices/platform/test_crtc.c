/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>

#include "devices/platform/crtc.h"
#include "tests/unit.h"

enum { INDEX = CRTC_PORT, DATA = CRTC_PORT + 1, CURSOR = 0x0e };

static struct bus bus;
static struct board board = { .port = &bus };
static struct crtc crtc;

static void set_up(void)
{
	bus_init(&bus, "port");
	ck_assert_int_eq(crtc_part.make(&crtc, &board, NULL), 0);
}

static void tear_down(void)
{
	crtc_part.drop(&crtc, &board);
	bus_free(&bus);
}

/* As xv6 does it: the place where the next character goes. */
static unsigned cursor(void)
{
	unsigned high;

	bus_write(&bus, INDEX, 1, CURSOR);
	high = (unsigned)bus_read(&bus, DATA, 1);
	bus_write(&bus, INDEX, 1, CURSOR + 1);
	return high << 8 | (unsigned)bus_read(&bus, DATA, 1);
}

START_TEST(the_cursor_begins_at_the_screens_start)
{
	ck_assert_uint_eq(cursor(), 0);
}
END_TEST

START_TEST(the_cursor_is_where_it_was_put)
{
	bus_write(&bus, INDEX, 1, CURSOR);
	bus_write(&bus, DATA, 1, 0x07);
	bus_write(&bus, INDEX, 1, CURSOR + 1);
	bus_write(&bus, DATA, 1, 0xcf);
	ck_assert_uint_eq(cursor(), 0x7cf);
	/* Index and value in one go. */
	bus_write(&bus, INDEX, 2, 0x0100 | CURSOR);
	ck_assert_uint_eq(cursor(), 0x1cf);
	ck_assert_uint_eq(bus_read(&bus, INDEX, 2), 0xcf00 | (CURSOR + 1));
}
END_TEST

START_TEST(each_index_is_a_register_of_its_own)
{
	for (unsigned i = 0; i < 256; i++)
		bus_write(&bus, INDEX, 2, (i ^ 0x5a) << 8 | i);
	for (unsigned i = 0; i < 256; i++) {
		bus_write(&bus, INDEX, 1, i);
		ck_assert_uint_eq(bus_read(&bus, INDEX, 1), i);
		ck_assert_uint_eq(bus_read(&bus, DATA, 1), i ^ 0x5a);
	}
}
END_TEST

START_TEST(odd_accesses_stay_inside)
{
	bus_write(&bus, INDEX, 8, UINT64_MAX);
	bus_write(&bus, INDEX - 3, 4, UINT32_MAX);
	ck_assert_uint_eq(bus_read(&bus, INDEX, 1), 0xff);
	ck_assert_uint_eq(bus_read(&bus, DATA, 1), 0xff);
	ck_assert_uint_eq(bus_read(&bus, DATA, 8), UINT64_MAX);
}
END_TEST

START_TEST(its_ports_are_its_own)
{
	struct crtc second;

	ck_assert_int_eq(crtc_part.make(&second, &board, NULL), -EEXIST);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_cursor_begins_at_the_screens_start,
		the_cursor_is_where_it_was_put,
		each_index_is_a_register_of_its_own,
		odd_accesses_stay_inside,
		its_ports_are_its_own,
		NULL,
	};

	return unit_run(unit_suite_fixture("crtc", tests, set_up, tear_down));
}
