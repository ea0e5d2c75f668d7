/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/fs/handle.h"

#include <errno.h>

#include "base/util.h"
#include "devices/fs/node.h"

int handle_table_init(struct handle_table *table, unsigned max)
{
	*table = (struct handle_table){ .max = max, .first_free = UINT32_MAX };
	table->handle = calloc(max, sizeof(*table->handle));
	return table->handle ? 0 : -ENOMEM;
}

void handle_table_free(struct handle_table *table)
{
	free(table->handle);
}

int handle_add(struct handle_table *table, struct node *node, int fd,
	       uint64_t *fh)
{
	uint32_t index = table->first_free;

	if (index != UINT32_MAX) {
		table->first_free = table->handle[index].next_free;
	} else if (table->n < table->max) {
		index = table->n++;
	} else {
		close(fd);
		return -ENFILE;
	}
	table->handle[index] = (struct handle){ .node = node, .fd = fd };
	node_hold(node, fd);
	*fh = index;
	return 0;
}

int handle_fd(const struct handle_table *table, const struct node *node,
	      uint64_t fh)
{
	if (fh >= table->n || table->handle[fh].fd < 0 ||
	    table->handle[fh].node != node)
		return -EBADF;
	return table->handle[fh].fd;
}

int handle_close(struct handle_table *table, struct node_table *nodes,
		 const struct node *node, uint64_t fh)
{
	int fd = handle_fd(table, node, fh);
	struct handle *handle;

	if (fd < 0)
		return fd;
	handle = &table->handle[fh];
	node_let_go(nodes, handle->node, fd);
	close(fd);
	*handle = (struct handle){ .fd = -1, .next_free = table->first_free };
	table->first_free = (uint32_t)fh;
	return 0;
}

void handle_close_all(struct handle_table *table, struct node_table *nodes)
{
	for (unsigned i = 0; i < table->n; i++)
		if (table->handle[i].fd >= 0)
			handle_close(table, nodes, table->handle[i].node, i);
}
