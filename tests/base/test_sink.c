/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sink.h"
#include "base/sink_queue.h"
#include "tests/unit.h"

/* Long enough for the slowest machine, if all is well. */
#define PATIENT 20000

/* The program's own write(2), which stands before libc's: a host that has no
 * time for it, until something can be read from @gate, or for @slow_us. */
static int slow_fd = -1, gate = -1;
static unsigned slow_us;

ssize_t write(int fd, const void *buf, size_t len)
{
	struct pollfd pfd = { .fd = gate, .events = POLLIN };

	if (fd == slow_fd && gate >= 0)
		poll(&pfd, 1, -1);
	else if (fd == slow_fd)
		usleep(slow_us);
	return syscall(SYS_write, fd, buf, len);
}

/* The byte at @pos of the stream that the tests send. */
static uint8_t pattern(uint64_t pos)
{
	return (uint8_t)(pos * 31 + (pos >> 8) * 7 + (pos >> 16));
}

/* Sends @len bytes of the stream from @pos on, in odd pieces. */
static void send_stream(struct sink *sink, uint64_t pos, size_t len)
{
	uint8_t buf[1000];

	while (len) {
		size_t n = MIN(len, 1 + pos % sizeof(buf));

		for (size_t i = 0; i < n; i++)
			buf[i] = pattern(pos + i);
		sink_write(sink, buf, n);
		pos += n;
		len -= n;
	}
}

/* Reads to the end; returns the length, having compared the contents. */
static uint64_t read_stream(int fd, unsigned pause_us)
{
	uint8_t buf[4096];
	uint64_t pos = 0, wrong = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			wrong += buf[i] != pattern(pos++);
		usleep(pause_us);
	}
	ck_assert_int_eq((int)n, 0);
	ck_assert_uint_eq(wrong, 0);
	return pos;
}

struct reader {
	pthread_t thread;
	int fd;
	unsigned pause_us;
	uint64_t got;
};

static void *reader_run(void *arg)
{
	struct reader *reader = arg;

	reader->got = read_stream(reader->fd, reader->pause_us);
	return NULL;
}

static void reader_start(struct reader *reader)
{
	ck_assert_int_eq(
		pthread_create(&reader->thread, NULL, reader_run, reader), 0);
}

static struct sink *open_sink(uint64_t limit, bool keep)
{
	const struct sink_config config = { .name = "test",
					    .limit = limit,
					    .keep = keep };
	struct sink *sink;

	ck_assert_int_eq(sink_open(&sink, &config), 0);
	ck_assert_int_eq(sink_start(sink), 0);
	return sink;
}

/* Spins, yielding, until the pipe's or socket's buffer holds @len bytes. */
static void await_bytes(int fd, int len)
{
	int n = 0;

	while (n < len) {
		ck_assert_int_eq(ioctl(fd, FIONREAD, &n), 0);
		usleep(1000);
	}
}

START_TEST(a_slow_reader_gets_every_byte)
{
	struct sink *sink = open_sink(SINK_LIMIT, false);
	struct reader reader = { .pause_us = 100 };
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	reader.fd = fds[0];
	reader_start(&reader);
	sink_connect(sink, fds[1]);
	send_stream(sink, 0, 1 << 20);
	ck_assert_int_eq(sink_close(sink, PATIENT), 0);
	close(fds[1]);
	pthread_join(reader.thread, NULL);
	ck_assert_uint_eq(reader.got, 1 << 20);
}
END_TEST

START_TEST(the_writer_does_not_wait_for_the_reader)
{
	struct sink *sink = open_sink(SINK_LIMIT, false);
	struct reader reader = { 0 };
	int fds[2];

	/* Nobody reads, yet this returns. */
	ck_assert_int_eq(pipe(fds), 0);
	sink_connect(sink, fds[1]);
	send_stream(sink, 0, 8 << 20);
	reader.fd = fds[0];
	reader_start(&reader);
	ck_assert_int_eq(sink_close(sink, PATIENT), 0);
	close(fds[1]);
	pthread_join(reader.thread, NULL);
	ck_assert_uint_eq(reader.got, 8 << 20);
}
END_TEST

START_TEST(what_was_kept_goes_to_who_connects)
{
	struct sink *sink = open_sink(SINK_LIMIT, true);
	struct reader reader = { 0 };
	int fds[2];

	send_stream(sink, 0, 300000);
	ck_assert_int_eq(pipe(fds), 0);
	sink_connect(sink, fds[1]);
	reader.fd = fds[0];
	reader_start(&reader);
	ck_assert_int_eq(sink_close(sink, PATIENT), 0);
	close(fds[1]);
	pthread_join(reader.thread, NULL);
	ck_assert_uint_eq(reader.got, 300000);
}
END_TEST

