/* SPDX-License-Identifier: BSD-2-Clause */
/* Raw images on a host whose storage does all it may. */
#define _GNU_SOURCE
#include <check.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <pthread.h>
#include <string.h>

#include "devices/disk/disk_image.h"
#include "devices/disk/raw.h"
#include "tests/disk_faults.h"
#include "tests/files.h"
#include "tests/unit.h"

enum { SIZE = 1 << 20 };

static struct disk *disk;
static int file;

static struct disk *make(bool read_only, bool unsafe)
{
	const struct raw_options options = { read_only, unsafe };
	struct disk *d;
	uint8_t bytes[SIZE];

	for (unsigned i = 0; i < SIZE; i++)
		bytes[i] = (uint8_t)(i / 512 + i);
	file = memfd_create("disk", MFD_CLOEXEC);
	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(write(file, bytes, SIZE), SIZE);
	ck_assert_int_eq(raw_make(&d, file, SIZE, "a.img", &options), 0);
	ck_assert_uint_eq(d->size, SIZE);
	storage.allocate.calls = 0;
	return d;
}

static void setup(void)
{
	log_capture();
	disk = make(false, false);
}

static uint64_t failed(enum disk_image_task task)
{
	return count_get(&((struct disk_image *)disk)->failed[task]);
}

static int read_at(void *buf, size_t len, uint64_t offset)
{
	const struct iovec iov = { buf, len };

	return disk->ops->read(disk, &iov, 1, offset);
}

static int write_at(const void *buf, size_t len, uint64_t offset, bool durable)
{
	const struct iovec iov = { (void *)(uintptr_t)buf, len };

	return disk->ops->write(disk, &iov, 1, offset, durable);
}

static void expect(uint64_t offset, size_t len, int byte)
{
	uint8_t bytes[SIZE];

	ck_assert_int_eq(pread(file, bytes, len, (off_t)offset), (ssize_t)len);
	for (size_t i = 0; i < len; i++)
		ck_assert_uint_eq(
			bytes[i],
			byte >= 0 ? (unsigned)byte :
				    (uint8_t)((offset + i) / 512 + offset + i));
}

static void expect_silence(void)
{
	char buf[256];

	ck_assert_str_eq(log_text(buf, sizeof(buf)), "");
}

/* More pieces than one call takes, some of them empty. */
START_TEST(many_pieces)
{
	static uint8_t out[3000], in[3000];
	struct iovec iov[6000];

	for (unsigned i = 0; i < 3000; i++) {
		out[i] = (uint8_t)(i * 7);
		iov[2 * i] = (struct iovec){ &out[i], 1 };
		iov[2 * i + 1] = (struct iovec){ NULL, 0 };
	}
	ck_assert_int_eq(disk->ops->write(disk, iov, 6000, 512, false), 0);
	for (unsigned i = 0; i < 3000; i++)
		iov[2 * i].iov_base = &in[i];
	ck_assert_int_eq(disk->ops->read(disk, iov, 6000, 512), 0);
	ck_assert_mem_eq(in, out, sizeof(in));
	expect(0, 512, -1);
	expect(3512, 600, -1);
	ck_assert_int_eq(disk_read_now(disk, iov, 6000, 512), -EAGAIN);
}
END_TEST

/* What is transferred in parts, and interrupted, is transferred whole. */
START_TEST(short_transfers)
{
	uint8_t out[1000], in[1000];

	storage.read.most = storage.write.most = 7;
	storage.read.interrupted = storage.write.interrupted = true;
	memset(out, 0xa5, sizeof(out));
	ck_assert_int_eq(write_at(out, sizeof(out), 300, false), 0);
	ck_assert_int_eq(read_at(in, sizeof(in), 300), 0);
	ck_assert_mem_eq(in, out, sizeof(in));
	expect(300, 1000, 0xa5);
	expect(1300, 100, -1);
	ck_assert_uint_ge(storage.read.calls, 143);
	ck_assert_uint_ge(storage.write.calls, 143);
	expect_silence();
}
END_TEST

