/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/mb_hint.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/util.h"
#include "firmware/image.h"
#include "firmware/multiboot.h"
#include "firmware/multiboot2.h"

#define LOOKED_AT MIB

static const struct version {
	const char *name;
	uint32_t magic;
	/* How many 32-bit fields it has, whose sum is 0, and its alignment. */
	unsigned fields, align;
	size_t within;
} versions[] = {
	{ "multiboot", MULTIBOOT_HEADER_MAGIC, 3, 4, MULTIBOOT_SEARCH },
	{ "multiboot2", MULTIBOOT2_HEADER_MAGIC, 4, MULTIBOOT2_ALIGN,
	  MULTIBOOT2_SEARCH },
};

static uint32_t sum(const uint8_t *at, unsigned fields)
{
	uint32_t total = 0;

	while (fields--)
		total += get_le32(at + 4 * (size_t)fields);
	return total;
}

/* What is wrong with the header at @at; false: nothing. */
static bool judge_place(const struct version *v, size_t at,
			char text[MB_HINT_MAX])
{
	if (at >= v->within)
		snprintf(text, MB_HINT_MAX,
			 "its %s header is at %#zx, beyond the first %zu KiB, "
			 "where loaders look: link its section first",
			 v->name, at, v->within / (size_t)KIB);
	else if (at % v->align)
		snprintf(text, MB_HINT_MAX,
			 "its %s header is at %#zx, not aligned to %u bytes: "
			 "align it (.balign %u)",
			 v->name, at, v->align, v->align);
	return at >= v->within || at % v->align;
}

/* The same for something that is a header except for its checksum. */
static bool judge_sum(const struct version *v, size_t at,
		      char text[MB_HINT_MAX])
{
	if (at >= v->within || at % v->align)
		return false;
	snprintf(text, MB_HINT_MAX,
		 "the checksum of its %s header at %#zx is wrong: its first %u "
		 "fields must add up to 0",
		 v->name, at, v->fields);
	return true;
}

/* Look for headers whose checksum is right, or for those whose is not. */
static bool search(const struct version *v, const uint8_t *bytes, size_t len,
		   bool right, char text[MB_HINT_MAX])
{
	for (size_t at = 0; at + 4 * (size_t)v->fields <= len; at++) {
		if (get_le32(bytes + at) != v->magic ||
		    (sum(bytes + at, v->fields) == 0) != right)
			continue;
		if (right ? judge_place(v, at, text) : judge_sum(v, at, text))
			return true;
	}
	return false;
}

bool mb_hint(const struct image *image, char text[MB_HINT_MAX])
{
	uint8_t *bytes = malloc(LOOKED_AT);
	bool found = false;
	size_t len;

	if (!bytes)
		return false;
	len = image_peek(image, 0, bytes, LOOKED_AT);
	for (unsigned i = 0; i < 2 * ARRAY_SIZE(versions) && !found; i++)
		found = search(&versions[i % ARRAY_SIZE(versions)], bytes, len,
			       i < ARRAY_SIZE(versions), text);
	free(bytes);
	return found;
}
