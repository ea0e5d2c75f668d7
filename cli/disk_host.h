/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_host.h - the open disks of a run
 *
 * They outlive the machine, so a snapshot's changes survive a reset.
 *
 * Threads: main thread.
 */
#ifndef CLI_DISK_HOST_H
#define CLI_DISK_HOST_H

struct blk_drive;
struct disk_list;

/* All zero: none. */
struct disk_host {
	/* The drives that a machine is built with; how many are open. */
	struct blk_drive *drives;
	unsigned count;
};

/* Open all disks of @list.  Logs; -errno, and disk_host_close() must be called
 * all the same. */
int disk_host_open(struct disk_host *host, const struct disk_list *list);

/* The run is to end: give up requests that wait for the host's storage, where
 * that can be done. */
void disk_host_cancel(struct disk_host *host);

/* Close the disks; no machine uses them any more. */
void disk_host_close(struct disk_host *host);

#endif
