/* SPDX-License-Identifier: BSD-2-Clause */
/* Images of QEMU's formats, by a qemu-nbd: with QEMU's own tools beside it. */
#define _GNU_SOURCE
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/blk/disk.h"
#include "devices/disk/disk_config.h"
#include "devices/disk/disk_open.h"
#include "tests/files.h"
#include "tests/unit.h"

enum { SIZE = 4 << 20, THREADS = 8 };

static char dir[] = "/tmp/minivmm-nbd-XXXXXX";
static char path[64];
static struct disk_config config;
static struct disk *disk;

/* Run a command of the shell in the test's directory; its exit code. */
__attribute__((format(printf, 1, 2))) static int shell(const char *fmt, ...)
{
	char command[600], *text;
	va_list ap;

	va_start(ap, fmt);
	ck_assert_int_gt(vasprintf(&text, fmt, ap), 0);
	va_end(ap);
	snprintf(command, sizeof(command), "cd %s && { %s; } >out 2>&1", dir,
		 text);
	free(text);
	return WEXITSTATUS(system(command));
}

static void setup(void)
{
	log_capture();
	signal(SIGPIPE, SIG_IGN);
	unsetenv("TMPDIR");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a.qcow2", dir);
	config = (struct disk_config){ .path = path, .format = FORMAT_QCOW2 };
	ck_assert_msg(shell("qemu-img create -q -f qcow2 a.qcow2 %d", SIZE) ==
			      0,
		      "install qemu-utils");
}

static void teardown(void)
{
	char command[100];

	disk_close(disk);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
	/* Nothing was left to wait for. */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

static void opened(void)
{
	char text[500];
	int err = disk_open(&disk, &config);

	ck_assert_msg(!err, "%d: %s", err, log_text(text, sizeof(text)));
	ck_assert_str_eq(log_text(text, sizeof(text)), "");
}

static void refused(int err, const char *why)
{
	ck_assert_int_eq(disk_open(&disk, &config), err);
	ck_assert_ptr_null(disk);
	log_expect(why);
}

static int put(uint8_t byte, size_t len, uint64_t offset, bool durable)
{
	static uint8_t bytes[SIZE];
	const struct iovec iov = { bytes, len };

	memset(bytes, byte, len);
	return disk->ops->write(disk, &iov, 1, offset, durable);
}

static void expect(int byte, size_t len, uint64_t offset)
{
	static uint8_t bytes[SIZE];
	const struct iovec iov = { bytes, len };

	ck_assert_int_eq(disk->ops->read(disk, &iov, 1, offset), 0);
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(bytes[i], byte);
}

/* What QEMU's own tool finds in the file, which is closed. */
static void expect_in_file(const char *pattern, unsigned len, unsigned offset)
{
	ck_assert_int_eq(shell("qemu-io -f qcow2 -r -c 'read -P %s %u %u' "
			       "a.qcow2 && ! grep -q failed out",
			       pattern, offset, len),
			 0);
	ck_assert_int_eq(shell("qemu-img check a.qcow2"), 0);
}

static void close_it(void)
{
	disk_close(disk);
	disk = NULL;
}

START_TEST(reads_and_writes)
{
	opened();
	ck_assert_uint_eq(disk->size, SIZE);
	ck_assert(!disk->read_only && disk->can_discard);
	ck_assert_int_eq(put(0x5a, 3 << 20, 512, false), 0);
	ck_assert_int_eq(put(0x77, 512, 0, true), 0);
	expect(0x5a, 3 << 20, 512);
	expect(0x77, 512, 0);
	ck_assert_int_eq(disk->ops->flush(disk), 0);
	ck_assert_int_eq(disk->ops->zero(disk, 4096, 8192, true), 0);
	ck_assert_int_eq(disk->ops->zero(disk, 65536, 4096, false), 0);
	ck_assert_int_eq(disk->ops->zero(disk, 0, 0, false), 0);
	ck_assert_int_eq(disk->ops->discard(disk, 1 << 20, 1 << 20), 0);
	expect(0, 8192, 4096);
	expect(0, 4096, 65536);
	expect(0x5a, 4096, 12288);
	close_it();
	expect_in_file("0x5a", 4096, 12288);
	expect_in_file("0x77", 512, 0);
	expect_in_file("0", 8192, 4096);
}
END_TEST

/* Odd pieces, more than go at once. */
START_TEST(pieces)
{
	static uint8_t out[2000 * 77], in[2000 * 77];
	struct iovec iov[2000];

	opened();
	for (unsigned i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 31 + i / 512);
	for (unsigned i = 0; i < 2000; i++)
		iov[i] = (struct iovec){ out + i * 77, 77 };
	ck_assert_int_eq(disk->ops->write(disk, iov, 2000, 512, false), 0);
	for (unsigned i = 0; i < 2000; i++)
		iov[i].iov_base = in + i * 77;
	ck_assert_int_eq(disk->ops->read(disk, iov, 2000, 512), 0);
	ck_assert_mem_eq(in, out, sizeof(in));
}
END_TEST

static void *use(void *arg)
{
	uint64_t self = (uintptr_t)arg;
	uint8_t bytes[4096], back[4096];
	struct iovec iov = { bytes, sizeof(bytes) };

	for (uint64_t i = self; i < 400; i += THREADS) {
		memset(bytes, (int)(i + 1), sizeof(bytes));
		iov.iov_base = bytes;
		ck_assert_int_eq(
			disk->ops->write(disk, &iov, 1, i * 4096, i % 7 == 0),
			0);
		ck_assert_int_eq(disk->ops->flush(disk), 0);
		iov.iov_base = back;
		ck_assert_int_eq(disk->ops->read(disk, &iov, 1, i * 4096), 0);
		ck_assert_mem_eq(back, bytes, sizeof(bytes));
	}
	return NULL;
}

START_TEST(many_threads)
{
	pthread_t threads[THREADS];

	opened();
	for (uintptr_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, use, (void *)i), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < 400; i++)
		expect((uint8_t)(i + 1), 4096, i * 4096);
	close_it();
	expect_in_file("0x64", 4096, 99 * 4096);
}
END_TEST

