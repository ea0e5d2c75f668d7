/* SPDX-License-Identifier: BSD-2-Clause */
/* The disks of a run. */
#define _GNU_SOURCE
#include <check.h>
#include <errno.h>
#include <string.h>

#include "cli/disk_host.h"
#include "devices/blk/blk.h"
#include "devices/blk/blk_part.h"
#include "devices/blk/disk.h"
#include "devices/disk/disk_config.h"
#include "tests/files.h"
#include "tests/unit.h"

static struct disk_host host;
static struct disk_config configs[BLK_DISKS_MAX + 1];
static struct file files[2];

static void setup(void)
{
	static const char bytes[8192];

	log_capture();
	for (unsigned i = 0; i < 2; i++)
		files[i] = file_make(bytes, sizeof(bytes));
	for (unsigned i = 0; i < BLK_DISKS_MAX + 1; i++)
		configs[i] = (struct disk_config){ .path = files[i % 2].path,
						   .queue_size = 64 };
}

static int open_disks(size_t n)
{
	const struct disk_list list = { configs, n };

	return disk_host_open(&host, &list);
}

START_TEST(in_order)
{
	configs[0].ring = DISK_RING_PACKED;
	configs[0].transitional = true;
	configs[1].ring = DISK_RING_SPLIT;
	ck_assert_int_eq(open_disks(2), 0);
	ck_assert_uint_eq(host.count, 2);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_eq(host.drives[i].index, i);
		ck_assert_str_eq(host.drives[i].disk->name, files[i].path);
		ck_assert(host.drives[i].virtio.on);
		ck_assert_uint_eq(host.drives[i].virtio.queue_size, 64);
		ck_assert(host.drives[i].virtio.packed == !i);
		ck_assert(host.drives[i].virtio.transitional == !i);
		ck_assert(host.drives[i].packed_only == !i);
	}
	disk_host_close(&host);
	ck_assert_ptr_null(host.drives);
}
END_TEST

START_TEST(none)
{
	ck_assert_int_eq(open_disks(0), 0);
	disk_host_cancel(&host);
	disk_host_close(&host);
}
END_TEST

/* A file is written to by one disk. */
START_TEST(twice)
{
	configs[2].path = files[0].path;
	ck_assert_int_eq(open_disks(3), -EINVAL);
	log_expect("it is given twice: add ro or snapshot to "
		   "both");
	disk_host_close(&host);
	configs[0].snapshot = true;
	ck_assert_int_eq(open_disks(3), -EINVAL);
	log_expect("it is given twice");
	disk_host_close(&host);
	configs[2].read_only = true;
	ck_assert_int_eq(open_disks(3), 0);
	disk_host_close(&host);
}
END_TEST

START_TEST(one_is_missing)
{
	configs[1].path = (char[]){ "/nonexistent" };
	ck_assert_int_eq(open_disks(2), -ENOENT);
	log_expect("--disk /nonexistent: there is no such file");
	ck_assert_uint_eq(host.count, 1);
	disk_host_close(&host);
}
END_TEST

START_TEST(too_many)
{
	ck_assert_int_eq(open_disks(BLK_DISKS_MAX + 1), -EINVAL);
	log_expect("--disk: there can be 26 disks at most");
	disk_host_close(&host);
}
END_TEST

START_TEST(given_up)
{
	char byte;
	const struct iovec iov = { &byte, 1 };
	struct disk *disk;

	ck_assert_int_eq(open_disks(1), 0);
	disk = host.drives[0].disk;
	ck_assert_int_eq(disk->ops->read(disk, &iov, 1, 0), 0);
	disk_host_cancel(&host);
	ck_assert_int_eq(disk->ops->read(disk, &iov, 1, 0), -ECANCELED);
	disk_host_close(&host);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		in_order, none, twice, one_is_missing, too_many, given_up, NULL,
	};

	return unit_run(unit_suite_fixture("disk_host", tests, setup, NULL));
}
