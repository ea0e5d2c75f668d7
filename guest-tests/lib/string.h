/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * string.h - bytes and strings
 */
#ifndef GUEST_LIB_STRING_H
#define GUEST_LIB_STRING_H

#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);

/* Where @word is in @s, or NULL. */
const char *str_find(const char *s, const char *word);

#endif
