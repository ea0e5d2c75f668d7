/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mb_hint.h - multiboot headers that no loader sees
 *
 * The commonest mistake in a system's first linker script is that the header
 * comes too late in the file, or is not aligned.
 */
#ifndef FIRMWARE_MB_HINT_H
#define FIRMWARE_MB_HINT_H

#include <stdbool.h>

struct image;

enum { MB_HINT_MAX = 160 };

/* Whether @image has a multiboot header of either version that does not count:
 * for its place, its alignment or its checksum.  Then @text says so and what
 * to do.  Looks at the first MiB of the file. */
bool mb_hint(const struct image *image, char text[MB_HINT_MAX]);

#endif
