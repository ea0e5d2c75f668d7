/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/platform/i8042.h"

#include <errno.h>

#include "tests/fake_power.h"
#include "tests/unit.h"

enum {
	OBF = 0x01,
	SYS = 0x04,
	CMD = 0x08,
	UNLOCKED = 0x10,
	AUX = 0x20,
	TO = 0x40
};

struct rig {
	struct bus bus;
	struct fake_power fake;
	struct board board;
	struct i8042 kbc;
};

static void rig_init(struct rig *rig)
{
	bus_init(&rig->bus, "port");
	fake_power_init(&rig->fake);
	rig->board =
		(struct board){ .port = &rig->bus, .power = &rig->fake.power };
	ck_assert_int_eq(i8042_part.make(&rig->kbc, &rig->board, NULL), 0);
}

static void rig_free(struct rig *rig)
{
	i8042_part.drop(&rig->kbc, &rig->board);
	bus_free(&rig->bus);
}

static unsigned status(struct rig *rig)
{
	return (unsigned)bus_read(&rig->bus, I8042_COMMAND, 1);
}

static unsigned data(struct rig *rig)
{
	return (unsigned)bus_read(&rig->bus, I8042_DATA, 1);
}

static void command(struct rig *rig, unsigned byte)
{
	bus_write(&rig->bus, I8042_COMMAND, 1, byte);
}

static void write_data(struct rig *rig, unsigned byte)
{
	bus_write(&rig->bus, I8042_DATA, 1, byte);
}

/* @byte as a command is answered with @answer; nothing follows. */
static void answers(struct rig *rig, unsigned byte, unsigned answer)
{
	command(rig, byte);
	ck_assert_uint_eq(status(rig), OBF | SYS | CMD | UNLOCKED);
	ck_assert_uint_eq(data(rig), answer);
	ck_assert_uint_eq(status(rig), SYS | CMD | UNLOCKED);
}

START_TEST(idle_after_the_bios)
{
	struct rig rig;

	rig_init(&rig);
	ck_assert_uint_eq(status(&rig), SYS | UNLOCKED);
	ck_assert_uint_eq(data(&rig), 0);
	answers(&rig, 0x20, 0x74);
	rig_free(&rig);
}
END_TEST

START_TEST(the_command_byte)
{
	struct rig rig;

	rig_init(&rig);
	command(&rig, 0x60);
	write_data(&rig, 0x43);
	/* The system flag is the command byte's bit 2. */
	ck_assert_uint_eq(status(&rig), UNLOCKED);
	command(&rig, 0x20);
	ck_assert_uint_eq(status(&rig), OBF | CMD | UNLOCKED);
	ck_assert_uint_eq(data(&rig), 0x43);
	answers(&rig, 0xaa, 0x55);
	command(&rig, 0xad);
	command(&rig, 0xa7);
	answers(&rig, 0x20, 0x77);
	command(&rig, 0xae);
	answers(&rig, 0x20, 0x67);
	command(&rig, 0xa8);
	answers(&rig, 0x20, 0x47);
	rig_free(&rig);
}
END_TEST

START_TEST(internal_ram)
{
	struct rig rig;

	rig_init(&rig);
	for (unsigned i = 1; i < 32; i++) {
		command(&rig, 0x60 + i);
		write_data(&rig, 3 * i);
	}
	for (unsigned i = 1; i < 32; i++)
		answers(&rig, 0x20 + i, 3 * i);
	rig_free(&rig);
}
END_TEST

START_TEST(self_and_interface_tests)
{
	struct rig rig;

	rig_init(&rig);
	answers(&rig, 0xaa, 0x55);
	answers(&rig, 0xab, 0x00);
	answers(&rig, 0xa9, 0x01);
	answers(&rig, 0xc0, 0x80);
	rig_free(&rig);
}
END_TEST

