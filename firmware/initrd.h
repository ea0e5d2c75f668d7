/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * initrd.h - whether Linux can have a file as its initial RAM disk
 *
 * Linux says little, or nothing at all, of one that it cannot unpack, and runs
 * on until it finds no root file system.
 */
#ifndef FIRMWARE_INITRD_H
#define FIRMWARE_INITRD_H

#include <stdbool.h>

struct image;

/*
 * -EIO, logged, for an archive that is cut short; what is compressed is taken
 * as it is.  @linux_only: the kernel is Linux for sure, which can do nothing
 * with other kinds of files; -ENOEXEC, logged.
 */
int initrd_check(const struct image *initrd, bool linux_only);

#endif
