/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_open.h - from a --disk to an open disk
 *
 * Main thread; the host's storage may be waited for.
 */
#ifndef DEVICES_DISK_DISK_OPEN_H
#define DEVICES_DISK_DISK_OPEN_H

struct disk;
struct disk_config;

/*
 * Open what @config says: the file locked against other programs, of another
 * format than raw by a qemu-nbd of its own, a snapshot with what is to hold its
 * writes.  Closed by disk_close().  Logs one line; -errno.
 */
int disk_open(struct disk **disk, const struct disk_config *config);

#endif
