/* SPDX-License-Identifier: BSD-2-Clause */
/* What is opened as a disk, and what is refused in one line. */
#define _GNU_SOURCE
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/util.h"
#include "devices/blk/disk.h"
#include "devices/disk/disk_config.h"
#include "devices/disk/disk_open.h"
#include "tests/files.h"
#include "tests/unit.h"

static char dir[] = "/tmp/minivmm-open-XXXXXX";
static char path[64];
static struct disk_config config;
static struct disk *disk;

static void setup(void)
{
	log_capture();
	unsetenv("TMPDIR");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a.img", dir);
	config = (struct disk_config){ .path = path };
}

static void teardown(void)
{
	disk_close(disk);
	unlink(path);
	rmdir(dir);
}

static void make(const void *bytes, size_t len, off_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	ck_assert_int_eq(ftruncate(fd, size), 0);
	close(fd);
}

static void refused(int err, const char *why)
{
	ck_assert_int_eq(disk_open(&disk, &config), err);
	ck_assert_ptr_null(disk);
	log_expect(why);
}

static void opened(void)
{
	char text[500];

	ck_assert_int_eq(disk_open(&disk, &config), 0);
	ck_assert_str_eq(log_text(text, sizeof(text)), "");
}

static int write_byte(char byte, uint64_t offset)
{
	const struct iovec iov = { &byte, 1 };

	return disk->ops->write(disk, &iov, 1, offset, false);
}

static char byte_at(uint64_t offset)
{
	char byte;
	const struct iovec iov = { &byte, 1 };

	ck_assert_int_eq(disk->ops->read(disk, &iov, 1, offset), 0);
	return byte;
}

static char file_byte(off_t offset)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char byte;

	ck_assert_int_eq(pread(fd, &byte, 1, offset), 1);
	close(fd);
	return byte;
}

START_TEST(file)
{
	make("abc", 3, 8192);
	config.serial = (char[]){ "12345678901234567890" };
	opened();
	ck_assert_uint_eq(disk->size, 8192);
	ck_assert(!disk->read_only);
	ck_assert_mem_eq(disk->serial, "12345678901234567890", DISK_SERIAL);
	ck_assert_str_eq(disk->name, path);
	ck_assert_int_eq(write_byte('x', 1), 0);
	ck_assert_int_eq(file_byte(1), 'x');
}
END_TEST

START_TEST(no_file)
{
	ck_assert_int_eq(symlink("nowhere", path), 0);
	refused(-ENOENT, "a.img: there is no such file");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("a.img", path), 0);
	refused(-ELOOP, "a.img: Too many levels of symbolic links");
	ck_assert_int_eq(unlink(path), 0);
	refused(-ENOENT, "a.img: there is no such file: make an empty disk by "
			 "`truncate -s 10G FILE'");
}
END_TEST

START_TEST(directory)
{
	config.path = dir;
	refused(-EISDIR, "it is a directory: pack it, by `mksquashfs");
}
END_TEST

/* Nothing waits for a reader of it. */
START_TEST(fifo)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	refused(-EINVAL, "it is neither a file nor a block device");
	config.path = (char[]){ "/dev/null" };
	refused(-EINVAL, "it is neither a file nor a block device");
}
END_TEST

START_TEST(empty)
{
	make("", 0, 0);
	refused(-EINVAL, "it is empty: give it a size");
	make("", 0, 511);
	refused(-EINVAL, "its 511 bytes are no whole sector");
}
END_TEST

START_TEST(rest_of_a_sector)
{
	make("", 0, 1024 + 100);
	ck_assert_int_eq(disk_open(&disk, &config), 0);
	log_expect("its last 100 bytes are no whole sector");
	ck_assert_uint_eq(disk->size, 1024);
}
END_TEST

