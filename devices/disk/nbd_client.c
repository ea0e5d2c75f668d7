/* SPDX-License-Identifier: BSD-2-Clause */
#ifdef HAVE_LIBNBD
#include "devices/disk/nbd_client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/iov.h"
#include "base/log.h"
#include "base/util.h"
#include "devices/disk/transfer.h"

enum {
	/* Bytes in one request to the server. */
	BUFFER = 1 << 20,
	PIECES = 256,
};

int nbd_client_init(struct nbd_client *client)
{
	pthread_mutex_init(&client->lock, NULL);
	pthread_cond_init(&client->returned, NULL);
	client->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (client->cancel_fd < 0)
		return -errno;
	return nbd_lib_load(&client->lib);
}

int nbd_client_add(struct nbd_client *client, int socket)
{
	struct nbd_connection *c = &client->connections[client->n];

	c->buffer = malloc(BUFFER);
	c->handle = c->buffer ? client->lib.create() : NULL;
	if (!c->handle) {
		close(socket);
		free(c->buffer);
		return -ENOMEM;
	}
	client->n++;
	/* The socket is libnbd's, whatever comes of it. */
	if (client->lib.connect_socket(c->handle, socket) < 0)
		return -ENOTCONN;
	client->idle[client->n_idle++] = c;
	return 0;
}

static struct nbd_connection *take(struct nbd_client *client)
{
	struct nbd_connection *c;

	pthread_mutex_lock(&client->lock);
	while (!client->n_idle)
		pthread_cond_wait(&client->returned, &client->lock);
	c = client->idle[--client->n_idle];
	pthread_mutex_unlock(&client->lock);
	return c;
}

static void give_back(struct nbd_client *client, struct nbd_connection *c)
{
	pthread_mutex_lock(&client->lock);
	client->idle[client->n_idle++] = c;
	pthread_cond_signal(&client->returned);
	pthread_mutex_unlock(&client->lock);
}

/* A number for the command, or -1. */
static int64_t submit(const struct nbd_lib *lib, struct nbd_handle *handle,
		      const struct nbd_command *cmd)
{
	const nbd_completion_callback none = NBD_NULL_COMPLETION;

	switch (cmd->what) {
	case NBD_READ:
		return lib->aio_pread(handle, cmd->bytes, cmd->len, cmd->offset,
				      none, cmd->flags);
	case NBD_WRITE:
		return lib->aio_pwrite(handle, cmd->bytes, cmd->len,
				       cmd->offset, none, cmd->flags);
	case NBD_FLUSH:
		return lib->aio_flush(handle, none, cmd->flags);
	case NBD_TRIM:
		return lib->aio_trim(handle, cmd->len, cmd->offset, none,
				     cmd->flags);
	case NBD_ZERO:
		return lib->aio_zero(handle, cmd->len, cmd->offset, none,
				     cmd->flags);
	}
	return -1;
}

/* Wait for the connection to get on, and have it do so.  -ECANCELED: all is
 * given up. */
static int get_on(struct nbd_client *client, struct nbd_connection *c)
{
	const struct nbd_lib *lib = &client->lib;
	unsigned direction = lib->aio_get_direction(c->handle);
	bool reads = direction & LIBNBD_AIO_DIRECTION_READ;
	bool writes = direction & LIBNBD_AIO_DIRECTION_WRITE;
	struct pollfd fds[] = {
		{ .fd = lib->aio_get_fd(c->handle),
		  .events = (short)((reads ? POLLIN : 0) |
				    (writes ? POLLOUT : 0)) },
		{ .fd = client->cancel_fd, .events = POLLIN },
	};

	if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[1].revents)
		return -ECANCELED;
	/* An end of the connection is found by reading. */
	if (reads && fds[0].revents & (POLLIN | POLLHUP | POLLERR))
		lib->aio_notify_read(c->handle);
	else if (writes && fds[0].revents)
		lib->aio_notify_write(c->handle);
	return 0;
}

static bool is_over(const struct nbd_client *client,
		    const struct nbd_connection *c)
{
	return client->lib.aio_is_dead(c->handle) ||
	       client->lib.aio_is_closed(c->handle);
}

