/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/fs/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/iov.h"
#include "base/log.h"
#include "base/util.h"
#include "devices/fs/request.h"
#include "devices/fs/requests.h"

enum {
	/* It is about a node that the guest must know. */
	NODE = 1 << 0,
	/* It changes something: not on a share that is read-only. */
	CHANGES = 1 << 1,
	/* The guest waits for no answer. */
	SILENT = 1 << 2,
	/* It may come before INIT. */
	EARLY = 1 << 3,
};

/* Nothing that is served waits for long: what it asks to stop is over. */
static int fs_interrupt(struct fs_server *server, struct fs_request *request)
{
	(void)server;
	(void)request;
	return 0;
}

static const struct row {
	fs_op *op;
	/* Bytes of the arguments, names not counted. */
	size_t size;
	unsigned needs;
} rows[FS_OPCODES] = {
#define ROW(number, name, function, size, needs)                               \
	[FUSE_##number] = { function, size, needs },
	FS_REQUESTS_LIST(ROW)
};

/* Write @len bytes to the front of @n segments, which are taken off. */
static void write_off(struct iovec **iov, uint32_t *n, const void *from,
		      size_t len)
{
	iov_scatter(*iov, *n, from, len);
	iov_skip(iov, n, len);
}

/* The request's data begin in guest memory where its arguments end. */
static void find_data(struct fs_request *request)
{
	uint64_t skip = sizeof(request->head) + sizeof(struct fuse_write_in);

	request->in_len -= MIN(skip, request->in_len);
	iov_skip(&request->in, &request->n_in, skip);
}

static int run(struct fs_server *server, struct fs_request *request)
{
	uint32_t opcode = request->head.opcode;
	const struct row *row = opcode < FS_OPCODES ? &rows[opcode] : NULL;

	if (!row || !row->op) {
		count_add(&server->stats.unknown, 1);
		return -ENOSYS;
	}
	count_add(&server->stats.request[opcode], 1);
	if (!server->in_session && !(row->needs & EARLY))
		return -EIO;
	if (request->len < row->size)
		return -EINVAL;
	if (row->needs & NODE) {
		request->node = node_get(&server->nodes, request->head.nodeid);
		if (!request->node)
			return -ESTALE;
	}
	if (row->needs & CHANGES && server->share->config->read_only)
		return -EROFS;
	if (opcode == FUSE_WRITE)
		find_data(request);
	return row->op(server, request);
}

static bool is_silent(uint32_t opcode)
{
	return opcode < FS_OPCODES && rows[opcode].needs & SILENT;
}

/*
 * The answer's length is said twice, in its header and as what is written,
 * and they are the same: newer kernels insist (VIRTIO 1.2, section 5.11.6).
 * The header is written last, but lies before the body.
 */
static uint32_t answer(struct fs_server *server, struct fs_message *message,
		       struct fs_request *request)
{
	struct fuse_out_header head = { .unique = request->head.unique };
	struct iovec first[sizeof(head)];
	struct iovec *at = first;
	uint32_t n = MIN(message->n_out, ARRAY_SIZE(first));

	memcpy(first, message->out, n * sizeof(*first));
	iov_skip(&request->out, &request->n_out, sizeof(head));
	request->room = message->out_len - sizeof(head);
	head.error = run(server, request);
	close_fd(&request->opened);
	if (!head.error && request->body_len > request->room)
		head.error = -ERANGE;
	if (head.error) {
		count_add(&server->stats.errors, 1);
		request->body_len = 0;
	} else if (!request->in_place) {
		write_off(&request->out, &request->n_out, request->body,
			  request->body_len);
	}
	head.len = (uint32_t)(sizeof(head) + request->body_len);
	write_off(&at, &n, &head, sizeof(head));
	return head.len;
}

/* What is copied of a request: its header and arguments, but not the data of a
 * WRITE, which go from guest memory to the file. */
static size_t args_size(uint32_t opcode)
{
	return opcode == FUSE_WRITE ? sizeof(struct fuse_in_header) +
					      sizeof(struct fuse_write_in) :
				      FS_ARGS_MAX;
}

uint32_t fs_server_do(struct fs_server *server, struct fs_message *message)
{
	struct fs_request request = {
		.in = message->in,
		.n_in = message->n_in,
		.in_len = message->in_len,
		.out = message->out,
		.n_out = message->n_out,
		.body = server->body,
		.opened = -1,
	};
	size_t len = iov_gather(&request.head, sizeof(request.head),
				message->in, message->n_in);

	if (len < sizeof(request.head))
		return 0;
	len = iov_gather(server->args, args_size(request.head.opcode),
			 message->in, message->n_in);
	request.args = server->args + sizeof(request.head);
	request.len = len - sizeof(request.head);
	if (is_silent(request.head.opcode)) {
		run(server, &request);
		return 0;
	}
	if (message->out_len < sizeof(struct fuse_out_header))
		return 0;
	return answer(server, message, &request);
}

void fs_server_forget(struct fs_server *server, uint64_t id, uint64_t n)
{
	node_forget(&server->nodes, id, n);
}

int fs_server_init(struct fs_server *server, const struct share *share)
{
	int err;

	*server = (struct fs_server){ .share = share };
	err = node_table_init(&server->nodes, share->root,
			      share->max_nodes_open);
	if (err)
		goto fail;
	err = handle_table_init(&server->handles, share->max_handles);
	if (err)
		goto free_nodes;
	server->args = malloc(FS_ARGS_MAX);
	server->body = malloc(FS_BODY_MAX);
	if (server->args && server->body)
		return 0;
	err = -ENOMEM;
	free(server->args);
	free(server->body);
	handle_table_free(&server->handles);
free_nodes:
	node_table_free(&server->nodes);
fail:
	return log_fail(err, "--share %s: %s", share->config->dir,
			strerror(-err));
}

void fs_server_free(struct fs_server *server)
{
	handle_close_all(&server->handles, &server->nodes);
	handle_table_free(&server->handles);
	node_table_free(&server->nodes);
	free(server->args);
	free(server->body);
}
