/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/similar.h"

#include <string.h>

#include "base/util.h"

/* The longest name.  Longer texts are not like any name. */
enum { NAME_MAX_LEN = 32 };

/*
 * How many letters must be inserted, removed or replaced to turn @b into @a
 * (Levenshtein).  Both have at most NAME_MAX_LEN letters.
 */
static unsigned distance(const char *a, size_t a_len, const char *b,
			 size_t b_len)
{
	unsigned row[NAME_MAX_LEN + 1];

	for (unsigned j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 0; i < a_len; i++) {
		unsigned diagonal = row[0]++;

		for (size_t j = 0; j < b_len; j++) {
			unsigned replaced = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			row[j + 1] = MIN(MIN(row[j], row[j + 1]) + 1, replaced);
		}
	}
	return row[b_len];
}

unsigned unlikeness(const char *name, size_t len, const char *typed,
		    size_t typed_len)
{
	unsigned wrong;

	if (len > NAME_MAX_LEN || typed_len > NAME_MAX_LEN || !typed_len)
		return UNLIKE;
	if (typed_len < len && memcmp(name, typed, typed_len) == 0)
		return 1;
	wrong = distance(name, len, typed, typed_len);
	return wrong <= (MIN(len, typed_len) + 1) / 2 ? wrong : UNLIKE;
}

const char *similar_word(const char *words, const char *name, size_t *found)
{
	unsigned best = UNLIKE, now;
	const char *like = NULL;
	size_t len;

	for (const char *w = words; *w; w += len + (w[len] == ' ')) {
		len = strcspn(w, " ");
		now = unlikeness(w, len, name, strlen(name));
		if (now < best) {
			best = now;
			like = w;
			*found = len;
		}
	}
	return like;
}