START_TEST(the_next_reader_gets_what_the_last_did_not)
{
	struct sink *sink = open_sink(SINK_LIMIT, true);
	uint8_t buf[1000];
	int a[2], b[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, a), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, b), 0);
	sink_connect(sink, a[0]);
	sink_write(sink, "one", 3);
	ck_assert_int_eq((int)recv(a[1], buf, 3, MSG_WAITALL), 3);
	close(a[1]);
	/* Fails, disconnects by itself, and is not lost. */
	sink_write(sink, "two", 3);
	sink_disconnect(sink);
	close(a[0]);
	sink_write(sink, "three", 5);
	sink_connect(sink, b[0]);
	ck_assert_int_eq((int)recv(b[1], buf, 8, MSG_WAITALL), 8);
	ck_assert_mem_eq(buf, "twothree", 8);
	ck_assert_int_eq(sink_close(sink, PATIENT), 0);
}
END_TEST

/* Neither SIGPIPE nor a wait; the rest is discarded. */
START_TEST(a_reader_that_leaves)
{
	struct sink *sink = open_sink(SINK_LIMIT, false);
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	close(fds[0]);
	sink_connect(sink, fds[1]);
	send_stream(sink, 0, 1 << 20);
	ck_assert_int_eq(sink_close(sink, PATIENT), 0);
}
END_TEST

START_TEST(a_reader_that_sleeps_is_given_up)
{
	struct sink *sink = open_sink(SINK_LIMIT, false);
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	sink_connect(sink, fds[1]);
	send_stream(sink, 0, 200000);
	ck_assert_int_eq(sink_close(sink, 50), -ETIMEDOUT);
	/* The stuck thread goes on to nothing. */
	await_bytes(fds[0], 1);
	close(fds[0]);
}
END_TEST

/* It is not the reader's fault, and nothing is lost. */
START_TEST(a_host_that_is_slow)
{
	struct sink *sink = open_sink(SINK_LIMIT, false);
	FILE *file = tmpfile();

	slow_fd = fileno(file);
	slow_us = 500 * 1000;
	sink_connect(sink, slow_fd);
	sink_write(sink, "hello", 5);
	ck_assert_int_eq(sink_close(sink, 200), 0);
	ck_assert_int_eq((int)lseek(slow_fd, 0, SEEK_END), 5);
	fclose(file);
}
END_TEST

START_TEST(a_disk_that_hangs_is_given_up)
{
	struct sink *sink = open_sink(SINK_LIMIT, false);
	FILE *file = tmpfile();
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	gate = fds[0];
	slow_fd = fileno(file);
	sink_connect(sink, slow_fd);
	sink_write(sink, "hello", 5);
	ck_assert_int_eq(sink_close(sink, 10), -ETIMEDOUT);
	close(fds[1]);
	/* The stuck thread has its file until it is over. */
	while (lseek(fileno(file), 0, SEEK_END) < 5)
		usleep(1000);
	fclose(file);
}
END_TEST

START_TEST(without_a_reader_closing_does_not_wait)
{
	struct sink *sink = open_sink(SINK_LIMIT, true);

	send_stream(sink, 0, 200000);
	ck_assert_int_eq(sink_close(sink, 3600 * 1000), 0);
}
END_TEST

/* What is beyond is left out from there on, but for the last if that is wanted:
 * a capture's blocks are whole, and a console's end is there. */
START_TEST(no_more_than_the_maximum)
{
	for (int tail = 0; tail < 2; tail++) {
		struct sink_config config = { .name = "test",
					      .limit = SINK_LIMIT,
					      .max = 1000,
					      .tail = tail };
		uint64_t told = 0, missing = 398 * 400 + 3;
		static char got[200000], want[200000], block[400];
		int fd = memfd_create("file", MFD_CLOEXEC);
		size_t len = 800;
		struct sink *sink;

		config.left_out = &told;
		ck_assert_int_eq(sink_open(&sink, &config), 0);
		sink_connect(sink, fd);
		memset(want, '0', 400);
		memset(want + 400, '1', 400);
		for (unsigned i = 0; i < 400; i++) {
			memset(block, (int)('0' + i % 10), sizeof(block));
			sink_write(sink, block, sizeof(block));
		}
		/* Not even one that there would be room for. */
		sink_write(sink, "end", 3);
		ck_assert_int_eq(sink_close(sink, PATIENT), 0);
		if (tail) {
			size_t left_out = 398 * 400 + 3;

			len += (size_t)sprintf(
				want + len,
				"\n[minivmm left out %zu bytes here]\n",
				left_out - 65536);
			for (size_t i = left_out - 65536; i < left_out; i++)
				want[len++] = i < 398 * 400 ?
						      (char)('0' + (i / 400 +
								    2) % 10) :
						      "end"[i - 398 * 400];
		}
		ck_assert_int_eq((int)pread(fd, got, sizeof(got), 0), (int)len);
		ck_assert_mem_eq(got, want, len);
		close(fd);
		ck_assert_uint_eq(told, tail ? missing - 65536 : missing);
	}
}
END_TEST