/* Of each kind of failure one line, and all are counted. */
START_TEST(errors_are_told_once)
{
	char buf[512];

	storage.read.error = EIO;
	ck_assert_int_eq(read_at(buf, 512, 0), -EIO);
	log_expect("disk a.img: reading failed: Input/output error");
	ck_assert_int_eq(read_at(buf, 512, 0), -EIO);
	expect_silence();
	ck_assert_uint_eq(failed(IMAGE_READING), 2);
	storage.read.error = 0;
	ck_assert_int_eq(read_at(buf, 512, 0), 0);

	storage.write.error = EIO;
	ck_assert_int_eq(write_at(buf, 512, 0, false), -EIO);
	log_expect("disk a.img: writing failed: Input/output error");
	storage.write.error = ENOSPC;
	ck_assert_int_eq(write_at(buf, 512, 0, false), -ENOSPC);
	log_expect("disk a.img: writing failed: No space left on device");
	ck_assert_int_eq(write_at(buf, 512, 0, false), -ENOSPC);
	expect_silence();
	storage.write.error = 0;
	ck_assert_int_eq(write_at(buf, 512, 0, false), 0);
	ck_assert_uint_eq(failed(IMAGE_WRITING), 3);
}
END_TEST

/* [hostile: a file that shrinks] What is not there is an error, not old
 * memory. */
START_TEST(file_shrinks)
{
	char buf[1024];

	ck_assert_int_eq(ftruncate(file, 512), 0);
	ck_assert_int_eq(read_at(buf, 1024, 0), -EIO);
	log_expect("disk a.img: reading failed: the file has become shorter");
	ck_assert_int_eq(read_at(buf, 512, 0), 0);
}
END_TEST

/* The kernel tells of a lost write once; a flush does for ever. */
START_TEST(failed_flush_is_final)
{
	storage.sync.error = EIO;
	storage.sync.times = 1;
	ck_assert_int_eq(disk->ops->flush(disk), -EIO);
	log_expect("disk a.img: flushing failed: Input/output error");
	ck_assert_int_eq(disk->ops->flush(disk), -EIO);
	ck_assert_int_eq(disk->ops->flush(disk), -EIO);
	ck_assert_uint_eq(failed(IMAGE_FLUSHING), 3);
	expect_silence();
}
END_TEST

static void *flush_thread(void *result)
{
	*(int *)result = disk->ops->flush(disk);
	return NULL;
}

/* The kernel tells one of two that flush at the same time; both are told. */
START_TEST(failed_flush_is_everybodys)
{
	int first = 0, second;
	pthread_t thread;

	storage.sync.error = EIO;
	storage.sync.times = 1;
	storage.sync.slow_us = 100000;
	ck_assert_int_eq(pthread_create(&thread, NULL, flush_thread, &first),
			 0);
	while (!__atomic_load_n(&storage.sync.begun, __ATOMIC_RELAXED))
		usleep(100);
	second = disk->ops->flush(disk);
	pthread_join(thread, NULL);
	ck_assert_int_eq(first, -EIO);
	ck_assert_int_eq(second, -EIO);
}
END_TEST

START_TEST(flush_syncs)
{
	storage.sync.interrupted = true;
	ck_assert_int_eq(disk->ops->flush(disk), 0);
	ck_assert_int_eq(disk->ops->flush(disk), 0);
	ck_assert_uint_eq(storage.sync.calls, 3);
}
END_TEST

/* Each call of a durable write is, and a failure is the next flush's too. */
START_TEST(durable_writes)
{
	char buf[1024] = "";

	storage.write.most = 512;
	ck_assert_int_eq(write_at(buf, 1024, 0, true), 0);
	ck_assert_uint_eq(storage.write.calls, 2);
	ck_assert_int_eq(storage.write.flags, RWF_DSYNC);
	ck_assert_int_eq(write_at(buf, 512, 0, false), 0);
	ck_assert_int_eq(storage.write.flags, 0);
	ck_assert_uint_eq(storage.sync.calls, 0);
	ck_assert_int_eq(disk->ops->flush(disk), 0);

	storage.write.error = EIO;
	storage.write.times = 1;
	ck_assert_int_eq(write_at(buf, 512, 0, true), -EIO);
	ck_assert_int_eq(disk->ops->flush(disk), -EIO);
	ck_assert_uint_eq(storage.sync.calls, 1);
}
END_TEST

