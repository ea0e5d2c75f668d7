/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ports that end at pipes of the host's: their readers may be slow or go.
 */
#define _GNU_SOURCE
#include "devices/console/port_std.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/event.h"
#include "tests/unit.h"

static struct port_out out;
static int ends[2], told;
static size_t seen;

static void note(void *arg)
{
	(void)arg;
	signal_fd(told);
}

static void look(void *arg, const uint8_t *buf, size_t len)
{
	(void)arg;
	(void)buf;
	seen += len;
}

static void begin(int fd)
{
	const struct port_out_config config = { .name = "test",
						.fd = fd,
						.output = look };

	seen = 0;
	told = eventfd(0, EFD_NONBLOCK);
	ck_assert_int_eq(port_out_open(&out, &config), 0);
	ck_assert_int_eq(port_out_start(&out), 0);
	out.end.ops->attach(&out.end, note, NULL);
}

static void end(int wanted)
{
	out.end.ops->attach(&out.end, NULL, NULL);
	ck_assert_int_eq(port_out_close(&out, 20), wanted);
	close(told);
}

/* Writes as the device does, until there is no room. */
static size_t fill(void)
{
	static const uint8_t piece[65536];
	size_t n, done = 0;

	/* A pipe that holds less than what is written first. */
	ck_assert_int_gt(fcntl(ends[1], F_SETPIPE_SZ, 4096), 0);
	while ((n = out.end.ops->room(&out.end)) > 0) {
		out.end.ops->write(&out.end, piece, n < 65536 ? n : 65536);
		done += n;
		usleep(1000);
	}
	return done;
}

/* A reader that stops has the rest wait elsewhere, in memory only a little; one
 * that goes on makes room, which is told. */
START_TEST(slow_reader)
{
	static uint8_t buf[1 << 20];
	size_t done, got = 0;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	begin(ends[1]);
	done = fill();
	ck_assert_uint_lt(done, 1 << 20);
	while (got < done) {
		ssize_t n = read(ends[0], buf, sizeof(buf));

		ck_assert_int_gt(n, 0);
		got += (size_t)n;
	}
	await(told);
	ck_assert_uint_gt(out.end.ops->room(&out.end), 0);
	ck_assert(!out.end.ops->over(&out.end));
	ck_assert_uint_eq(seen, done);
	end(0);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

/* One that goes has the port closed, and that is told; the rest is no loss. */
START_TEST(reader_goes)
{
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	begin(ends[1]);
	fill();
	ck_assert(!out.end.ops->over(&out.end));
	close(ends[0]);
	await(told);
	ck_assert(out.end.ops->over(&out.end));
	end(0);
	close(ends[1]);
}
END_TEST

/* One that never takes anything does not hang the end. */
START_TEST(reader_that_sleeps)
{
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	begin(ends[1]);
	fill();
	end(-ETIMEDOUT);
}
END_TEST

/* A descriptor that is closed takes all, as none would. */
START_TEST(closed_from_the_start)
{
	begin(999);
	ck_assert_uint_gt(out.end.ops->room(&out.end), 1 << 20);
	out.end.ops->write(&out.end, (const uint8_t *)"x", 1);
	ck_assert(!out.end.ops->over(&out.end));
	ck_assert_uint_eq(seen, 1);
	end(0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		slow_reader,	       reader_goes, reader_that_sleeps,
		closed_from_the_start, NULL,
	};

	return unit_run(unit_suite("port_std", tests));
}