/* What has room in the tail is written whole, and nothing is said of it. */
START_TEST(the_tail_may_be_all_there_is)
{
	uint64_t told = 0;
	const struct sink_config config = { .name = "test",
					    .limit = SINK_LIMIT,
					    .max = 3,
					    .tail = true,
					    .left_out = &told };
	int fd = memfd_create("file", MFD_CLOEXEC);
	struct sink *sink;
	char got[16] = "";

	ck_assert_int_eq(sink_open(&sink, &config), 0);
	sink_connect(sink, fd);
	sink_write(sink, "one ", 4);
	sink_write(sink, "two", 3);
	ck_assert_int_eq(sink_close(sink, PATIENT), 0);
	ck_assert_int_eq(pread(fd, got, sizeof(got), 0), 7);
	ck_assert_str_eq(got, "one two");
	ck_assert_uint_eq(told, 0);
	close(fd);
}
END_TEST

/* Who closes it learns of what could not be written. */
START_TEST(what_is_lost_is_told)
{
	struct sink *sink = open_sink(SINK_LIMIT, false);
	int full = open("/dev/full", O_WRONLY), file, fds[2];

	sink_connect(sink, full);
	send_stream(sink, 0, 10);
	ck_assert_int_eq(sink_close_file(sink, PATIENT, &full, "full"),
			 -ENOSPC);
	ck_assert_int_eq(full, -1);
	/* There is room for some of it only, behind a reader that sleeps. */
	ck_assert_int_eq(pipe(fds), 0);
	sink = open_sink(1000, false);
	send_stream(sink, 0, 1 << 20);
	file = memfd_create("file", MFD_CLOEXEC);
	sink_connect(sink, file);
	ck_assert_int_eq(sink_close_file(sink, PATIENT, &file, "file"),
			 -ENOBUFS);
	/* Nobody wants more. */
	close(fds[0]);
	sink = open_sink(SINK_LIMIT, false);
	sink_connect(sink, fds[1]);
	send_stream(sink, 0, 10);
	ck_assert_int_eq(sink_close(sink, PATIENT), 0);
	close(fds[1]);
}
END_TEST

/* What is beyond the limit is dropped, at the end and not in between. */
START_TEST(the_limit_holds)
{
	const uint64_t limit = 300000, sent = 4 << 20;
	struct sink *sink = open_sink(limit, true);
	uint8_t *got = malloc(sent);
	size_t n = 0, wrong = 0;
	ssize_t k;
	int fds[2];

	send_stream(sink, 0, sent);
	ck_assert_int_eq(pipe(fds), 0);
	fcntl(fds[1], F_SETPIPE_SZ, 1 << 20);
	sink_connect(sink, fds[1]);
	ck_assert_int_eq(sink_close(sink, PATIENT), 0);
	close(fds[1]);
	while ((k = read(fds[0], got + n, sent - n)) > 0)
		n += (size_t)k;
	/* The oldest are there up to the limit; then the newest follow. */
	ck_assert_uint_ge(n, limit);
	ck_assert_uint_le(n, limit + 128 * KIB);
	for (size_t i = 0; i < limit; i++)
		wrong += got[i] != pattern(i);
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(got[n - 1], pattern(sent - 1));
	free(got);
}
END_TEST

/* Somebody who shares the descriptor has made it non-blocking. */
START_TEST(a_nonblocking_descriptor)
{
	struct sink *sink = open_sink(SINK_LIMIT, false);
	struct reader reader = { .pause_us = 100 };
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	sink_connect(sink, fds[1]);
	send_stream(sink, 0, 1 << 20);
	reader.fd = fds[0];
	reader_start(&reader);
	ck_assert_int_eq(sink_close(sink, PATIENT), 0);
	close(fds[1]);
	pthread_join(reader.thread, NULL);
	ck_assert_uint_eq(reader.got, 1 << 20);
}
END_TEST

struct writer {
	struct sink *sink;
	uint8_t id;
};

