/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/fs/node.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "devices/fs/node_fd.h"
#include "devices/fs/share.h"

enum { FIRST_BUCKETS = 1024 };

static uint32_t hash(const struct node_table *table, dev_t dev, ino_t ino)
{
	uint64_t h = ino * UINT64_C(0x9e3779b97f4a7c15) ^
		     dev * UINT64_C(0xff51afd7ed558ccd);

	return (uint32_t)(h >> 32) & (table->n_buckets - 1);
}

static struct node *find(const struct node_table *table, dev_t dev, ino_t ino)
{
	struct node *node = table->bucket[hash(table, dev, ino)];

	while (node && (node->dev != dev || node->ino != ino))
		node = node->next;
	return node;
}

static void hash_add(struct node_table *table, struct node *node)
{
	struct node **at = &table->bucket[hash(table, node->dev, node->ino)];

	node->next = *at;
	*at = node;
}

static void hash_remove(struct node_table *table, struct node *node)
{
	struct node **at = &table->bucket[hash(table, node->dev, node->ino)];

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
}

/* Without memory the chains get longer, and that is all. */
static void hash_grow(struct node_table *table)
{
	uint32_t n = table->n_buckets * 2;
	struct node **bucket = calloc(n, sizeof(struct node *));

	if (!bucket)
		return;
	free(table->bucket);
	table->bucket = bucket;
	table->n_buckets = n;
	for (uint32_t i = 0; i < table->n_slots; i++)
		if (table->slot[i].node)
			hash_add(table, table->slot[i].node);
}

/* A slot for one more node. */
static int slot_take(struct node_table *table, uint32_t *index)
{
	uint32_t room = MAX(table->room * 2, 64);
	struct node_slot *slot;

	*index = table->first_free;
	if (*index != UINT32_MAX) {
		table->first_free = table->slot[*index].next_free;
		return 0;
	}
	if (table->n_slots == NODES_MAX)
		return -ENFILE;
	if (table->n_slots == table->room) {
		slot = realloc(table->slot, room * sizeof(*slot));
		if (!slot)
			return -ENOMEM;
		table->slot = slot;
		table->room = room;
	}
	*index = table->n_slots++;
	table->slot[*index] = (struct node_slot){ 0 };
	return 0;
}

static void slot_give(struct node_table *table, uint32_t index)
{
	struct node_slot *slot = &table->slot[index];

	slot->node = NULL;
	slot->used++;
	slot->next_free = table->first_free;
	table->first_free = index;
}

static int add(struct node_table *table, const struct stat *st,
	       struct node **added)
{
	struct node *node = calloc(1, sizeof(*node));
	uint32_t index;
	int err;

	if (!node)
		return -ENOMEM;
	err = slot_take(table, &index);
	if (err) {
		free(node);
		return err;
	}
	*node = (struct node){
		.id = (index + 1) | (uint64_t)table->slot[index].used << 32,
		.dev = st->st_dev,
		.ino = st->st_ino,
		.type = st->st_mode & S_IFMT,
		.fd = -1,
		.spare = -1,
	};
	if (++table->n_nodes > table->n_buckets)
		hash_grow(table);
	table->slot[index].node = node;
	hash_add(table, node);
	*added = node;
	return 0;
}

static struct node *detach(struct node *node)
{
	struct node *parent = node->parent;

	free(node->name);
	node->name = NULL;
	node->parent = NULL;
	if (parent)
		parent->refs--;
	return parent;
}

static bool is_unused(const struct node *node)
{
	return !node->lookups && !node->refs && !node->pins &&
	       node->id != NODE_ROOT;
}

static void still_unlinked(struct node_table *table, struct node *node,
			   bool unlinked)
{
	if (node->unlinked == unlinked)
		return;
	node->unlinked = unlinked;
	if (unlinked) {
		node->pins++;
		table->n_unlinked++;
	} else {
		node->pins--;
		table->n_unlinked--;
	}
}

/* Free @node if nothing refers to it, and then perhaps its parents. */
static void drop(struct node_table *table, struct node *node)
{
	while (node) {
		struct node *parent;

		if (!node->lookups && !node->refs)
			still_unlinked(table, node, false);
		if (!is_unused(node))
			return;
		parent = detach(node);
		node_fd_close(table, node);
		hash_remove(table, node);
		slot_give(table, (uint32_t)node->id - 1);
		table->n_nodes--;
		free(node);
		node = parent;
	}
}

struct node *node_get(const struct node_table *table, uint64_t id)
{
	uint32_t index = (uint32_t)id - 1;
	struct node *node =
		index < table->n_slots ? table->slot[index].node : NULL;

	return node && node->id == id && node->lookups ? node : NULL;
}

