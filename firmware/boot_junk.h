/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_junk.h - tells the user what a file is that cannot boot
 */
#ifndef FIRMWARE_BOOT_JUNK_H
#define FIRMWARE_BOOT_JUNK_H

#include <stdbool.h>

struct image;

enum { MB_HINT_MAX = 160 };

/* Log what @image seems to be and what to do about it; -ENOEXEC. */
int boot_refuse_junk(const struct image *image);

/* Whether @image has a multiboot header of either version that is not valid,
 * because of its place, its alignment or its checksum.  @text then says so, and
 * what to do: the most common mistake in a system's first linker script is that
 * the header is too far into the file, or is not aligned.  Searches the first
 * MiB of the file. */
bool mb_hint(const struct image *image, char text[MB_HINT_MAX]);

#endif
