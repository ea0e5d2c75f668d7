/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/verdict/merge.h"

#include <string.h>

#include "base/util.h"

static void give(struct merge *merge, enum merge_source source,
		 const uint8_t *buf, size_t len)
{
	merge->take(merge->arg, buf, len);
	merge->owner = source;
	merge->begun = buf[len - 1] != '\n';
}

/* Pass on what waits, until a line is unfinished. */
static void give_held(struct merge *merge)
{
	for (unsigned i = 0; i < MERGE_SOURCES && !merge->begun; i++) {
		size_t n = merge->source[i].n;

		merge->source[i].n = 0;
		if (n)
			give(merge, i, merge->source[i].held, n);
	}
}

static void end_line(struct merge *merge)
{
	if (merge->begun)
		merge->take(merge->arg, (const uint8_t *)"\n", 1);
	merge->begun = false;
	give_held(merge);
}

/* Hold up to @len bytes; returns how many. */
static size_t hold(struct merge *merge, enum merge_source source,
		   const uint8_t *buf, size_t len)
{
	size_t n = MIN(len, MERGE_ROOM - merge->source[source].n);

	memcpy(merge->source[source].held + merge->source[source].n, buf, n);
	merge->source[source].n += n;
	return n;
}

void merge_add(struct merge *merge, enum merge_source source,
	       const uint8_t *buf, size_t len)
{
	while (len && merge->begun && merge->owner != source) {
		size_t n = hold(merge, source, buf, len);

		buf += n;
		len -= n;
		if (len)
			end_line(merge);
	}
	if (len)
		give(merge, source, buf, len);
	give_held(merge);
}

void merge_end(struct merge *merge)
{
	for (unsigned i = 0; i < MERGE_SOURCES; i++)
		if (merge->source[i].n)
			end_line(merge);
}
