/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "firmware/image.h"
#include "tests/files.h"
#include "tests/unit.h"

static void open_fails(const char *path, int err, const char *why)
{
	struct image image;

	ck_assert_int_eq(image_open(&image, path), -err);
	ck_assert_int_eq(image.fd, -1);
	log_expect(why);
}

START_TEST(only_regular_files_with_something_in_them_open)
{
	char dir[] = "/tmp/minivmm-test-XXXXXX", fifo[64];
	struct file empty = file_make("", 0);

	log_capture();
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	open_fails(dir, EISDIR, "directory");
	open_fails(fifo, EINVAL, "not a regular file");
	open_fails("/dev/null", EINVAL, "not a regular file");
	open_fails("/no/such/file", ENOENT, "No such file");
	open_fails(empty.path, ENODATA, "empty file");
	unlink(fifo);
	rmdir(dir);
}
END_TEST

START_TEST(peek_stops_at_the_end)
{
	struct file f = file_make("0123456789", 10);
	struct image image;
	char buf[16] = "";

	ck_assert_int_eq(image_open(&image, f.path), 0);
	ck_assert_uint_eq(image.size, 10);
	ck_assert_uint_eq(image_peek(&image, 0, buf, 4), 4);
	ck_assert_mem_eq(buf, "0123", 4);
	ck_assert_uint_eq(image_peek(&image, 8, buf, 4), 2);
	ck_assert_mem_eq(buf, "89", 2);
	ck_assert_uint_eq(image_peek(&image, 10, buf, 4), 0);
	ck_assert_uint_eq(image_peek(&image, UINT64_MAX, buf, 4), 0);
	image_close(&image);
	image_close(&image);
}
END_TEST

/* Also where the text crosses from one chunk that is read to the next. */
START_TEST(find_looks_everywhere)
{
	enum { SIZE = 3 * 64 * 1024 };
	char *bytes = calloc(1, SIZE);
	static const size_t places[] = { 0,	   1,	    65529,  65535,
					 65536,	   65540,   131060, 131072,
					 SIZE - 8, SIZE - 7 };

	ck_assert_ptr_nonnull(bytes);
	for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
		struct image image;
		uint64_t found;
		struct file f;

		memset(bytes, 'v', SIZE);
		memcpy(bytes + places[i], "version", 7);
		f = file_make(bytes, SIZE);
		ck_assert_int_eq(image_open(&image, f.path), 0);
		ck_assert(image_find(&image, "version", &found));
		ck_assert_uint_eq(found, places[i]);
		ck_assert(!image_find(&image, "versions", NULL));
		image_close(&image);
		file_free(&f);
	}
	free(bytes);
}
END_TEST

START_TEST(load_reads_exactly_what_was_asked)
{
	struct file f = file_make("0123456789", 10);
	struct image image;
	struct mem mem;
	const char *ram;

	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_int_eq(image_open(&image, f.path), 0);
	ram = mem_at(&mem, 0x1000, 16);
	ck_assert_int_eq(image_load(&image, 2, 5, &mem, 0x1001), 0);
	ck_assert_mem_eq(ram,
			 "\0"
			 "23456\0",
			 7);
	/* The last bytes of RAM. */
	ck_assert_int_eq(image_load(&image, 0, 10, &mem, 16 * MIB - 10), 0);
	image_close(&image);
	mem_free(&mem);
}
END_TEST

START_TEST(load_refuses_what_is_not_there)
{
	struct file f = file_make("0123456789", 10);
	struct image image;
	struct mem mem;

	log_capture();
	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_int_eq(image_open(&image, f.path), 0);
	ck_assert_int_eq(image_load(&image, 0, 10, &mem, 16 * MIB - 9),
			 -EFAULT);
	log_expect("not in guest memory");
	ck_assert_int_eq(image_load(&image, 0, UINT64_MAX, &mem, 0), -EFAULT);
	log_expect("not in guest memory");
	ck_assert_int_eq(image_load(&image, 1, 10, &mem, 0), -EIO);
	log_expect("truncated");
	ck_assert_int_eq(image_load(&image, UINT64_MAX, 2, &mem, 0), -EIO);
	log_expect("truncated");
	/* Cut short behind our back. */
	ck_assert_int_eq(ftruncate(f.fd, 5), 0);
	ck_assert_int_eq(image_load(&image, 0, 10, &mem, 0), -EIO);
	log_expect("shorter");
	ck_assert_uint_eq(image_peek(&image, 4, &(char[8]){ 0 }, 8), 1);
	image_close(&image);
	mem_free(&mem);
}
END_TEST

/* The end is asked for when so much has been read. */
static bool is_cancelled(void *arg)
{
	unsigned *looks = arg;

	return ++*looks > 3;
}

/* The file is mostly a hole, and never read to its end. */
START_TEST(a_long_load_is_given_up)
{
	struct file f = file_make("x", 1);
	unsigned looks = 0;
	const struct image_cancel cancel = { is_cancelled, &looks };
	struct image image;
	struct mem mem;

	log_capture();
	ck_assert_int_eq(ftruncate(f.fd, (off_t)(100 * MIB)), 0);
	ck_assert_int_eq(mem_init(&mem, 128 * MIB), 0);
	ck_assert_int_eq(image_open(&image, f.path), 0);
	image.cancel = &cancel;
	ck_assert_int_eq(image_load(&image, 0, 100 * MIB, &mem, 0), -ECANCELED);
	ck_assert_uint_eq(looks, 4);
	ck_assert_str_eq(log_text((char[64]){ 0 }, 64), "");
	image_close(&image);
	mem_free(&mem);
	file_free(&f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		only_regular_files_with_something_in_them_open,
		peek_stops_at_the_end,
		find_looks_everywhere,
		load_reads_exactly_what_was_asked,
		load_refuses_what_is_not_there,
		a_long_load_is_given_up,
		NULL,
	};

	return unit_run(unit_suite("image", tests));
}
