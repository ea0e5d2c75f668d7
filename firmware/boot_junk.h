/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_junk.h - saying what a file is that cannot boot
 */
#ifndef FIRMWARE_BOOT_JUNK_H
#define FIRMWARE_BOOT_JUNK_H

struct image;

/* Logs what @image seems to be and what to do about it; -ENOEXEC. */
int boot_refuse_junk(const struct image *image);

#endif
