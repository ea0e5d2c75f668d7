/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * node_fd.h - which nodes have an open descriptor: for node.c
 */
#ifndef DEVICES_FS_NODE_FD_H
#define DEVICES_FS_NODE_FD_H

struct node;
struct node_table;

/* Close the descriptor of @node, if it has one. */
void node_fd_close(struct node_table *table, struct node *node);

#endif