START_TEST(absent_devices_time_out)
{
	struct rig rig;

	rig_init(&rig);
	write_data(&rig, 0xff);
	ck_assert_uint_eq(status(&rig), OBF | SYS | UNLOCKED | TO);
	ck_assert_uint_eq(data(&rig), 0xfe);
	ck_assert_uint_eq(status(&rig), SYS | UNLOCKED);
	for (unsigned aux = 0xd3; aux <= 0xd4; aux++) {
		command(&rig, aux);
		ck_assert_uint_eq(status(&rig), SYS | UNLOCKED | CMD);
		write_data(&rig, 0xf2);
		ck_assert_uint_eq(status(&rig),
				  OBF | SYS | UNLOCKED | TO | AUX);
		ck_assert_uint_eq(data(&rig), 0xfe);
	}
	command(&rig, 0xd2);
	write_data(&rig, 0x1c);
	ck_assert_uint_eq(status(&rig), OBF | SYS | UNLOCKED);
	ck_assert_uint_eq(data(&rig), 0x1c);
	rig_free(&rig);
}
END_TEST

START_TEST(a_command_forgets_an_unfinished_one)
{
	struct rig rig;

	rig_init(&rig);
	command(&rig, 0xd1);
	command(&rig, 0xad);
	write_data(&rig, 0x00);
	ck_assert_uint_eq(rig.fake.requests, 0);
	ck_assert_uint_eq(status(&rig) & TO, TO);
	rig_free(&rig);
}
END_TEST

START_TEST(the_output_port)
{
	struct rig rig;

	rig_init(&rig);
	answers(&rig, 0xd0, 0xc3);
	/* A20 cannot be closed. */
	command(&rig, 0xd1);
	write_data(&rig, 0xdd);
	answers(&rig, 0xd0, 0xc3);
	write_data(&rig, 0xff);
	answers(&rig, 0xd0, 0xd3);
	command(&rig, 0xd4);
	write_data(&rig, 0xff);
	answers(&rig, 0xd0, 0xe3);
	ck_assert_uint_eq(rig.fake.requests, 0);
	rig_free(&rig);
}
END_TEST

START_TEST(resets)
{
	struct rig rig;

	rig_init(&rig);
	for (unsigned byte = 0xf0; byte <= 0xff; byte++) {
		rig.fake.requests = 0;
		command(&rig, byte);
		ck_assert_uint_eq(rig.fake.requests, !(byte & 1));
	}
	rig.fake.requests = 0;
	command(&rig, 0xd1);
	write_data(&rig, 0xfe);
	ck_assert_uint_eq(rig.fake.requests, 1);
	ck_assert_int_eq(rig.fake.what, POWER_RESET);
	ck_assert_str_eq(rig.fake.by, "keyboard controller");
	rig_free(&rig);
}
END_TEST

START_TEST(every_byte_everywhere)
{
	struct rig rig;

	rig_init(&rig);
	for (unsigned byte = 0; byte < 256; byte++) {
		command(&rig, byte);
		for (unsigned size = 1; size <= 8; size *= 2) {
			bus_write(&rig.bus, I8042_DATA, size, ~0ULL);
			bus_write(&rig.bus, I8042_COMMAND, size, byte);
			bus_read(&rig.bus, I8042_DATA, size);
			bus_read(&rig.bus, I8042_COMMAND, size);
		}
	}
	answers(&rig, 0xaa, 0x55);
	/* Between the two ports there are others'. */
	ck_assert_uint_eq(bus_read(&rig.bus, 0x61, 1), 0xff);
	rig_free(&rig);
}
END_TEST

START_TEST(taken_ports_are_an_error)
{
	struct rig rig;
	struct i8042 second;

	rig_init(&rig);
	ck_assert_int_eq(i8042_part.make(&second, &rig.board, NULL), -EEXIST);
	bus_remove(&rig.bus, &rig.kbc.data_range);
	ck_assert_int_eq(i8042_part.make(&second, &rig.board, NULL), -EEXIST);
	/* Half of it was taken back. */
	ck_assert_int_eq(bus_add(&rig.bus, &rig.kbc.data_range), 0);
	rig_free(&rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		idle_after_the_bios,
		the_command_byte,
		internal_ram,
		self_and_interface_tests,
		absent_devices_time_out,
		a_command_forgets_an_unfinished_one,
		the_output_port,
		resets,
		every_byte_everywhere,
		taken_ports_are_an_error,
		NULL,
	};

	return unit_run(unit_suite("i8042", tests));
}
