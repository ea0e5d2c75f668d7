/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/fd_bits.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

static bool grow(struct fd_bits *bits, size_t n_words)
{
	uint64_t *words = realloc(bits->words, n_words * sizeof(*words));

	if (!words)
		return false;
	memset(words + bits->n_words, 0,
	       (n_words - bits->n_words) * sizeof(*words));
	bits->words = words;
	bits->n_words = n_words;
	return true;
}

bool fd_bits_has(const struct fd_bits *bits, int fd)
{
	size_t word = (size_t)fd / 64;

	return fd >= 0 && word < bits->n_words &&
	       (bits->words[word] & BIT64(fd % 64));
}

bool fd_bits_add(struct fd_bits *bits, int fd)
{
	size_t word = (size_t)fd / 64;

	if (fd < 0 || fd_bits_has(bits, fd))
		return true;
	if (word >= bits->n_words && !grow(bits, word + 1))
		return false;
	bits->words[word] |= BIT64(fd % 64);
	bits->count++;
	return true;
}

void fd_bits_remove(struct fd_bits *bits, int fd)
{
	if (!fd_bits_has(bits, fd))
		return;
	bits->words[fd / 64] &= ~BIT64(fd % 64);
	bits->count--;
}

void fd_bits_clear(struct fd_bits *bits)
{
	if (bits->words)
		memset(bits->words, 0, bits->n_words * sizeof(*bits->words));
	bits->count = 0;
}

void fd_bits_free(struct fd_bits *bits)
{
	free(bits->words);
	*bits = (struct fd_bits){ .words = NULL };
}