/* A backing file, and clusters that are compressed. */
START_TEST(backing_file)
{
	ck_assert_int_eq(
		shell("qemu-io -f qcow2 -c 'write -P 0x11 0 2M' a.qcow2 && "
		      "qemu-img convert -c -O qcow2 a.qcow2 base.qcow2 && "
		      "qemu-img create -q -f qcow2 -F qcow2 -b base.qcow2 "
		      "a.qcow2"),
		0);
	opened();
	expect(0x11, 4096, 65536);
	expect(0, 4096, 3 << 20);
	ck_assert_int_eq(put(0x22, 4096, 65536, false), 0);
	expect(0x22, 4096, 65536);
	close_it();
	expect_in_file("0x22", 4096, 65536);
	ck_assert_int_eq(shell("qemu-io -f qcow2 -r -c 'read -P 0x11 64k 4k' "
			       "base.qcow2 && ! grep -q failed out"),
			 0);
}
END_TEST

/* The file is not written to; a snapshot is. */
START_TEST(read_only_and_snapshot)
{
	ck_assert_int_eq(
		shell("qemu-io -f qcow2 -c 'write -P 0x11 0 1M' a.qcow2 && "
		      "sha256sum a.qcow2 >sum"),
		0);
	config.read_only = true;
	opened();
	ck_assert(disk->read_only);
	expect(0x11, 4096, 4096);
	ck_assert_int_eq(put(1, 512, 0, false), -EROFS);
	close_it();
	config.read_only = false;
	config.snapshot = true;
	opened();
	ck_assert(!disk->read_only);
	ck_assert_int_eq(put(0x33, 512, 512, true), 0);
	expect(0x33, 512, 512);
	expect(0x11, 512, 0);
	expect(0x11, 4096, 1024);
	ck_assert_int_eq(disk->ops->flush(disk), 0);
	close_it();
	ck_assert_int_eq(shell("sha256sum -c sum"), 0);
}
END_TEST

/* Who has it keeps others off, and is named. */
START_TEST(locks)
{
	struct disk *first;

	opened();
	first = disk;
	refused(-EBUSY, "it is in use by qemu-nbd (process ");
	ck_assert_int_ne(shell("qemu-io -f qcow2 -c quit a.qcow2"), 0);
	disk = first;
	close_it();
	opened();
}
END_TEST

START_TEST(another_format)
{
	config.format = FORMAT_VMDK;
	refused(-EINVAL, "a.qcow2: qemu-nbd: ");
}
END_TEST

/* Images that only the user can make whole. */
START_TEST(lacks_something)
{
	ck_assert_int_eq(
		shell("truncate -s 1M base && qemu-img create -q -f qcow2 "
		      "-F raw -b base a.qcow2 && rm base"),
		0);
	refused(-EINVAL, "Could not open backing file");
	/* qemu-img measures how fast it is, and gives up if it has to wait. */
	ck_assert_int_eq(
		shell("for i in 1 2 3 4 5 6 7 8 9; do qemu-img create -q "
		      "-f qcow2 --object secret,id=s,data=abc "
		      "-o encrypt.format=luks,encrypt.key-secret=s,"
		      "encrypt.iter-time=10 a.qcow2 1M && exit; done; exit 1"),
		0);
	refused(-EINVAL, "the image is encrypted: decrypt a copy");
}
END_TEST

START_TEST(no_file)
{
	unlink(path);
	refused(-ENOENT, "there is no such file");
}
END_TEST

