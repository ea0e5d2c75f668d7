/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_junk.h - tells the user what a file is that cannot boot
 */
#ifndef FIRMWARE_BOOT_JUNK_H
#define FIRMWARE_BOOT_JUNK_H

struct image;

/* Log what @image seems to be and what to do about it; -ENOEXEC. */
int boot_refuse_junk(const struct image *image);

#endif