static void *writer_run(void *arg)
{
	struct writer *writer = arg;
	uint8_t pair[2] = { writer->id, 0 };

	for (unsigned i = 0; i < 100000; i++) {
		pair[1] = (uint8_t)i;
		sink_write(writer->sink, pair, 2);
	}
	return NULL;
}

/* Each writer's bytes arrive in the order it sent them. */
START_TEST(several_writers)
{
	struct sink *sink = open_sink(SINK_LIMIT, false);
	struct writer writers[2] = { { sink, 0 }, { sink, 1 } };
	uint8_t next[2] = { 0, 0 }, pair[2];
	unsigned count = 0, wrong = 0;
	pthread_t threads[2];
	FILE *file = tmpfile();

	sink_connect(sink, fileno(file));
	for (unsigned i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, writer_run, &writers[i]);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(sink_close(sink, PATIENT), 0);
	rewind(file);
	while (fread(pair, 2, 1, file) == 1) {
		wrong += pair[0] > 1 || pair[1] != next[pair[0] & 1]++;
		count++;
	}
	ck_assert_uint_eq(count, 200000);
	ck_assert_uint_eq(wrong, 0);
	fclose(file);
}
END_TEST

START_TEST(spill_is_a_ring)
{
	uint8_t in[64], out[64];
	uint64_t put = 0, got = 0;
	struct spill spill;

	spill_init(&spill, 100);
	for (unsigned round = 0; round < 1000; round++) {
		size_t n = 1 + round % sizeof(in);
		ssize_t k;

		for (size_t i = 0; i < n; i++)
			in[i] = pattern(put + i);
		put += spill_put(&spill, in, n);
		ck_assert_uint_le(spill.used, 100);
		k = spill_read(&spill, out, 1 + round % 37);
		ck_assert_int_gt((int)k, 0);
		for (ssize_t i = 0; i < k; i++)
			ck_assert_uint_eq(out[i], pattern(got + (uint64_t)i));
		got += (uint64_t)k;
		spill_drop(&spill, (size_t)k);
	}
	ck_assert_uint_gt(got, 10000);
	spill_free(&spill);
}
END_TEST

static long blocks(const struct spill *spill)
{
	struct stat st;

	ck_assert_int_eq(fstat(spill->fd, &st), 0);
	return (long)st.st_blocks;
}

START_TEST(spill_gives_the_disk_back)
{
	static uint8_t buf[1 << 20];
	struct spill spill;
	ssize_t n;

	spill_init(&spill, 2 * sizeof(buf));
	memset(buf, 1, sizeof(buf));
	ck_assert_uint_eq(spill_put(&spill, buf, sizeof(buf)), sizeof(buf));
	ck_assert_int_gt(blocks(&spill), 0);
	while (spill.used) {
		n = spill_read(&spill, buf, sizeof(buf));
		ck_assert_int_gt((int)n, 0);
		spill_drop(&spill, (size_t)n);
	}
	ck_assert_int_eq(blocks(&spill), 0);
	spill_free(&spill);
}
END_TEST

/* In a sandbox there is none to be had later. */
START_TEST(spill_has_its_file_from_the_start)
{
	struct spill spill;

	spill_init(&spill, 100);
	ck_assert_int_ge(spill.fd, 0);
	spill_free(&spill);
	ck_assert_int_lt(spill.fd, 0);
}
END_TEST

START_TEST(spill_stops_at_its_limit)
{
	uint8_t buf[64] = { 0 };
	struct spill spill;

	spill_init(&spill, 100);
	ck_assert_uint_eq(spill_put(&spill, buf, 64), 64);
	ck_assert_uint_eq(spill_put(&spill, buf, 64), 36);
	ck_assert_uint_eq(spill_put(&spill, buf, 64), 0);
	spill_free(&spill);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_slow_reader_gets_every_byte,
		the_writer_does_not_wait_for_the_reader,
		what_was_kept_goes_to_who_connects,
		the_next_reader_gets_what_the_last_did_not,
		a_reader_that_leaves,
		a_reader_that_sleeps_is_given_up,
		a_host_that_is_slow,
		a_disk_that_hangs_is_given_up,
		without_a_reader_closing_does_not_wait,
		what_is_lost_is_told,
		no_more_than_the_maximum,
		the_tail_may_be_all_there_is,
		the_limit_holds,
		a_nonblocking_descriptor,
		several_writers,
		spill_is_a_ring,
		spill_stops_at_its_limit,
		spill_gives_the_disk_back,
		spill_has_its_file_from_the_start,
		NULL,
	};

	return unit_run(unit_suite("sink", tests));
}
