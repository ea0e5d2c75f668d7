/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fsx FILE [SEED [ROUNDS]]: change a file in every way that programs have, by
 * chance, and do the same to a model in memory.
 *
 * Each thing that is read, whichever way, has to be what the model has, and the
 * file's size, too.  What is mapped is changed through the mapping.  Prints
 * "fsx: N rounds right", or the last rounds and what was wrong, and then its
 * status is 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIZE = 256 << 10, SPAN = 32 << 10, PAGE = 4096, TOLD = 16 };

static struct {
	const char *name;
	int fd;
	uint8_t model[SIZE], found[SIZE], some[SPAN];
	size_t size;
	unsigned round;
	/* The last rounds, as text. */
	char told[TOLD][64];
} f;

static _Noreturn void wrong(const char *what, size_t at)
{
	for (unsigned i = f.round >= TOLD ? f.round - TOLD + 1 : 0;
	     i <= f.round; i++)
		printf("fsx: %s\n", f.told[i % TOLD]);
	printf("fsx: round %u: %s, at %zu: %s\n", f.round, what, at,
	       strerror(errno));
	exit(1);
}

static void grown_to(size_t end)
{
	if (end > f.size)
		f.size = end;
}

static void compare(const char *what, const uint8_t *got, size_t at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (got[i] != f.model[at + i])
			wrong(what, at + i);
}

static void do_read(size_t at, size_t len)
{
	size_t there = at >= f.size ? 0 : f.size - at;

	if (len > there)
		len = there;
	errno = 0;
	if (pread(f.fd, f.found, len, (off_t)at) != (ssize_t)len)
		wrong("read", at);
	compare("what was read", f.found, at, len);
}

static void do_write(size_t at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		f.some[i] = (uint8_t)random();
	if (pwrite(f.fd, f.some, len, (off_t)at) != (ssize_t)len)
		wrong("write", at);
	memcpy(f.model + at, f.some, len);
	if (len)
		grown_to(at + len);
}

static void do_append(size_t at, size_t len)
{
	int fd = open(f.name, O_WRONLY | O_APPEND);

	(void)at;
	if (len > SIZE - f.size)
		len = SIZE - f.size;
	memset(f.some, (int)f.round, len);
	if (fd < 0 || write(fd, f.some, len) != (ssize_t)len)
		wrong("append", f.size);
	memset(f.model + f.size, (int)f.round, len);
	f.size += len;
	close(fd);
}

static void do_truncate(size_t at, size_t len)
{
	(void)len;
	if (ftruncate(f.fd, (off_t)at) < 0)
		wrong("truncate", at);
	if (at < f.size)
		memset(f.model + at, 0, f.size - at);
	f.size = at;
}

/* A file system may have no such call; virtio-fs has what the host's has. */
static void allocate(const char *what, int mode, size_t at, size_t len)
{
	if (!len)
		return;
	if (fallocate(f.fd, mode, (off_t)at, (off_t)len) < 0) {
		if (errno != EOPNOTSUPP)
			wrong(what, at);
		return;
	}
	if (mode)
		memset(f.model + at, 0, len);
	if (!(mode & FALLOC_FL_KEEP_SIZE))
		grown_to(at + len);
}

static void do_punch(size_t at, size_t len)
{
	allocate("hole", FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, len);
}

static void do_zero(size_t at, size_t len)
{
	allocate("zeros", FALLOC_FL_ZERO_RANGE, at, len);
}

static void do_allocate(size_t at, size_t len)
{
	allocate("allocation", 0, at, len);
}

/* Data and holes are where the file system says, but for whole holes that it
 * calls data. */
static void do_seek(size_t at, size_t len)
{
	off_t data = lseek(f.fd, (off_t)at, SEEK_DATA);

	(void)len;
	if (data < 0 && errno != ENXIO)
		wrong("SEEK_DATA", at);
	for (size_t i = at; i < (data < 0 ? f.size : (size_t)data); i++)
		if (f.model[i])
			wrong("data in a hole", i);
	if (at < f.size && lseek(f.fd, (off_t)at, SEEK_HOLE) < 0)
		wrong("SEEK_HOLE", at);
}

