/* SPDX-License-Identifier: BSD-2-Clause */
/* A disk whose writes are thrown away: what it shows is what was written, by
 * any number of threads, and its base stays as it was. */
#define _GNU_SOURCE
#include <check.h>
#include <pthread.h>
#include <string.h>

#include "devices/disk/disk_image.h"
#include "devices/disk/overlay.h"
#include "devices/disk/raw.h"
#include "tests/disk_faults.h"
#include "tests/files.h"
#include "tests/unit.h"

/* The last block is not whole. */
enum { SIZE = 300 * 4096 + 512, THREADS = 4, SECTOR = 512 };

static struct disk *disk;
static int base_file, top_file;
static uint8_t original[SIZE], model[SIZE];

static struct disk *make_raw(int fd, bool read_only, const char *name)
{
	const struct raw_options options = { read_only, !read_only };
	struct disk *d;

	ck_assert_int_eq(raw_make(&d, fd, SIZE, name, &options), 0);
	return d;
}

static void setup(void)
{
	log_capture();
	for (unsigned i = 0; i < SIZE; i++)
		original[i] = (uint8_t)(i * 13 + i / 4096 + 1);
	memcpy(model, original, SIZE);
	base_file = memfd_create("base", MFD_CLOEXEC);
	top_file = memfd_create("top", MFD_CLOEXEC);
	ck_assert_int_eq(write(base_file, original, SIZE), SIZE);
	ck_assert_int_eq(ftruncate(top_file, SIZE), 0);
	ck_assert_int_eq(overlay_make(&disk, make_raw(base_file, true, "base"),
				      make_raw(top_file, false, "top")),
			 0);
	ck_assert_uint_eq(disk->size, SIZE);
	ck_assert_str_eq(disk->name, "base");
}

static void teardown(void)
{
	static uint8_t now[SIZE];

	ck_assert_int_eq(pread(base_file, now, SIZE, 0), SIZE);
	ck_assert_mem_eq(now, original, SIZE);
	disk_close(disk);
}

static int write_at(const void *buf, size_t len, uint64_t offset)
{
	const struct iovec iov = { (void *)(uintptr_t)buf, len };

	return disk->ops->write(disk, &iov, 1, offset, true);
}

/* In pieces of all sizes. */
static int read_pieces(uint8_t *buf, size_t len, uint64_t offset, size_t piece,
		       bool now)
{
	struct iovec iov[2000];
	unsigned n = 0;

	for (size_t at = 0; at < len && n < 2000; at += piece, n++)
		iov[n] = (struct iovec){ buf + at, MIN(piece, len - at) };
	return now ? disk_read_now(disk, iov, n, offset) :
		     disk->ops->read(disk, iov, n, offset);
}

static void expect_model(void)
{
	static uint8_t now[SIZE];

	ck_assert_int_eq(read_pieces(now, SIZE, 0, 777, false), 0);
	ck_assert_mem_eq(now, model, SIZE);
	memset(now, 0, SIZE);
	ck_assert_int_eq(read_pieces(now, SIZE, 0, 65536, true), 0);
	ck_assert_mem_eq(now, model, SIZE);
}

static void put(uint64_t offset, size_t len, uint8_t byte)
{
	uint8_t bytes[SIZE];

	memset(bytes, byte, len);
	memset(model + offset, byte, len);
	ck_assert_int_eq(write_at(bytes, len, offset), 0);
}

START_TEST(untouched)
{
	expect_model();
	ck_assert_int_eq(disk->ops->flush(disk), 0);
	ck_assert_uint_eq(storage.sync.calls, 0);
}
END_TEST

/* The rest of a block that is written in part stays what it was. */
START_TEST(parts_of_blocks)
{
	put(SECTOR, SECTOR, 0xaa);
	expect_model();
	put(4096 * 3 + 100, 4096 * 2, 0xbb);
	expect_model();
	put(4096 * 10, 4096, 0xcc);
	put(4096 * 10 + 5, 1, 0xdd);
	expect_model();
	put(SIZE - SECTOR, SECTOR, 0xee);
	put(SIZE - 1, 1, 0xff);
	expect_model();
}
END_TEST

START_TEST(zeroes)
{
	memset(model + 5000, 0, 20000);
	ck_assert_int_eq(disk->ops->zero(disk, 5000, 20000, true), 0);
	expect_model();
	put(8192, 300, 0x11);
	memset(model + 8200, 0, 10);
	ck_assert_int_eq(disk->ops->zero(disk, 8200, 10, false), 0);
	ck_assert_int_eq(disk->ops->zero(disk, 8200, 0, false), 0);
	expect_model();
}
END_TEST

