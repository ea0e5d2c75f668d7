/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.c - requests about a file's content
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/falloc.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/iov.h"
#include "base/util.h"
#include "devices/fs/request.h"

/* The guest's kernel has done what O_APPEND asks for: it sends offsets. */
static int reply_open(struct fs_server *server, struct node *node, int fd,
		      struct fuse_open_out *out)
{
	if (fd < 0)
		return fd;
	out->open_flags = server->share->config->cache == SHARE_CACHE_ENDLESS ?
				  FOPEN_KEEP_CACHE :
				  0;
	return handle_add(&server->handles, node, fd, &out->fh);
}

/* Open @node.  A file that is emptied here loses what makes it run as somebody
 * else, if the guest's kernel says so: @how has FUSE_OPEN_KILL_SUIDGID. */
static int open_node(struct fs_server *server, const struct fs_request *request,
		     struct node *node, uint32_t flags, uint32_t how)
{
	bool empties = how & FUSE_OPEN_KILL_SUIDGID && flags & O_TRUNC &&
		       (flags & O_ACCMODE) != O_RDONLY;
	int fd = fs_reopen(server, node, empties ? flags & ~O_TRUNC : flags);
	int err = 0;

	if (fd < 0 || !empties)
		return fd;
	fs_become_caller(server, request);
	if (ftruncate(fd, 0) < 0)
		err = -errno;
	fs_become_self(server);
	if (err)
		close_fd(&fd);
	return err ? err : fd;
}

int fs_open(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_open_in *arg = fs_arg(request, sizeof(*arg));

	if (!fs_has_open(server))
		return -ENOSYS;
	if (server->share->config->read_only &&
	    ((arg->flags & O_ACCMODE) != O_RDONLY || arg->flags & O_TRUNC))
		return -EROFS;
	return reply_open(server, request->node,
			  open_node(server, request, request->node, arg->flags,
				    arg->open_flags),
			  fs_reply(request, sizeof(struct fuse_open_out)));
}

/* The answer to what makes a file and opens it. */
struct opened {
	struct fuse_entry_out entry;
	struct fuse_open_out open;
};

/* Make a file and open it at once: its mode, which may forbid that, counts
 * from the next time it is opened. */
static int new_file(struct fs_server *server, const struct fs_request *request,
		    const char *name, uint32_t flags, uint32_t mode)
{
	const uint32_t kept = O_ACCMODE | O_TMPFILE | O_CREAT | O_EXCL;
	int fd, dir = node_fd(&server->nodes, request->node);

	if (dir < 0)
		return dir;
	if (request->node->hidden)
		return -EACCES;
	fs_become_caller(server, request);
	fd = openat(dir, name, (int)(flags & kept) | O_NOFOLLOW | O_CLOEXEC,
		    fs_mode(mode, false));
	if (fd < 0)
		fd = -errno;
	fs_become_self(server);
	return fd;
}

/* O_EXCL: a link that lies there is not followed. */
int fs_create(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_create_in *arg = fs_arg(request, sizeof(*arg));
	const char *name = fs_name(request);
	struct opened *out = fs_reply(request, sizeof(*out));
	struct node *node;
	int fd, err;

	if (!name)
		return -EINVAL;
	fd = new_file(server, request, name,
		      (arg->flags & O_ACCMODE) | O_CREAT | O_EXCL, arg->mode);
	if (fd < 0 && (fd != -EEXIST || arg->flags & O_EXCL))
		return fd;
	err = fs_entry(server, request->node, name, &out->entry);
	if (err) {
		if (fd >= 0)
			close(fd);
		return err;
	}
	node = node_get(&server->nodes, out->entry.nodeid);
	if (fd < 0)
		fd = open_node(server, request, node, arg->flags,
			       arg->open_flags);
	err = reply_open(server, node, fd, &out->open);
	if (err)
		node_forget(&server->nodes, node->id, 1);
	return err;
}

/* A file without a name, which the guest may link to one later. */
int fs_tmpfile(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_create_in *arg = fs_arg(request, sizeof(*arg));
	struct opened *out = fs_reply(request, sizeof(*out));
	int fd = new_file(server, request, ".",
			  O_TMPFILE | (arg->flags & (O_ACCMODE | O_EXCL)),
			  arg->mode);
	struct node *node = NULL;
	struct stat st;
	int err = -EIO;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) == 0)
		err = node_add(&server->nodes, &st, &node);
	if (err) {
		close(fd);
		return err;
	}
	fs_entry_of(server, node, &st, &out->entry);
	err = reply_open(server, node, fd, &out->open);
	if (err)
		node_forget(&server->nodes, node->id, 1);
	return err;
}

/* As many of @n segments as hold @len bytes, the last one cut. */
static uint32_t cut(struct iovec *iov, uint32_t n, uint64_t len)
{
	uint32_t i = 0;

	for (; i < n && len > 0; i++) {
		iov[i].iov_len = MIN(iov[i].iov_len, len);
		len -= iov[i].iov_len;
	}
	return i;
}