static void do_copy(size_t at, size_t len)
{
	off_t from = (off_t)at, to = random() % (SIZE - SPAN);
	size_t there = at >= f.size ? 0 : f.size - at;
	ssize_t n;

	if (len > there)
		len = there;
	/* Within one file these may not overlap. */
	if (!len || ((size_t)to < at + len && at < (size_t)to + len))
		return;
	n = copy_file_range(f.fd, &from, f.fd, &to, len, 0);
	if (n < 0)
		wrong("copy", at);
	memmove(f.model + to - n, f.model + at, (size_t)n);
	if (n)
		grown_to((size_t)to);
}

static uint8_t *map(size_t at, size_t len, int prot)
{
	uint8_t *p = mmap(NULL, len + at % PAGE, prot, MAP_SHARED, f.fd,
			  (off_t)(at - at % PAGE));

	if (p == MAP_FAILED)
		wrong("mmap", at);
	return p;
}

static void do_map_read(size_t at, size_t len)
{
	uint8_t *p;

	if (at + len > f.size || !len)
		return;
	p = map(at, len, PROT_READ);
	compare("what is mapped", p + at % PAGE, at, len);
	munmap(p, len + at % PAGE);
}

static void do_map_write(size_t at, size_t len)
{
	uint8_t *p;

	if (!len)
		return;
	if (at + len > f.size)
		do_truncate(at + len, 0);
	p = map(at, len, PROT_READ | PROT_WRITE);
	for (size_t i = 0; i < len; i++)
		p[at % PAGE + i] = f.model[at + i] = (uint8_t)(i ^ f.round);
	if (f.round % 2 && msync(p, len + at % PAGE, MS_SYNC) < 0)
		wrong("msync", at);
	munmap(p, len + at % PAGE);
}

static void do_reopen(size_t at, size_t len)
{
	(void)at;
	if (len % 2 && fsync(f.fd) < 0)
		wrong("fsync", 0);
	if (len % 3 == 0)
		posix_fadvise(f.fd, 0, 0, POSIX_FADV_DONTNEED);
	close(f.fd);
	f.fd = open(f.name, O_RDWR);
	if (f.fd < 0)
		wrong("open", 0);
}

static const struct {
	const char *name;
	void (*act)(size_t at, size_t len);
	unsigned often;
} acts[] = {
	{ "read", do_read, 5 },		  { "write", do_write, 5 },
	{ "append", do_append, 1 },	  { "truncate", do_truncate, 1 },
	{ "punch", do_punch, 1 },	  { "zero", do_zero, 1 },
	{ "allocate", do_allocate, 1 },	  { "seek", do_seek, 1 },
	{ "copy", do_copy, 1 },		  { "map-read", do_map_read, 3 },
	{ "map-write", do_map_write, 3 }, { "reopen", do_reopen, 1 },
};

static void one_round(void)
{
	size_t at = (size_t)random() % (SIZE - SPAN);
	size_t len = (size_t)random() % SPAN, i = 0;
	unsigned pick = (unsigned)random() % 24;
	struct stat st;

	while (pick >= acts[i].often)
		pick -= acts[i++].often;
	snprintf(f.told[f.round % TOLD], sizeof(f.told[0]), "%u: %s %zu %zu",
		 f.round, acts[i].name, at, len);
	acts[i].act(at, len);
	if (fstat(f.fd, &st) < 0 || st.st_size != (off_t)f.size)
		wrong("size", (size_t)st.st_size);
}

int main(int argc, char **argv)
{
	unsigned rounds =
		argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 2000;

	if (argc < 2)
		return 2;
	f.name = argv[1];
	srandom(argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1);
	f.fd = open(f.name, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (f.fd < 0)
		wrong("open", 0);
	for (; f.round < rounds; f.round++)
		one_round();
	do_reopen(0, 3);
	do_read(0, SIZE);
	printf("fsx: %u rounds right\n", rounds);
	return 0;
}