/* Only what is wholly discarded may change, and its room is free again. */
START_TEST(discards)
{
	static uint8_t now[SIZE];

	put(0, 4096 * 4, 0x22);
	ck_assert_int_eq(disk->ops->discard(disk, 100, 4096 * 3), 0);
	memset(model + 4096, 0, 4096 * 2);
	ck_assert_int_eq(read_pieces(now, SIZE, 0, 4096, false), 0);
	ck_assert_mem_eq(now, model, SIZE);
	ck_assert_int_eq(lseek(top_file, 4096, SEEK_DATA), 4096 * 3);
	ck_assert_int_eq(disk->ops->discard(disk, 4096 * 100, 4096), 0);
	expect_model();
}
END_TEST

START_TEST(random_requests)
{
	srandom(1);
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t offset = (uint64_t)random() % SIZE;
		size_t len = (size_t)random() % MIN(20000, SIZE - offset);

		if (random() % 4) {
			put(offset, len, (uint8_t)random());
			continue;
		}
		memset(model + offset, 0, len);
		ck_assert_int_eq(disk->ops->zero(disk, offset, len, true), 0);
	}
	expect_model();
}
END_TEST

/* No room for what is written: an error, and what was there stays. */
START_TEST(no_room)
{
	char bytes[5000] = "";

	storage.write.error = ENOSPC;
	ck_assert_int_eq(write_at(bytes, 5000, 4096), -ENOSPC);
	log_expect("disk top: writing failed: No space left on device");
	ck_assert_int_eq(write_at(bytes, 512, 0), -ENOSPC);
	ck_assert_uint_eq(((struct disk_image *)disk)->failed[IMAGE_WRITING],
			  2);
	storage.write.error = 0;
	expect_model();
	put(4096, 5000, 0x33);
	expect_model();
}
END_TEST

/* The base can't be read to copy a block up: nothing is made of it. */
START_TEST(no_base)
{
	char bytes[512] = "";

	storage.read.error = EIO;
	ck_assert_int_eq(write_at(bytes, 512, 512), -EIO);
	storage.read.error = 0;
	expect_model();
}
END_TEST

/* Each thread writes the sectors that are its own, which share blocks with
 * the others', and all come back. */
static void *write_own(void *arg)
{
	unsigned self = (unsigned)(uintptr_t)arg;

	for (uint64_t i = self; i < SIZE / SECTOR; i += THREADS) {
		uint8_t bytes[SECTOR];

		memset(bytes, (int)(i + 1), SECTOR);
		ck_assert_int_eq(write_at(bytes, SECTOR, i * SECTOR), 0);
		if (i % 3)
			continue;
		ck_assert_int_eq(
			disk->ops->zero(disk, i * SECTOR, SECTOR, false), 0);
		ck_assert_int_eq(write_at(bytes, SECTOR, i * SECTOR), 0);
	}
	return NULL;
}

/* One block and a half each, so that whole blocks meet parts of them. */
static void *write_large(void *arg)
{
	enum { LEN = 3 * 4096 / 2 };
	unsigned self = (unsigned)(uintptr_t)arg;
	uint8_t bytes[LEN];

	for (uint64_t i = self; (i + 1) * LEN <= SIZE; i += THREADS) {
		memset(bytes, (int)(i + 1), LEN);
		ck_assert_int_eq(write_at(bytes, LEN, i * LEN), 0);
	}
	return NULL;
}

static void run_threads(void *(*run)(void *arg))
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, run, (void *)i), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

START_TEST(threads_share_blocks)
{
	for (unsigned i = 0; i < SIZE; i++)
		model[i] = (uint8_t)(i / SECTOR + 1);
	run_threads(write_own);
	expect_model();
}
END_TEST

START_TEST(threads_share_edges)
{
	enum { LEN = 3 * 4096 / 2 };

	for (unsigned i = 0; i < SIZE / LEN * LEN; i++)
		model[i] = (uint8_t)(i / LEN + 1);
	run_threads(write_large);
	expect_model();
}
END_TEST

START_TEST(cancelled)
{
	char bytes[512];

	disk_cancel(disk);
	ck_assert_int_eq(write_at(bytes, 512, 0), -ECANCELED);
	ck_assert_int_eq(read_pieces((uint8_t *)bytes, 512, 0, 512, false),
			 -ECANCELED);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		untouched, parts_of_blocks, zeroes,
		discards,  random_requests, no_room,
		no_base,   cancelled,	    NULL,
	};
	const TTest *const threads[] = { threads_share_blocks,
					 threads_share_edges, NULL };
	Suite *suite = suite_create("overlay");

	unit_add(suite, tests, 1, setup, teardown);
	unit_add(suite, threads, 20, setup, teardown);
	return unit_run(suite);
}
