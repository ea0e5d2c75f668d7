/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/fs/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"

const void *fs_arg(struct fs_request *request, size_t size)
{
	const void *arg = request->args;

	if (request->len < size)
		return NULL;
	request->args += size;
	request->len -= size;
	return arg;
}

const char *fs_text(struct fs_request *request, size_t max)
{
	size_t len = strnlen((const char *)request->args, request->len);

	if (len == request->len || len > max)
		return NULL;
	return fs_arg(request, len + 1);
}

const char *fs_name(struct fs_request *request)
{
	/* FUSE_NAME_MAX: how long it may be is the file system's to say. */
	const char *name = fs_text(request, 1024);

	if (!name || !*name || strchr(name, '/') || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return NULL;
	return name;
}

void *fs_reply(struct fs_request *request, size_t size)
{
	request->body_len = size;
	return memset(request->body, 0, size);
}

void fs_attr(struct fs_server *server, const struct stat *st,
	     struct fuse_attr *attr)
{
	*attr = (struct fuse_attr){
		.ino = node_ino(&server->nodes, st->st_dev, st->st_ino),
		.size = (uint64_t)st->st_size,
		.blocks = (uint64_t)st->st_blocks,
		.atime = (uint64_t)st->st_atim.tv_sec,
		.mtime = (uint64_t)st->st_mtim.tv_sec,
		.ctime = (uint64_t)st->st_ctim.tv_sec,
		.atimensec = (uint32_t)st->st_atim.tv_nsec,
		.mtimensec = (uint32_t)st->st_mtim.tv_nsec,
		.ctimensec = (uint32_t)st->st_ctim.tv_nsec,
		.mode = st->st_mode,
		.nlink = (uint32_t)st->st_nlink,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.rdev = (uint32_t)st->st_rdev,
		.blksize = (uint32_t)st->st_blksize,
	};
}

void fs_entry_of(struct fs_server *server, const struct node *node,
		 const struct stat *st, struct fuse_entry_out *entry)
{
	*entry = (struct fuse_entry_out){
		.nodeid = node->id,
		.entry_valid = fs_valid(server),
		.attr_valid = fs_valid(server),
	};
	fs_attr(server, st, &entry->attr);
	count_peak(&server->stats.nodes, server->nodes.n_nodes);
}

int fs_entry(struct fs_server *server, struct node *parent, const char *name,
	     struct fuse_entry_out *entry)
{
	int dir = node_fd(&server->nodes, parent);
	struct node *node;
	struct stat st;
	int err;

	if (dir < 0)
		return dir;
	if (parent->hidden)
		return -ENOENT;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
		return -errno;
	err = node_look_up(&server->nodes, parent, name, &st, &node);
	if (err)
		return err;
	fs_entry_of(server, node, &st, entry);
	return 0;
}

int fs_reopen(struct fs_server *server, struct node *node, uint32_t flags)
{
	const uint32_t kept = O_ACCMODE | O_TRUNC | O_DIRECTORY | O_SYNC;
	char number[16];
	int path = node_fd(&server->nodes, node), fd;

	if (path < 0)
		return path;
	if (node->hidden && !S_ISDIR(node->type))
		return -EACCES;
	/* Opening a device or a FIFO would act on the host. */
	if (!S_ISREG(node->type) && !S_ISDIR(node->type))
		return -ELOOP;
	snprintf(number, sizeof(number), "%d", path);
	fd = openat(server->share->proc, number,
		    (int)(flags & kept) | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	return fd;
}

int fs_opened(struct fs_server *server, struct fs_request *request, uint64_t fh)
{
	if (fs_has_open(server))
		return handle_fd(&server->handles, request->node, fh);
	request->opened = fs_reopen(server, request->node, O_RDONLY);
	return request->opened;
}

/* By the system calls themselves: the library's functions would change all
 * threads.  setfsuid(2) reports no failure; as root it cannot fail. */
void fs_become_caller(const struct fs_server *server,
		      const struct fs_request *request)
{
	if (!server->share->as_root)
		return;
	syscall(SYS_setfsgid, request->head.gid);
	syscall(SYS_setfsuid, request->head.uid);
}

void fs_become_self(const struct fs_server *server)
{
	if (!server->share->as_root)
		return;
	syscall(SYS_setfsuid, geteuid());
	syscall(SYS_setfsgid, getegid());
}
