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

/* More than any FIFO, paced by the guest's reading, BREAK in its place. */
static void sends_arrive(const char *spec)
{
	enum { HALF = 3000 };
	uint8_t out[2 * HALF + 1];

	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = i == HALF ? SERIAL_BREAK : serial_pattern(i);
	serial_start(&line, spec, NULL);
	ck_assert_int_eq(chardev_send(line.chardev, out, HALF), 0);
	ck_assert_int_eq(chardev_send_break(line.chardev), 0);
	ck_assert_int_eq(chardev_send(line.chardev, out + HALF + 1, HALF), 0);
	/* Without a look by the guest there is room for so much. */
	ck_assert_uint_eq(line.n_fifo, SERIAL_ROOM);
	ck_assert(chardev_waiting(line.chardev));
	while (serial_drain(&line) < sizeof(out))
		serial_run_for_ms(&line, 0);
	ck_assert_mem_eq(line.got, out, sizeof(out));
	ck_assert(!chardev_waiting(line.chardev));
	/* What was not read is gone, and not leaked. */
	ck_assert_int_eq(chardev_send(line.chardev, out, HALF), 0);
	serial_stop(&line, PATIENT);
}

START_TEST(what_is_sent_arrives)
{
	char spec[80];

	sends_arrive("none");
	snprintf(spec, sizeof(spec), "file:%s", path_in_scratch("out"));
	sends_arrive(spec);
	unlink(spec + 5);
	snprintf(spec, sizeof(spec), "unix:%s", path_in_scratch("socket"));
	sends_arrive(spec);
	scratch_remove();
	sends_arrive("pty");
	sends_arrive("stdio");
}
END_TEST

static char tapped[64];

static void tap(void *arg, const uint8_t *buf, size_t len)
{
	strncat(arg, (const char *)buf, len);
}

START_TEST(who_listens_in_hears_all)
{
	const struct chardev_user user = { .output = tap, .guest_arg = tapped };
	struct chardev *chardev;

	ck_assert_int_eq(chardev_open(&chardev, "none", NULL, &user), 0);
	chardev_write(chardev, (const uint8_t *)"one ", 4);
	chardev_write(chardev, (const uint8_t *)"two", 3);
	ck_assert_str_eq(tapped, "one two");
	chardev_close(chardev, PATIENT);
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

/* As all other times of a run do. */
START_TEST(stamps_count_from_the_start)
{
	const struct chardev_user user = { .start_ns = now_ns() -
						       1000 * NSEC_PER_SEC };
	struct chardev *chardev;
	char path[64], buf[64];
	double stamp = 0;

	snprintf(path, sizeof(path), "%s", path_in_scratch("log"));
	ck_assert_int_eq(chardev_open(&chardev, "none", path, &user), 0);
	chardev_write(chardev, (const uint8_t *)"one", 3);
	chardev_close(chardev, PATIENT);
	slurp(path, buf, sizeof(buf));
	ck_assert_int_eq(sscanf(buf, "[%lf] one", &stamp), 1);
	ck_assert_double_ge(stamp, 1000);
	ck_assert_double_lt(stamp, 1100);
	unlink(path);
	scratch_remove();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		bad_back_ends_are_refused,
		none,
		a_file_is_emptied_and_filled,
		a_fifo_nobody_reads_is_refused,
		what_is_sent_arrives,
		who_listens_in_hears_all,
		the_console_log_has_stamps,
		stamps_count_from_the_start,
		NULL,
	};

	return unit_run(unit_suite("chardev", tests));
}
