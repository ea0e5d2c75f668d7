/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * util.h - the handful of helpers every file may use
 */
#ifndef BASE_UTIL_H
#define BASE_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	 (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)	 ((a) < (b) ? (a) : (b))
#define MAX(a, b)	 ((a) > (b) ? (a) : (b))
#define BIT(n)		 (UINT32_C(1) << (n))
#define BIT64(n)	 (UINT64_C(1) << (n))
#define KIB		 UINT64_C(1024)
#define MIB		 (1024 * KIB)
#define GIB		 (1024 * MIB)
#define NSEC_PER_SEC	 UINT64_C(1000000000)
#define NSEC_PER_MSEC	 UINT64_C(1000000)
#define ALIGN_DOWN(x, a) ((x) & ~((a)-1))
#define ALIGN_UP(x, a)	 ALIGN_DOWN((x) + (a)-1, a)

/* For a large local variable that is written before it is read: it is not
 * filled with zeros, as all others are in our builds. */
#define UNINITIALIZED
#ifdef __has_attribute
#if __has_attribute(uninitialized)
#undef UNINITIALIZED
#define UNINITIALIZED __attribute__((uninitialized))
#endif
#endif

/* Signal the eventfd @fd, which does not block.  It fails only if the counter
 * is full, and then who waits for it is woken, too. */
static inline void raise_event(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0)
		return;
}

/* Whether two descriptors are open for the same file, pipe or terminal. */
static inline bool is_one_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* Closes and forgets a descriptor; one that was never opened (-1) is fine. */
static inline void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* The file name @path, relative to the directory @dir (NULL: the working
 * directory), as a path from the working directory.  The caller frees it.  NULL
 * when out of memory. */
static inline char *path_from(const char *dir, const char *path)
{
	size_t size = (dir ? strlen(dir) : 0) + strlen(path) + 2;
	char *full = malloc(size);

	if (!full)
		return NULL;
	if (dir && *path != '/')
		snprintf(full, size, "%s/%s", dir, path);
	else
		memcpy(full, path, strlen(path) + 1);
	return full;
}

/* Nanoseconds since some fixed point (CLOCK_MONOTONIC). */
static inline uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

/* Little-endian field access that needs no alignment; x86 hosts only. */
static inline uint16_t get_le16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t get_le32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t get_le64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

#endif
