/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * info.h - writing what a kernel is handed: structures and strings
 *
 * They are laid one after another into low memory (LAYOUT_INFO).  What does
 * not fit is not written, and remembered until info_end().
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
	/* Bytes from there on. */
	size_t used;
	bool full;
};

/* Begin at LAYOUT_INFO in @mem. */
void info_begin(struct info *info, const struct mem *mem);

/* The guest address of a copy of the @len bytes at @from, aligned to @align
 * (a power of two); 0 when there is no room. */
uint32_t info_put(struct info *info, const void *from, size_t len,
		  unsigned align);

/* The guest address of a copy of @string with its NUL; 0 when there is no
 * room. */
uint32_t info_put_string(struct info *info, const char *string);

/* The same for two strings with a blank between them, or for @a alone if @b
 * is empty. */
uint32_t info_put_words(struct info *info, const char *a, const char *b);

/* The host's view of what was put at @addr; NULL if that is 0. */
void *info_at(const struct info *info, uint32_t addr);

/* -E2BIG, logged, when something did not fit. */
int info_end(const struct info *info);

#endif