/* The failure of libnbd's last function in this thread. */
static int failure(const struct nbd_client *client,
		   const struct nbd_connection *c)
{
	int err = client->lib.get_errno();

	if (is_over(client, c))
		return -ENOTCONN;
	return err > 0 ? -err : -EIO;
}

static int execute_on(struct nbd_client *client, struct nbd_connection *c,
		      const struct nbd_command *cmd)
{
	int64_t number;
	int rc, err;

	if (c->left)
		return -ECANCELED;
	number = is_over(client, c) ? -1 : submit(&client->lib, c->handle, cmd);
	if (number < 0)
		return failure(client, c);
	while (!(rc = client->lib.aio_command_completed(c->handle,
							(uint64_t)number))) {
		err = is_over(client, c) ? -ENOTCONN : get_on(client, c);
		if (!err)
			continue;
		c->left = err == -ECANCELED;
		return err;
	}
	return rc > 0 ? 0 : failure(client, c);
}

int nbd_client_execute(struct nbd_client *client, const struct nbd_command *cmd)
{
	struct nbd_connection *c = take(client);
	int err = execute_on(client, c, cmd);

	give_back(client, c);
	return err;
}

/* Copy between @bytes and the pieces of @iov. */
static void copy(char *bytes, const struct iovec *iov, unsigned n, bool to_iov)
{
	for (unsigned i = 0; i < n; i++) {
		if (to_iov)
			memcpy(iov[i].iov_base, bytes, iov[i].iov_len);
		else
			memcpy(bytes, iov[i].iov_base, iov[i].iov_len);
		bytes += iov[i].iov_len;
	}
}

/* As much of @iov, behind its first @done bytes, as goes at once: so many
 * bytes in @cmd. */
static int transfer_some(struct nbd_client *client, struct nbd_connection *c,
			 struct nbd_command *cmd, const struct iovec *iov,
			 unsigned n, uint64_t done)
{
	struct iovec UNINITIALIZED part[PIECES];
	unsigned count = iov_cut(iov, n, done, BUFFER, part, PIECES);
	int err;

	cmd->len = iov_bytes(part, count);
	cmd->bytes = count == 1 ? part[0].iov_base : c->buffer;
	if (count > 1 && cmd->what == NBD_WRITE)
		copy(c->buffer, part, count, false);
	err = execute_on(client, c, cmd);
	if (!err && count > 1 && cmd->what == NBD_READ)
		copy(c->buffer, part, count, true);
	return err;
}

int nbd_client_transfer(struct nbd_client *client, struct nbd_command cmd,
			const struct iovec *iov, unsigned n)
{
	uint64_t total = iov_bytes(iov, n), done = 0;
	struct nbd_connection *c = take(client);
	int err = 0;

	while (!err && done < total) {
		err = transfer_some(client, c, &cmd, iov, n, done);
		done += cmd.len;
		cmd.offset += cmd.len;
	}
	give_back(client, c);
	return err;
}

void nbd_client_cancel(struct nbd_client *client)
{
	const uint64_t one = 1;

	if (write(client->cancel_fd, &one, sizeof(one)) < 0)
		log_debug("nbd: %s", strerror(errno));
}

/* Say goodbye, if that needs no waiting. */
static void disconnect(struct nbd_client *client, struct nbd_connection *c)
{
	const struct nbd_lib *lib = &client->lib;
	struct pollfd fd = { .events = POLLOUT };

	lib->aio_disconnect(c->handle, 0);
	while (!is_over(client, c) &&
	       lib->aio_get_direction(c->handle) & LIBNBD_AIO_DIRECTION_WRITE) {
		fd.fd = lib->aio_get_fd(c->handle);
		if (poll(&fd, 1, 0) != 1)
			break;
		lib->aio_notify_write(c->handle);
	}
}

void nbd_client_free(struct nbd_client *client)
{
	for (unsigned i = 0; i < client->n; i++) {
		struct nbd_connection *c = &client->connections[i];

		if (!c->left && !is_over(client, c))
			disconnect(client, c);
		client->lib.close(c->handle);
		free(c->buffer);
	}
	close_fd(&client->cancel_fd);
	pthread_cond_destroy(&client->returned);
	pthread_mutex_destroy(&client->lock);
}
#endif