struct node *node_peek(const struct node_table *table, const struct stat *st)
{
	return find(table, st->st_dev, st->st_ino);
}

/* The host may have moved a folder beneath one that was beneath it: who still
 * claims to be in it is wrong, and loses his name. */
static void cut_circle(struct node *node, struct node *parent)
{
	for (struct node *at = parent; at; at = at->parent)
		if (at->parent == node) {
			detach(at);
			return;
		}
}

int node_rename(struct node_table *table, struct node *node,
		struct node *parent, const char *name)
{
	struct node *old = node->parent;
	char *copy;

	assert(parent);
	if (node->id == NODE_ROOT || parent == node)
		return -EINVAL;
	still_unlinked(table, node, false);
	if (old == parent && node->name && strcmp(node->name, name) == 0)
		return 0;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	cut_circle(node, parent);
	parent->refs++;
	detach(node);
	node->parent = parent;
	node->name = copy;
	drop(table, old);
	return 0;
}

/* Whether a file system begins here that is not to be seen. */
static int look_behind(struct node_table *table, struct node *node)
{
	int fd = node_fd(table, node);

	if (fd < 0)
		return fd;
	node->hidden = share_is_kernels(fd);
	return 0;
}

int node_look_up(struct node_table *table, struct node *parent,
		 const char *name, const struct stat *st, struct node **found)
{
	struct node *node = find(table, st->st_dev, st->st_ino);
	bool is_new = !node;
	int err = 0;

	/* What kind of file an inode is changes only when it is another one
	 * now. */
	if (node && node->type != (st->st_mode & S_IFMT))
		return -ESTALE;
	if (is_new)
		err = add(table, st, &node);
	if (err)
		return err;
	if (node->id != NODE_ROOT)
		err = node_rename(table, node, parent, name);
	if (!err && is_new && node->dev != parent->dev)
		err = look_behind(table, node);
	if (err) {
		drop(table, node);
		return err;
	}
	node->lookups++;
	*found = node;
	return 0;
}

int node_add(struct node_table *table, const struct stat *st,
	     struct node **node)
{
	int err = add(table, st, node);

	if (!err)
		(*node)->lookups = 1;
	return err;
}

void node_forget(struct node_table *table, uint64_t id, uint64_t n)
{
	struct node *node = node_get(table, id);

	if (!node || id == NODE_ROOT)
		return;
	node->lookups -= MIN(n, node->lookups);
	drop(table, node);
}

void node_unlink(struct node_table *table, struct node *node)
{
	if (node_fd(table, node) >= 0 && node->fd >= 0 &&
	    table->n_unlinked < table->max_open / 2)
		still_unlinked(table, node, true);
}

void node_unpin(struct node *node)
{
	assert(node->pins > 0);
	node->pins--;
}

void node_hold(struct node *node, int fd)
{
	node->refs++;
	node->spare = fd;
}

void node_let_go(struct node_table *table, struct node *node, int fd)
{
	node->refs--;
	if (node->spare == fd)
		node->spare = -1;
	drop(table, node);
}

uint64_t node_ino(struct node_table *table, dev_t dev, ino_t ino)
{
	uint64_t i = 0;

	while (i < table->n_devs && table->dev[i] != dev)
		i++;
	if (i == table->n_devs && i < NODE_DEVS_MAX)
		table->dev[table->n_devs++] = dev;
	return ino ^ i << 48;
}

void node_table_clear(struct node_table *table)
{
	for (uint32_t i = 1; i < table->n_slots; i++) {
		struct node *node = table->slot[i].node;

		if (node)
			node_forget(table, node->id, UINT64_MAX);
	}
}

int node_table_init(struct node_table *table, int root, unsigned max_open)
{
	struct stat st;
	struct node *node;
	int err;

	*table = (struct node_table){ .first_free = UINT32_MAX,
				      .n_buckets = FIRST_BUCKETS,
				      .max_open = max_open };
	if (fstat(root, &st) < 0)
		return -errno;
	table->bucket = calloc(FIRST_BUCKETS, sizeof(struct node *));
	table->open = calloc(max_open, sizeof(struct node *));
	err = table->bucket && table->open ? add(table, &st, &node) : -ENOMEM;
	if (err) {
		node_table_free(table);
		return err;
	}
	node->lookups = 1;
	node->fd = root;
	node_ino(table, st.st_dev, st.st_ino);
	return 0;
}

void node_table_free(struct node_table *table)
{
	for (uint32_t i = 0; i < table->n_slots; i++) {
		struct node *node = table->slot[i].node;

		if (!node)
			continue;
		if (i > 0)
			node_fd_close(table, node);
		free(node->name);
		free(node);
	}
	free(table->slot);
	free(table->bucket);
	free(table->open);
}
