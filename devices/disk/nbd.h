/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nbd.h - an image of QEMU's formats, behind a qemu-nbd of its own
 *
 * minivmm reads no such format itself: qemu-nbd does, with their backing files
 * and locks, and libnbd speaks to it.  It is built without where there is no
 * libnbd.
 */
#ifndef DEVICES_DISK_NBD_H
#define DEVICES_DISK_NBD_H

struct disk;
struct disk_config;

/* Start a qemu-nbd for @config, whose format is not raw.  It ends with the
 * disk, or when we do.  Main thread.  Logs; -errno. */
int nbd_disk_open(struct disk **disk, const struct disk_config *config);

/* What keeps this host from having such images, and what to do about it; NULL:
 * nothing.  Main thread. */
const char *nbd_disk_lacks(void);

#endif