/* Straight into guest memory. */
int fs_read(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_read_in *arg = fs_arg(request, sizeof(*arg));
	int fd = fs_opened(server, request, arg->fh);
	uint32_t n = cut(request->out, request->n_out, arg->size);
	uint64_t done = 0;

	if (fd < 0)
		return fd;
	if (arg->size > FS_DATA_MAX || arg->size > request->room)
		return -EINVAL;
	while (n > 0) {
		ssize_t part = preadv(fd, request->out, (int)MIN(n, IOV_MAX),
				      (off_t)(arg->offset + done));

		if (part < 0)
			return -errno;
		if (part == 0)
			break;
		done += (uint64_t)part;
		iov_skip(&request->out, &n, (uint64_t)part);
	}
	request->in_place = true;
	request->body_len = done;
	count_add(&server->stats.bytes_read, done);
	return 0;
}

/* Write what is left of the request's data; returns how much was, or -errno if
 * that is nothing. */
static int64_t write_data(int fd, struct fs_request *request, uint64_t offset,
			  uint32_t n)
{
	int64_t done = 0;

	while (n > 0) {
		ssize_t part = pwritev(fd, request->in, (int)MIN(n, IOV_MAX),
				       (off_t)offset + done);

		if (part < 0 && done == 0)
			return -errno;
		if (part <= 0)
			break;
		done += part;
		iov_skip(&request->in, &n, (uint64_t)part);
	}
	return done;
}

int fs_write(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_write_in *arg = fs_arg(request, sizeof(*arg));
	int fd = handle_fd(&server->handles, request->node, arg->fh);
	struct fuse_write_out *out;
	int64_t done;
	uint32_t n;

	if (fd < 0)
		return fd;
	if (arg->size > FS_DATA_MAX || arg->size > request->in_len)
		return -EINVAL;
	n = cut(request->in, request->n_in, arg->size);
	if (arg->write_flags & FUSE_WRITE_KILL_SUIDGID)
		fs_become_caller(server, request);
	done = write_data(fd, request, arg->offset, n);
	if (arg->write_flags & FUSE_WRITE_KILL_SUIDGID)
		fs_become_self(server);
	if (done < 0)
		return (int)done;
	out = fs_reply(request, sizeof(*out));
	out->size = (uint32_t)done;
	count_add(&server->stats.bytes_written, (uint64_t)done);
	return 0;
}

int fs_release(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_release_in *arg = fs_arg(request, sizeof(*arg));

	return handle_close(&server->handles, &server->nodes, request->node,
			    arg->fh);
}

int fs_fsync(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_fsync_in *arg = fs_arg(request, sizeof(*arg));
	int fd = handle_fd(&server->handles, request->node, arg->fh);

	if (fd < 0)
		return fd;
	if ((arg->fsync_flags & FUSE_FSYNC_FDATASYNC ? fdatasync(fd) :
						       fsync(fd)) < 0)
		return -errno;
	return 0;
}

int fs_fallocate(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_fallocate_in *arg = fs_arg(request, sizeof(*arg));
	int fd = handle_fd(&server->handles, request->node, arg->fh), err = 0;

	if (fd < 0)
		return fd;
	fs_become_caller(server, request);
	if (fallocate(fd, (int)arg->mode, (off_t)arg->offset,
		      (off_t)arg->length) < 0)
		err = -errno;
	fs_become_self(server);
	return err;
}

int fs_lseek(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_lseek_in *arg = fs_arg(request, sizeof(*arg));
	int fd = fs_opened(server, request, arg->fh);
	struct fuse_lseek_out *out;
	off_t at;

	if (fd < 0)
		return fd;
	if (arg->whence != SEEK_HOLE && arg->whence != SEEK_DATA)
		return -EINVAL;
	at = lseek(fd, (off_t)arg->offset, (int)arg->whence);
	if (at < 0)
		return -errno;
	out = fs_reply(request, sizeof(*out));
	out->offset = (uint64_t)at;
	return 0;
}

/* A part of it at a time, as this may take as long as the copying does. */
int fs_copy_file_range(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_copy_file_range_in *arg =
		fs_arg(request, sizeof(*arg));
	const struct node *to = node_get(&server->nodes, arg->nodeid_out);
	int in = handle_fd(&server->handles, request->node, arg->fh_in);
	int out = to ? handle_fd(&server->handles, to, arg->fh_out) : -EBADF;
	off_t from_at = (off_t)arg->off_in, to_at = (off_t)arg->off_out;
	struct fuse_write_out *reply;
	ssize_t done;

	if (in < 0 || out < 0)
		return -EBADF;
	if (arg->flags)
		return -EINVAL;
	fs_become_caller(server, request);
	done = copy_file_range(in, &from_at, out, &to_at,
			       MIN(arg->len, 16 * MIB), 0);
	if (done < 0)
		done = -errno;
	fs_become_self(server);
	if (done < 0)
		return (int)done;
	reply = fs_reply(request, sizeof(*reply));
	reply->size = (uint32_t)done;
	return 0;
}
