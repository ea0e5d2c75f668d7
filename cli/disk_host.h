/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_host.h - the disks of a run, open
 *
 * They outlive the machine: a reset keeps what a snapshot has.
 *
 * Threads: main thread.
 */
#ifndef CLI_DISK_HOST_H
#define CLI_DISK_HOST_H

struct blk_drive;
struct disk_list;

/* All zero: none. */
struct disk_host {
	/* What a machine is made with; those that are open. */
	struct blk_drive *drives;
	unsigned count;
};

/* Open all of @list.  Logs; -errno, and disk_host_close() is to be called all
 * the same. */
int disk_host_open(struct disk_host *host, const struct disk_list *list);

/* The run is to end: what waits for the host's storage is given up, where that
 * can be done. */
void disk_host_cancel(struct disk_host *host);

/* No machine uses them any more. */
void disk_host_close(struct disk_host *host);

#endif