/* Root may all; so this is run as somebody else. */
START_TEST(no_permission)
{
	make("", 0, 4096);
	chmod(dir, 0755);
	if (getuid() == 0) {
		ck_assert_int_eq(chown(path, 0, 0), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	chmod(path, 0444);
	refused(-EACCES, "it can't be written to (Permission denied): add ,ro "
			 "or ,snapshot");
	config.snapshot = true;
	opened();
	disk_close(disk);
	ck_assert_int_eq(seteuid(getuid()), 0);
	chmod(path, 0);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	config.snapshot = false;
	refused(-EACCES, "a.img: Permission denied: let this user read the "
			 "file and write to it");
	ck_assert_int_eq(seteuid(getuid()), 0);
}
END_TEST

START_TEST(in_use)
{
	struct disk *first;

	make("", 0, 4096);
	opened();
	first = disk;
	refused(-EBUSY, "it is given twice: add ro or snapshot to both");
	config.read_only = true;
	refused(-EBUSY, "it is given twice");
	disk_close(first);
	opened();
	first = disk;
	config.snapshot = true;
	opened();
	disk_close(first);
}
END_TEST

START_TEST(read_only)
{
	make("abc", 3, 4096);
	config.read_only = true;
	config.snapshot = true;
	opened();
	ck_assert(disk->read_only);
	ck_assert_int_eq(write_byte('x', 0), -EROFS);
	ck_assert_int_eq(byte_at(1), 'b');
}
END_TEST

START_TEST(snapshot)
{
	make("abc", 3, 4096);
	config.snapshot = true;
	opened();
	ck_assert(!disk->read_only);
	ck_assert_int_eq(write_byte('x', 1), 0);
	ck_assert_int_eq(byte_at(0), 'a');
	ck_assert_int_eq(byte_at(1), 'x');
	ck_assert_int_eq(file_byte(1), 'b');
	disk_close(disk);
	opened();
	ck_assert_int_eq(byte_at(1), 'b');
}
END_TEST

/* Where TMPDIR is: there, with no name left; where it can't be: elsewhere. */
START_TEST(snapshot_somewhere)
{
	make("abc", 3, 4096);
	config.snapshot = true;
	setenv("TMPDIR", dir, 1);
	opened();
	ck_assert_int_eq(write_byte('x', 1), 0);
	ck_assert_int_eq(byte_at(1), 'x');
	disk_close(disk);
	setenv("TMPDIR", "/nonexistent", 1);
	opened();
	ck_assert_int_eq(write_byte('x', 1), 0);
}
END_TEST

/* `ulimit -f`: it would fail writes behind some place. */
START_TEST(file_limit)
{
	const struct rlimit limit = { 2048, RLIM_INFINITY };

	make("abc", 3, 4096);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	refused(-EFBIG, "`ulimit -f` allows no file of its size");
	config.snapshot = true;
	refused(-EFBIG, "snapshot: `ulimit -f` allows no file of 4096 bytes");
	config.snapshot = false;
	config.read_only = true;
	opened();
}
END_TEST

static const struct {
	const char *bytes;
	size_t len, at;
	const char *format;
} others[] = {
	{ "QFI\xfb\0\0\0\3", 8, 0, "qcow2" },
	{ "QFI\xfb\0\0\0\1", 8, 0, "qcow" },
	{ "QED\0", 4, 0, "qed" },
	{ "\x7f\x10\xda\xbe", 4, 64, "vdi" },
	{ "KDMV", 4, 0, "vmdk" },
	{ "COWD", 4, 0, "vmdk" },
	{ "# Disk DescriptorFile\n", 22, 0, "vmdk" },
	{ "vhdxfile", 8, 0, "vhdx" },
	{ "conectix", 8, 0, "vpc" },
	{ "WithoutFreeSpace", 16, 0, "parallels" },
	{ "WithouFreSpacExt", 16, 0, "parallels" },
};

/* [hostile: a forged header] What begins like another format is no raw disk,
 * unless that is said. */
START_TEST(another_format)
{
	char bytes[512] = "", why[100];

	memcpy(bytes + others[_i].at, others[_i].bytes, others[_i].len);
	make(bytes, sizeof(bytes), 4096);
	snprintf(why, sizeof(why),
		 "it begins like an image of the format %s: say format=%s, or "
		 "format=raw",
		 others[_i].format, others[_i].format);
	refused(-EINVAL, why);
	config.format = FORMAT_RAW;
	opened();
	ck_assert_int_eq(byte_at(others[_i].at), others[_i].bytes[0]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		file,	   no_file,	     directory,		 fifo,
		empty,	   rest_of_a_sector, no_permission,	 in_use,
		read_only, snapshot,	     snapshot_somewhere, file_limit,
		NULL,
	};
	const TTest *const loops[] = {
		another_format,
		NULL,
	};
	Suite *suite = suite_create("disk_open");

	unit_add(suite, tests, 1, setup, teardown);
	unit_add(suite, loops, ARRAY_SIZE(others), setup, teardown);
	return unit_run(suite);
}
