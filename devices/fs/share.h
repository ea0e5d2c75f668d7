/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * share.h - a host folder that guests may mount
 *
 * It is opened once, before the machine is made, and outlives it: a machine
 * that is reset finds the same folder.
 *
 * Threads: opened and closed on the main thread; constant in between.
 */
#ifndef DEVICES_FS_SHARE_H
#define DEVICES_FS_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/fs/share_config.h"

enum {
	/* Bytes of a tag (VIRTIO 1.2, section 5.11.4). */
	SHARE_TAG_MAX = 36,
	SHARES_MAX = 8,
};

struct share {
	/* What the user said of it, who owns that. */
	const struct share_config *config;
	/* Its name in the guest. */
	char tag[SHARE_TAG_MAX + 1];
	/* Descriptors of the folder and of /proc/self/fd, both O_PATH. */
	int root, proc;
	/* Descriptors that may be open at a time for nodes, and for files
	 * that the guest has open. */
	unsigned max_nodes_open, max_handles;
	/* We are root, and act as the user that the guest names. */
	bool as_root;
};

/*
 * Open the folder that @config names, which must outlive @share. @max_fds is
 * how many descriptors it may use.  Logs; -errno, and then nothing is to be
 * closed.
 */
int share_open(struct share *share, const struct share_config *config,
	       unsigned max_fds);

void share_close(struct share *share);

/*
 * Confine the calling thread, which from now on serves @share and nothing
 * else: its file mode mask is 0, its supplementary groups are dropped if it
 * may have any, and where the kernel has Landlock it can open nothing outside
 * the folder.
 */
void share_confine(const struct share *share);

/* The folders of a run, open. */
struct shares {
	struct share *share;
	size_t count;
};

/* Open all of @list, which must outlive them.  Logs; -errno, and then nothing
 * is to be closed. */
int shares_open(struct shares *shares, const struct share_list *list);

void shares_close(struct shares *shares);

/* Whether the file that @fd is open on belongs to a file system that shows
 * the kernel's own state: /proc, /sys, /dev and the like. */
bool share_is_kernels(int fd);

#endif