START_TEST(no_qemu_nbd)
{
	setenv("PATH", "/nonexistent", 1);
	refused(-ENOENT, "format=qcow2 needs qemu-nbd: install the package "
			 "qemu-utils");
	setenv("PATH", "/usr/bin:/bin", 1);
}
END_TEST

/* Names that QEMU would take for something else. */
START_TEST(odd_names)
{
	static const char *const names[] = { "nbd:x", "-r", "json:{}", "a,b=c",
					     "a b\"c" };
	char *old = get_current_dir_name();

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		char name[20];

		snprintf(name, sizeof(name), "%s", names[i]);
		ck_assert_int_eq(shell("cp a.qcow2 ./'%s'", name), 0);
		ck_assert_int_eq(chdir(dir), 0);
		config.path = name;
		opened();
		expect(0, 512, 0);
		close_it();
		ck_assert_int_eq(chdir(old), 0);
	}
	free(old);
}
END_TEST

/* The one child that there is. */
static pid_t server(void)
{
	pid_t pid = 0;
	FILE *f;

	f = fopen("/proc/self/task/self/children", "re");
	if (!f) {
		char name[60];

		snprintf(name, sizeof(name), "/proc/self/task/%d/children",
			 getpid());
		f = fopen(name, "re");
	}
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%d", &pid), 1);
	fclose(f);
	return pid;
}

/* It is gone: errors, one line, and no waiting. */
START_TEST(server_dies)
{
	char buf[512], text[300];
	const struct iovec iov = { buf, sizeof(buf) };

	opened();
	expect(0, 512, 0);
	kill(server(), SIGKILL);
	ck_assert_int_eq(disk->ops->read(disk, &iov, 1, 0), -EIO);
	log_expect("its qemu-nbd has ended: the guest gets an I/O error");
	ck_assert_int_eq(put(1, 512, 0, true), -EIO);
	ck_assert_int_eq(disk->ops->flush(disk), -EIO);
	ck_assert_int_eq(disk->ops->zero(disk, 0, 512, true), -EIO);
	for (unsigned i = 0; i < 10; i++)
		ck_assert_int_eq(disk->ops->read(disk, &iov, 1, 0), -EIO);
	ck_assert_str_eq(log_text(text, sizeof(text)), "");
}
END_TEST

static void *read_once(void *result)
{
	char buf[512];
	const struct iovec iov = { buf, sizeof(buf) };

	*(int *)result = disk->ops->read(disk, &iov, 1, 0);
	return NULL;
}

/* It does not answer: more calls than connections wait, until all is given
 * up. */
START_TEST(server_hangs)
{
	pthread_t threads[THREADS];
	int results[THREADS];
	pid_t pid;

	opened();
	pid = server();
	kill(pid, SIGSTOP);
	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_once,
						&results[i]),
				 0);
	usleep(50000);
	disk_cancel(disk);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_int_eq(results[i], -ECANCELED);
	}
	kill(pid, SIGCONT);
}
END_TEST

/* Its socket had a name only while we connected to it. */
START_TEST(nothing_is_left)
{
	struct dirent *entry;
	unsigned n = 0;
	DIR *d;

	setenv("TMPDIR", dir, 1);
	opened();
	d = opendir(dir);
	while ((entry = readdir(d)))
		n += *entry->d_name != '.';
	closedir(d);
	/* The image and the shell's output. */
	ck_assert_uint_eq(n, 2);
	unsetenv("TMPDIR");
}
END_TEST

/* We are killed: so is it, when it has written what it has. */
START_TEST(ends_with_us)
{
	int pids[2], status;
	pid_t pid, child;

	ck_assert_int_eq(pipe(pids), 0);
	pid = fork();
	if (!pid) {
		opened();
		ck_assert_int_eq(put(0x44, 4096, 0, false), 0);
		child = server();
		if (write(pids[1], &child, sizeof(child)) == sizeof(child))
			pause();
		_exit(1);
	}
	close(pids[1]);
	ck_assert_int_eq(read(pids[0], &child, sizeof(child)), sizeof(child));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	while (kill(child, 0) == 0) {
		char name[40], state[200] = "";
		FILE *f;

		/* Where nobody reaps orphans it stays as a zombie. */
		snprintf(name, sizeof(name), "/proc/%d/stat", child);
		f = fopen(name, "re");
		if (!f || !fgets(state, sizeof(state), f) ||
		    strstr(state, ") Z")) {
			if (f)
				fclose(f);
			break;
		}
		fclose(f);
		usleep(10000);
	}
	expect_in_file("0x44", 4096, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		reads_and_writes,
		pieces,
		many_threads,
		backing_file,
		read_only_and_snapshot,
		locks,
		another_format,
		lacks_something,
		no_file,
		no_qemu_nbd,
		odd_names,
		server_dies,
		server_hangs,
		nothing_is_left,
		ends_with_us,
		NULL,
	};

	return unit_run(unit_suite_fixture("nbd", tests, setup, teardown));
}
