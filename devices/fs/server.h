/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server.h - a FUSE server for a host folder, within this process
 *
 * It answers what a guest's kernel asks by the protocol of <linux/fuse.h>, as
 * VIRTIO 1.2, section 5.11 carries it.  The guest is hostile: each length is
 * checked against what is there, arguments are copied once, a name is one
 * component, a number leads to a node or a file that the guest was given.
 * What a share may not do is refused here, whatever the guest mounted.
 *
 * Threads: one at a time.  The counters may be shown by any.
 */
#ifndef DEVICES_FS_SERVER_H
#define DEVICES_FS_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/count.h"
#include "devices/fs/handle.h"
#include "devices/fs/node.h"

struct share;

enum {
	/* Bytes of a request beside the data of a WRITE: the longest is a
	 * SETXATTR of 64 KiB. */
	FS_ARGS_MAX = 68 << 10,
	/* Bytes of an answer beside the data of a READ. */
	FS_BODY_MAX = 68 << 10,
	/* Bytes that one READ or WRITE may move. */
	FS_DATA_MAX = 1 << 20,
	FS_OPCODES = 64,
};

/* Kept by the thread that serves; counters.c says what they mean. */
struct fs_stats {
	/* Requests by opcode. */
	uint64_t request[FS_OPCODES];
	uint64_t unknown, errors, bytes_read, bytes_written, nodes;
};

struct fs_server {
	const struct share *share;
	struct node_table nodes;
	struct handle_table handles;
	/* The guest has sent INIT. */
	bool in_session;
	uint8_t *args, *body;
	struct fs_stats stats;
};

/* A request as it lies in guest memory: segments to read and to write. */
struct fs_message {
	struct iovec *in, *out;
	uint32_t n_in, n_out;
	/* Bytes in all. */
	uint64_t in_len, out_len;
};

/* Serve @share, which outlives the server.  Logs; -errno, and then nothing is
 * to be freed. */
int fs_server_init(struct fs_server *server, const struct share *share);

void fs_server_free(struct fs_server *server);

/* Do what @message asks, and write the answer to it: returns the bytes
 * written.  Its segments' addresses are used up. */
uint32_t fs_server_do(struct fs_server *server, struct fs_message *message);

/* The guest forgets @n lookups of node @id. */
void fs_server_forget(struct fs_server *server, uint64_t id, uint64_t n);

#endif
