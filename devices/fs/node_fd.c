/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * node_fd.c - the descriptors of nodes: a bounded number, those used last
 *
 * Which one has to go is found by a clock: its hand goes round, takes from
 * each node the mark of having been used, and stops at one that has none.
 */
#define _GNU_SOURCE
#include "devices/fs/node_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "base/util.h"
#include "devices/fs/node.h"

void node_fd_close(struct node_table *table, struct node *node)
{
	struct node *last;

	if (node->fd < 0)
		return;
	close_fd(&node->fd);
	last = table->open[--table->n_open];
	last->place = node->place;
	table->open[last->place] = last;
}

/* Make room for one more. */
static int make_room(struct node_table *table)
{
	if (table->n_open < table->max_open)
		return 0;
	for (unsigned i = 0; i < 2 * table->n_open; i++) {
		struct node *node = table->open[table->hand % table->n_open];

		if (!node->pins && !node->recent) {
			node_fd_close(table, node);
			return 0;
		}
		node->recent = false;
		table->hand = (table->hand + 1) % table->n_open;
	}
	return -EMFILE;
}

static bool is_same(const struct node *node, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == node->dev &&
	       st.st_ino == node->ino && (st.st_mode & S_IFMT) == node->type;
}

/* Open @node in its parent, which is open. */
static int open_in_parent(struct node_table *table, struct node *node)
{
	struct node *parent = node->parent;
	int err, fd;

	/* The parent is not to be the one that makes room. */
	parent->pins++;
	err = make_room(table);
	parent->pins--;
	if (err)
		return err;
	fd = openat(parent->fd, node->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? -ESTALE : -errno;
	if (!is_same(node, fd)) {
		close(fd);
		return -ESTALE;
	}
	node->fd = fd;
	node->place = table->n_open;
	table->open[table->n_open++] = node;
	return 0;
}

/* From the nearest folder above that is open, down to @node.  Where few may be
 * open one of these may have to go again on the way, so this is bounded. */
static int open_way_to(struct node_table *table, struct node *node)
{
	for (unsigned i = 0; node->fd < 0 && i < PATH_MAX; i++) {
		struct node *closed = node;
		int err;

		while (closed->parent && closed->parent->fd < 0)
			closed = closed->parent;
		if (!closed->parent)
			return -ESTALE;
		err = open_in_parent(table, closed);
		if (err)
			return err;
		closed->recent = true;
	}
	return node->fd < 0 ? -ESTALE : 0;
}

int node_fd(struct node_table *table, struct node *node)
{
	int err = open_way_to(table, node);

	node->recent = true;
	if (!err)
		return node->fd;
	return node->spare >= 0 ? node->spare : err;
}

int node_pin(struct node_table *table, struct node *node)
{
	int fd = node_fd(table, node);

	if (fd >= 0)
		node->pins++;
	return fd;
}
