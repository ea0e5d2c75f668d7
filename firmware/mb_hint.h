/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mb_hint.h - finds multiboot headers that no loader would find
 *
 * The most common mistake in a system's first linker script is that the header
 * is too far into the file, or is not aligned.
 */
#ifndef FIRMWARE_MB_HINT_H
#define FIRMWARE_MB_HINT_H

#include <stdbool.h>

struct image;

enum { MB_HINT_MAX = 160 };

/* Whether @image has a multiboot header of either version that is not valid,
 * because of its place, its alignment or its checksum.  @text then says so, and
 * what to do.  Searches the first MiB of the file. */
bool mb_hint(const struct image *image, char text[MB_HINT_MAX]);

#endif