/* A kernel without RWF_DSYNC. */
START_TEST(durable_by_sync)
{
	char buf[512] = "";

	storage.write.error = EOPNOTSUPP;
	storage.write.times = 1;
	ck_assert_int_eq(write_at(buf, 512, 0, true), 0);
	ck_assert_uint_eq(storage.sync.calls, 1);
	expect(0, 512, 0);
	storage.write.error = EOPNOTSUPP;
	storage.write.times = 1;
	storage.sync.error = EIO;
	ck_assert_int_eq(write_at(buf, 512, 0, true), -EIO);
}
END_TEST

START_TEST(unsafe_never_waits)
{
	char buf[512] = "";

	disk_close(disk);
	disk = make(false, true);
	ck_assert_int_eq(write_at(buf, 512, 0, true), 0);
	ck_assert_int_eq(storage.write.flags, 0);
	ck_assert_int_eq(disk->ops->flush(disk), 0);
	ck_assert_uint_eq(storage.sync.calls, 0);
}
END_TEST

START_TEST(read_only_is)
{
	char buf[512];

	disk_close(disk);
	disk = make(true, false);
	ck_assert(disk->read_only && !disk->can_discard);
	ck_assert_int_eq(write_at(buf, 512, 0, false), -EROFS);
	ck_assert_int_eq(disk->ops->zero(disk, 0, 512, true), -EROFS);
	ck_assert_int_eq(disk->ops->discard(disk, 0, 512), -EROFS);
	ck_assert_uint_eq(storage.write.calls, 0);
	ck_assert_uint_eq(storage.allocate.calls, 0);
	ck_assert_int_eq(disk->ops->flush(disk), 0);
	ck_assert_int_eq(read_at(buf, 512, 0), 0);
	ck_assert_uint_eq(failed(IMAGE_WRITING), 0);
	expect_silence();
}
END_TEST

static void zero_odd(bool may_unmap)
{
	ck_assert_int_eq(disk->ops->zero(disk, 1000, 70000, may_unmap), 0);
	expect(0, 1000, -1);
	expect(1000, 70000, 0);
	expect(71000, 1000, -1);
}

