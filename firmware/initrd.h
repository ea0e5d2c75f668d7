/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * initrd.h - checks whether Linux can use a file as its initial RAM disk
 *
 * If Linux can't unpack the file it prints little or nothing, and goes on until
 * it finds no root file system.
 */
#ifndef FIRMWARE_INITRD_H
#define FIRMWARE_INITRD_H

#include <stdbool.h>

struct image;

/*
 * -EIO, logged, for an archive that is cut short; compressed files are not
 * checked.  @linux_only: the kernel is certainly Linux, which can't use files
 * of other kinds; for these -ENOEXEC, logged.
 */
int initrd_check(const struct image *initrd, bool linux_only);

#endif
