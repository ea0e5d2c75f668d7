/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * handle.h - the files and folders that a guest has open
 *
 * Threads: one at a time, the one that serves the share.
 */
#ifndef DEVICES_FS_HANDLE_H
#define DEVICES_FS_HANDLE_H

#include <stdint.h>

struct node;
struct node_table;

struct handle {
	struct node *node;
	/* -1: free. */
	int fd;
	uint32_t next_free;
};

struct handle_table {
	struct handle *handle;
	unsigned n, max;
	uint32_t first_free;
};

/* For at most @max.  -ENOMEM. */
int handle_table_init(struct handle_table *table, unsigned max);

/* All have been closed. */
void handle_table_free(struct handle_table *table);

/* Close all. */
void handle_close_all(struct handle_table *table, struct node_table *nodes);

/* @fd, which is the table's from now on, is open on @node: the number by which
 * the guest refers to it is in @fh.  -ENFILE, and then @fd is closed. */
int handle_add(struct handle_table *table, struct node *node, int fd,
	       uint64_t *fh);

/* The descriptor of handle @fh of @node; -EBADF. */
int handle_fd(const struct handle_table *table, const struct node *node,
	      uint64_t fh);

/* -EBADF. */
int handle_close(struct handle_table *table, struct node_table *nodes,
		 const struct node *node, uint64_t fh);

#endif
