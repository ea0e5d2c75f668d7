/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_lock.h - locks by which QEMU's programs and we keep off each other's
 * images
 *
 * QEMU's protocol (its file-posix.c, in use since 2.10): of each permission a
 * program locks for reading one byte if it uses it, and another if it doesn't
 * let others have it, then looks whether anybody has the byte that contradicts.
 * They are locks of the open file (F_OFD_SETLK): they go with its last
 * descriptor, however the process ends.
 *
 * Who writes keeps all others off but those who said that they don't mind (as
 * qemu-io and qemu-img -U do when they read); who reads keeps off who writes.
 *
 * Any thread.
 */
#ifndef DEVICES_DISK_DISK_LOCK_H
#define DEVICES_DISK_DISK_LOCK_H

#include <stdbool.h>

#include "devices/disk/file_holder.h"

/*
 * Lock the image @fd until its last descriptor is closed, for writing too if
 * @write.  -EBUSY: another program has it, @holder says which, and @fd is to be
 * closed; any other -errno: its file system has no locks.
 */
int disk_lock(int fd, bool write, struct file_holder *holder);

/* Whether disk_lock() would succeed, without keeping anything. */
int disk_lock_test(int fd, bool write, struct file_holder *holder);

#endif
