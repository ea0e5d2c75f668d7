/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * node.h - the files and folders that a guest knows by number
 *
 * A node is known from the guest's first LOOKUP until it has forgotten it as
 * often as it has looked it up.  It is one inode of the host, whatever its
 * names are.
 *
 * Only some nodes have an open descriptor: a guest may know more files than a
 * process may open.  The others are opened again by their last known name in
 * their parent, and have to be the same inode then; if they are not, they are
 * stale.  A file that the guest has unlinked keeps its descriptor, as no name
 * leads to it any more.
 *
 * No name is ever followed: descriptors are O_PATH and O_NOFOLLOW.
 *
 * Threads: one at a time, the one that serves the share.
 */
#ifndef DEVICES_FS_NODE_H
#define DEVICES_FS_NODE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum {
	/* FUSE_ROOT_ID: the node of the shared folder itself. */
	NODE_ROOT = 1,
	/* Nodes that a guest may know. */
	NODES_MAX = 1 << 21,
	/* Host file systems whose inode numbers are kept apart. */
	NODE_DEVS_MAX = 256,
};

struct node {
	/* FUSE's node id: the slot's index + 1, and above it how often the
	 * slot was used before. */
	uint64_t id;
	/* Where it was last found; NULL for the root, and for a node that
	 * another took the place of. */
	struct node *parent;
	char *name;
	dev_t dev;
	ino_t ino;
	/* S_IFMT of its mode: what it is. */
	mode_t type;
	/* A folder of the host's kernel, shown empty. */
	bool hidden;
	/* LOOKUPs that were not forgotten. */
	uint64_t lookups;
	/* Children and open files that refer to it. */
	unsigned refs;
	/* O_PATH, or -1; it stays open while pins is not 0. */
	int fd;
	unsigned pins;
	/* It was used since the last look for a descriptor to close. */
	bool recent;
	/* The guest unlinked it: that is one of the pins. */
	bool unlinked;
	/* Its place in node_table.open, while fd is open. */
	unsigned place;
	/* A descriptor of an open file of this node, or -1. */
	int spare;
	struct node *next;
};

struct node_slot {
	struct node *node;
	uint32_t used, next_free;
};

struct node_table {
	struct node_slot *slot;
	uint32_t n_slots, room, first_free;
	uint32_t n_nodes;
	/* By device and inode number; a power of two. */
	struct node **bucket;
	uint32_t n_buckets;
	/* Those with an open descriptor. */
	struct node **open;
	unsigned n_open, max_open, hand, n_unlinked;
	dev_t dev[NODE_DEVS_MAX];
	unsigned n_devs;
};

/* With @root, an O_PATH descriptor of the shared folder that remains the
 * caller's, and at most @max_open descriptors beside it.  -errno, and then
 * nothing is to be freed. */
int node_table_init(struct node_table *table, int root, unsigned max_open);

void node_table_free(struct node_table *table);

/* Forget all but the root: a new session of the guest begins. */
void node_table_clear(struct node_table *table);

/* The node that the guest calls @id; NULL if there is none. */
struct node *node_get(const struct node_table *table, uint64_t id);

/*
 * The guest looks up @name in @parent, which is what @st says: its node, new
 * or known, is in @found, and has to be forgotten once more.  -ENFILE: the
 * guest knows too many; -ENOMEM.
 */
int node_look_up(struct node_table *table, struct node *parent,
		 const char *name, const struct stat *st, struct node **found);

/* A file that has no name, which is what @st says: as if looked up once.
 * -ENFILE, -ENOMEM. */
int node_add(struct node_table *table, const struct stat *st,
	     struct node **node);

/* The guest forgets @n lookups of @id.  What is not known is ignored. */
void node_forget(struct node_table *table, uint64_t id, uint64_t n);

/*
 * A descriptor of @node: O_PATH, or that of an open file.  It is valid until
 * the next call for another node that is not pinned.  -ESTALE: the host has
 * put something else in its place; -EMFILE; -errno of openat(2).
 */
int node_fd(struct node_table *table, struct node *node);

/* Keep @node and its descriptor, until unpinned. */
int node_pin(struct node_table *table, struct node *node);
void node_unpin(struct node *node);

/* An open file refers to @node, until it is let go. */
void node_hold(struct node *node, int fd);
void node_let_go(struct node_table *table, struct node *node, int fd);

/* The node that is @st and known to the guest; NULL if there is none. */
struct node *node_peek(const struct node_table *table, const struct stat *st);

/* @name in @parent is @node from now on. */
int node_rename(struct node_table *table, struct node *node,
		struct node *parent, const char *name);

/* The guest unlinks @node: keep its descriptor for those who have it open. */
void node_unlink(struct node_table *table, struct node *node);

/* The inode number to show for @ino on @dev: different for files of different
 * file systems, as the guest sees one file system. */
uint64_t node_ino(struct node_table *table, dev_t dev, ino_t ino);

#endif
