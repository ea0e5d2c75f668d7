/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * info.h - writes structures and strings for a kernel into low memory
 *
 * They go one after another from LAYOUT_INFO on.  What does not fit is not
 * written; info_end() reports that.
 *
 * Main thread, while no vCPU runs.
 */
#ifndef FIRMWARE_INFO_H
#define FIRMWARE_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mem;

struct info {
	uint8_t *base;
	/* How many bytes are used from there on. */
	size_t used;
	bool full;
};

/* Begin at LAYOUT_INFO in @mem. */
void info_begin(struct info *info, const struct mem *mem);

/* Put a copy of the @len bytes at @from, aligned to @align (a power of two).
 * Returns its guest address; 0 when there is no room. */
uint32_t info_put(struct info *info, const void *from, size_t len,
		  unsigned align);

/* Put a copy of @string with its NUL.  Returns its guest address; 0 when there
 * is no room. */
uint32_t info_put_string(struct info *info, const char *string);

/* The same for two strings with a blank between them, or for @a alone if @b
 * is empty. */
uint32_t info_put_words(struct info *info, const char *a, const char *b);

/* The host's view of what is at @addr; NULL if @addr is 0. */
void *info_at(const struct info *info, uint32_t addr);

/* -E2BIG, logged, when something did not fit. */
int info_end(const struct info *info);

#endif
