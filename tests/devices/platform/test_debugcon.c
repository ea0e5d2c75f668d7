/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "devices/platform/debugcon.h"
#include "devices/serial/chardev.h"
#include "tests/files.h"
#include "tests/unit.h"

static struct bus bus;
static struct chardev *console;
static struct board board = { .port = &bus };
static struct debugcon debugcon;
static char shown[256];
static size_t n_shown;

static void output(void *arg, const uint8_t *buf, size_t len)
{
	(void)arg;
	ck_assert_uint_lt(n_shown + len, sizeof(shown));
	memcpy(shown + n_shown, buf, len);
	n_shown += len;
}

static void set_up(void)
{
	const struct chardev_user user = { .output = output };

	bus_init(&bus, "port");
	ck_assert_int_eq(chardev_open(&console, "none", NULL, &user), 0);
}

static void tear_down(void)
{
	debugcon_part.drop(&debugcon, &board);
	chardev_close(console, 0);
	bus_free(&bus);
}

static void make(struct chardev *chardev,
		 void (*show)(struct chardev *chardev, const uint8_t *buf,
			      size_t len))
{
	const struct debugcon_config config = { chardev, show };

	ck_assert_ptr_eq(debugcon_part.instance(&config, 0), &config);
	ck_assert_int_eq(debugcon_part.make(&debugcon, &board, &config), 0);
}

static void say(unsigned port, const char *text)
{
	for (; *text; text++)
		bus_write(&bus, port, 1, (uint8_t)*text);
}

static void serial(const char *text)
{
	chardev_write(console, (const uint8_t *)text, strlen(text));
}

START_TEST(both_ports_are_one_console)
{
	make(console, chardev_write);
	say(DEBUGCON_BOCHS, "one ");
	serial("two ");
	say(DEBUGCON_SEABIOS, "three");
	ck_assert_str_eq(shown, "one two three");
}
END_TEST

START_TEST(who_looks_finds_it)
{
	ck_assert_uint_eq(bus_read(&bus, DEBUGCON_BOCHS, 1), 0xff);
	make(console, chardev_write);
	ck_assert_uint_eq(bus_read(&bus, DEBUGCON_BOCHS, 1), 0xe9);
	ck_assert_uint_eq(bus_read(&bus, DEBUGCON_SEABIOS, 1), 0xe9);
	ck_assert_uint_eq(n_shown, 0);
}
END_TEST

START_TEST(aside_it_is_shown_until_the_serial_line_speaks)
{
	make(console, chardev_write_aside);
	say(DEBUGCON_BOCHS, "early ");
	serial("serial ");
	say(DEBUGCON_BOCHS, "not again");
	serial("alone");
	ck_assert_str_eq(shown, "early serial alone");
	/* Another machine. */
	chardev_attach(console, NULL);
	say(DEBUGCON_BOCHS, "!");
	ck_assert_str_eq(shown, "early serial alone!");
}
END_TEST

START_TEST(of_a_wide_access_one_byte_is_meant)
{
	make(console, chardev_write);
	bus_write(&bus, DEBUGCON_BOCHS, 4, 0x44434241);
	bus_write(&bus, DEBUGCON_SEABIOS, 8, 0x48474645);
	bus_write(&bus, DEBUGCON_SEABIOS - 1, 2, 0x5a59);
	ck_assert_str_eq(shown, "AEZ");
}
END_TEST

START_TEST(a_port_of_another_device_stays_that_ones)
{
	struct bus_range other;

	ck_assert_int_eq(bus_reserve(&bus, &other, 0xe8, 4, "other"), 0);
	make(console, chardev_write);
	say(DEBUGCON_BOCHS, "one");
	say(DEBUGCON_SEABIOS, "two");
	ck_assert_str_eq(shown, "two");
	bus_remove(&bus, &other);
}
END_TEST

START_TEST(it_goes_into_a_file_of_its_own)
{
	struct file f = file_make("before", 6);
	struct chardev *file;
	char text[16] = "";

	/* Not one that an option has opened */
	fcntl(f.fd, F_SETFD, 0);
	ck_assert_int_eq(
		chardev_open_file(&file, "--debugcon file:", f.path, NULL), 0);
	make(file, chardev_write);
	say(DEBUGCON_BOCHS, "after\n");
	chardev_close(file, 5000);
	ck_assert_int_eq(pread(f.fd, text, sizeof(text) - 1, 0), 6);
	ck_assert_str_eq(text, "after\n");
	ck_assert_uint_eq(n_shown, 0);
	file_free(&f);
}
END_TEST

START_TEST(a_file_that_cannot_be_is_told_by_its_option)
{
	struct chardev *file;

	log_capture();
	ck_assert_int_lt(chardev_open_file(&file, "--debugcon file:",
					   "/nowhere/at/all", NULL),
			 0);
	log_expect("--debugcon file:/nowhere/at/all: No such file");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		both_ports_are_one_console,
		who_looks_finds_it,
		aside_it_is_shown_until_the_serial_line_speaks,
		of_a_wide_access_one_byte_is_meant,
		a_port_of_another_device_stays_that_ones,
		it_goes_into_a_file_of_its_own,
		a_file_that_cannot_be_is_told_by_its_option,
		NULL,
	};

	return unit_run(
		unit_suite_fixture("debugcon", tests, set_up, tear_down));
}
