/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <sys/stat.h>

#include "tests/serial.h"
#include "tests/unit.h"

START_TEST(bad_back_ends_are_refused)
{
	static const struct {
		const char *spec, *log;
		int err;
	} cases[] = {
		{ "", NULL, -EINVAL },
		{ "stdout", NULL, -EINVAL },
		{ "file", NULL, -EINVAL },
		{ "file:", NULL, -EINVAL },
		{ "unix:", NULL, -EINVAL },
		{ "file:/nowhere/file", NULL, -ENOENT },
		{ "unix:/nowhere/socket", NULL, -ENOENT },
		{ "file:/tmp", NULL, -EISDIR },
		{ "none", "/nowhere/log", -ENOENT },
		{ "pty", "/nowhere/log", -ENOENT },
		{ "stdio", "/nowhere/log", -ENOENT },
	};
	struct chardev *chardev = NULL;
	char name[300] = "unix:/";

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_int_eq(chardev_open(&chardev, cases[i].spec,
					      cases[i].log, NULL),
				 cases[i].err);
	memset(name + 6, 'x', 200);
	ck_assert_int_eq(chardev_open(&chardev, name, NULL, NULL),
			 -ENAMETOOLONG);
	ck_assert_ptr_null(chardev);
	chardev_close(NULL, 0);
}
END_TEST

START_TEST(none)
{
	serial_start(&line, "none", NULL);
	guest_says("into the void");
	chardev_kick(line.chardev);
	serial_stop(&line, PATIENT);
}
END_TEST

START_TEST(a_file_is_emptied_and_filled)
{
	char spec[80], buf[64];

	snprintf(spec, sizeof(spec), "file:%s", path_in_scratch("out"));
	for (unsigned i = 0; i < 2; i++) {
		serial_start(&line, spec, NULL);
		guest_says("hello\r\n");
		serial_stop(&line, PATIENT);
		slurp(spec + 5, buf, sizeof(buf));
		ck_assert_str_eq(buf, "hello\r\n");
	}
	unlink(spec + 5);
	scratch_remove();
}
END_TEST

START_TEST(a_fifo_nobody_reads_is_refused)
{
	struct chardev *chardev;
	char spec[80];

	snprintf(spec, sizeof(spec), "file:%s", path_in_scratch("fifo"));
	ck_assert_int_eq(mkfifo(spec + 5, 0600), 0);
	ck_assert_int_eq(chardev_open(&chardev, spec, NULL, NULL), -ENXIO);
	unlink(spec + 5);
	scratch_remove();
}
END_TEST

static const char *skip_text(const char *s, const char *want)
{
	ck_assert_msg(!strncmp(s, want, strlen(want)), "at \"%s\"", s);
	return s + strlen(want);
}

START_TEST(the_console_log_has_stamps)
{
	char path[64], buf[512];
	const char *s = buf;

	snprintf(path, sizeof(path), "%s", path_in_scratch("log"));
	serial_start(&line, "none", path);
	guest_says("one\r");
	guest_says("\ntwo\n\n50%\r100%\r\nend");
	serial_stop(&line, PATIENT);
	slurp(path, buf, sizeof(buf));
	s = skip_text(skip_stamp(s), "one\n");
	s = skip_text(skip_stamp(s), "two\n");
	s = skip_text(skip_stamp(s), "\n");
	s = skip_text(skip_stamp(s), "50%\r100%\n");
	s = skip_text(skip_stamp(s), "end");
	ck_assert_str_eq(s, "");
	unlink(path);
	scratch_remove();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		bad_back_ends_are_refused,    none,
		a_file_is_emptied_and_filled, a_fifo_nobody_reads_is_refused,
		the_console_log_has_stamps,   NULL,
	};

	return unit_run(unit_suite("chardev", tests));
}