START_TEST(zero_by_punching)
{
	zero_odd(true);
	ck_assert_uint_eq(storage.allocate.calls, 1);
	ck_assert_int_eq(storage.allocate.flags,
			 FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
	ck_assert_uint_eq(storage.write.calls, 0);
}
END_TEST

/* Without unmap the range stays allocated; what the file can't do is tried
 * once, and then zeros are written. */
START_TEST(zero_by_writing)
{
	storage.allocate.error = EOPNOTSUPP;
	zero_odd(false);
	ck_assert_uint_eq(storage.allocate.calls, 1);
	ck_assert_int_eq(storage.allocate.flags,
			 FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE);
	ck_assert_uint_ge(storage.write.calls, 1);
	zero_odd(false);
	ck_assert_uint_eq(storage.allocate.calls, 1);
	zero_odd(true);
	ck_assert_uint_eq(storage.allocate.calls, 2);
	zero_odd(true);
	ck_assert_uint_eq(storage.allocate.calls, 2);
}
END_TEST

/* This range can't be; another may. */
START_TEST(zero_of_an_odd_range)
{
	storage.allocate.error = EINVAL;
	storage.allocate.times = 1;
	storage.mode = FALLOC_FL_PUNCH_HOLE;
	zero_odd(true);
	ck_assert_uint_eq(storage.allocate.calls, 1);
	zero_odd(true);
	ck_assert_uint_eq(storage.allocate.calls, 2);
}
END_TEST

START_TEST(zero_fails)
{
	storage.allocate.error = ENOSPC;
	ck_assert_int_eq(disk->ops->zero(disk, 0, 4096, false), -ENOSPC);
	log_expect("writing failed: No space left on device");
	storage.allocate.error = EOPNOTSUPP;
	storage.write.error = EIO;
	ck_assert_int_eq(disk->ops->zero(disk, 0, 4096, true), -EIO);
	ck_assert_uint_eq(failed(IMAGE_WRITING), 2);
	ck_assert_int_eq(disk->ops->zero(disk, 0, 0, true), 0);
}
END_TEST

START_TEST(discard)
{
	ck_assert(disk->can_discard);
	ck_assert_int_eq(disk->ops->discard(disk, 4096, 8192), 0);
	ck_assert_int_eq(disk->ops->discard(disk, 0, 0), 0);
	ck_assert_uint_eq(storage.allocate.calls, 1);
	expect(0, 4096, -1);
	expect(4096, 8192, 0);
	expect(12288, 4096, -1);
	storage.allocate.error = EIO;
	ck_assert_int_eq(disk->ops->discard(disk, 0, 4096), -EIO);
	storage.allocate.error = EOPNOTSUPP;
	ck_assert_int_eq(disk->ops->discard(disk, 0, 4096), 0);
	expect(0, 4096, -1);
	disk_close(disk);
	disk = make(false, false);
	ck_assert(!disk->can_discard);
}
END_TEST

/* Looking whether holes can be punched changes nothing, in a last sector that
 * is not whole either. */
START_TEST(looking_changes_nothing)
{
	const struct raw_options options = { false, false };
	struct disk *d;

	disk_close(disk);
	disk = make(false, false);
	for (unsigned rest = 1; rest < 512; rest++) {
		uint64_t size = SIZE - 4096;

		ck_assert_int_eq(raw_make(&d, dup(file), size, "b", &options),
				 0);
		ck_assert(d->can_discard);
		disk_close(d);
		expect(size, rest, -1);
	}
}
END_TEST

START_TEST(read_now)
{
	char buf[512];
	const struct iovec iov = { buf, sizeof(buf) };

	/* In memory nothing waits. */
	ck_assert_int_eq(disk_read_now(disk, &iov, 1, 0), 0);
	ck_assert_int_eq(storage.read.flags, 0);
	storage.read.most = 100;
	ck_assert_int_eq(disk_read_now(disk, &iov, 1, 0), -EAGAIN);
	storage.read.most = 0;
	/* An error is read()'s to find, and to tell of. */
	storage.read.error = EIO;
	ck_assert_int_eq(disk_read_now(disk, &iov, 1, 0), -EAGAIN);
	expect_silence();
	storage.read.error = EOPNOTSUPP;
	ck_assert_int_eq(disk_read_now(disk, &iov, 1, 0), -EAGAIN);
	storage.read.error = 0;
	storage.read.calls = 0;
	ck_assert_int_eq(disk_read_now(disk, &iov, 1, 0), -EAGAIN);
	ck_assert_uint_eq(storage.read.calls, 0);
}
END_TEST

START_TEST(cancelled)
{
	char buf[512];

	disk_cancel(disk);
	ck_assert_int_eq(read_at(buf, 512, 0), -ECANCELED);
	ck_assert_int_eq(write_at(buf, 512, 0, true), -ECANCELED);
	ck_assert_int_eq(disk->ops->flush(disk), -ECANCELED);
	ck_assert_int_eq(disk->ops->zero(disk, 0, 512, true), -ECANCELED);
	ck_assert_uint_eq(failed(IMAGE_READING), 0);
	expect_silence();
}
END_TEST

static void teardown(void)
{
	disk_close(disk);
}

int main(void)
{
	const TTest *const tests[] = {
		many_pieces,
		short_transfers,
		errors_are_told_once,
		file_shrinks,
		failed_flush_is_final,
		failed_flush_is_everybodys,
		flush_syncs,
		durable_writes,
		durable_by_sync,
		unsafe_never_waits,
		read_only_is,
		zero_by_punching,
		zero_by_writing,
		zero_of_an_odd_range,
		zero_fails,
		discard,
		looking_changes_nothing,
		read_now,
		cancelled,
		NULL,
	};

	return unit_run(unit_suite_fixture("raw", tests, setup, teardown));
}
