/* SPDX-License-Identifier: BSD-2-Clause */
/* What the compiler takes for granted. */
#include "guest-tests/lib/string.h"

void *memcpy(void *to, const void *from, size_t n)
{
	void *ret = to;

	__asm__ volatile("rep movsb"
			 : "+D"(to), "+S"(from), "+c"(n)
			 :
			 : "memory");
	return ret;
}

void *memset(void *to, int c, size_t n)
{
	void *ret = to;

	__asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(c) : "memory");
	return ret;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;

	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

const char *str_find(const char *s, const char *word)
{
	size_t n = strlen(word), len = strlen(s);

	for (; len >= n; s++, len--)
		if (!memcmp(s, word, n))
			return s;
	return NULL;
}
