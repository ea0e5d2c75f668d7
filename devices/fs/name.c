/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * name.c - requests about names in folders
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "devices/fs/request.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE	 2
#endif

/* The descriptor of a folder in which the guest may change something. */
static int changeable(struct fs_server *server, struct node *folder)
{
	return folder->hidden ? -EACCES : node_fd(&server->nodes, folder);
}

int fs_lookup(struct fs_server *server, struct fs_request *request)
{
	const char *name = fs_name(request);
	struct fuse_entry_out *entry;
	int err;

	if (!name)
		return -EINVAL;
	entry = fs_reply(request, sizeof(*entry));
	err = fs_entry(server, request->node, name, entry);
	if (err != -ENOENT ||
	    server->share->config->cache != SHARE_CACHE_ENDLESS)
		return err;
	/* Node 0: there is no such file, and that may be remembered. */
	entry->entry_valid = fs_valid(server);
	return 0;
}

int fs_forget(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_forget_in *arg = fs_arg(request, sizeof(*arg));

	node_forget(&server->nodes, request->head.nodeid, arg->nlookup);
	return 0;
}

int fs_batch_forget(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_batch_forget_in *arg = fs_arg(request, sizeof(*arg));
	const struct fuse_forget_one *one;

	for (uint32_t i = 0; i < arg->count; i++) {
		one = fs_arg(request, sizeof(*one));
		if (!one)
			return -EINVAL;
		node_forget(&server->nodes, one->nodeid, one->nlookup);
	}
	return 0;
}

int fs_readlink(struct fs_server *server, struct fs_request *request)
{
	int fd = node_fd(&server->nodes, request->node);
	ssize_t len;

	if (fd < 0)
		return fd;
	len = readlinkat(fd, "", (char *)request->body, 4096);
	if (len < 0)
		return -errno;
	request->body_len = (size_t)len;
	return 0;
}

/* What making @name came to: -1 and errno, or it is there now. */
static int made(struct fs_server *server, struct fs_request *request,
		const char *name, int result)
{
	int err = result < 0 ? -errno : 0;

	fs_become_self(server);
	if (err)
		return err;
	return fs_entry(server, request->node, name,
			fs_reply(request, sizeof(struct fuse_entry_out)));
}

int fs_symlink(struct fs_server *server, struct fs_request *request)
{
	const char *name = fs_name(request), *to = fs_text(request, 4095);
	int dir = changeable(server, request->node);

	if (!name || !to)
		return -EINVAL;
	if (dir < 0)
		return dir;
	fs_become_caller(server, request);
	return made(server, request, name, symlinkat(to, dir, name));
}

/* Files, FIFOs and sockets; a device would be one of the host's. */
int fs_mknod(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_mknod_in *arg = fs_arg(request, sizeof(*arg));
	const char *name = fs_name(request);
	int dir = changeable(server, request->node);
	mode_t mode = fs_mode(arg->mode, false) | (arg->mode & S_IFMT);

	if (!name)
		return -EINVAL;
	if (S_ISBLK(arg->mode) || S_ISCHR(arg->mode))
		return -EPERM;
	if (dir < 0)
		return dir;
	fs_become_caller(server, request);
	return made(server, request, name, mknodat(dir, name, mode, 0));
}

int fs_mkdir(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_mkdir_in *arg = fs_arg(request, sizeof(*arg));
	const char *name = fs_name(request);
	int dir = changeable(server, request->node);

	if (!name)
		return -EINVAL;
	if (dir < 0)
		return dir;
	fs_become_caller(server, request);
	return made(server, request, name,
		    mkdirat(dir, name, fs_mode(arg->mode, true)));
}

/* The node that the guest knows as @name in @folder, which is open as @dir;
 * NULL if it knows none. */
static struct node *known(const struct fs_server *server, int dir,
			  const struct node *folder, const char *name)
{
	struct node *node;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return NULL;
	node = node_peek(&server->nodes, &st);
	return node && node->parent == folder && node->name &&
			       strcmp(node->name, name) == 0 ?
		       node :
		       NULL;
}

static int remove_name(struct fs_server *server, struct fs_request *request,
		       int flags)
{
	struct node_table *nodes = &server->nodes;
	struct node *folder = request->node, *node;
	const char *name = fs_name(request);
	int dir = changeable(server, folder), err = 0;

	if (!name)
		return -EINVAL;
	if (dir < 0)
		return dir;
	folder->pins++;
	node = known(server, dir, folder, name);
	if (node)
		node_unlink(nodes, node);
	if (unlinkat(dir, name, flags) < 0)
		err = -errno;
	/* It has its name still. */
	if (err && node)
		node_rename(nodes, node, folder, name);
	node_unpin(folder);
	return err;
}

int fs_unlink(struct fs_server *server, struct fs_request *request)
{
	return remove_name(server, request, 0);
}

int fs_rmdir(struct fs_server *server, struct fs_request *request)
{
	return remove_name(server, request, AT_REMOVEDIR);
}

/* A name in a folder that stays open. */
struct place {
	struct node *folder;
	const char *name;
	int dir;
};

static int rename_pinned(struct fs_server *server, const struct place *from,
			 const struct place *to, uint32_t flags)
{
	struct node_table *nodes = &server->nodes;
	struct node *node = known(server, from->dir, from->folder, from->name);
	struct node *other = known(server, to->dir, to->folder, to->name);
	bool replaced = other && other != node && !(flags & RENAME_EXCHANGE);

	if (replaced)
		node_unlink(nodes, other);
	if (syscall(SYS_renameat2, from->dir, from->name, to->dir, to->name,
		    flags) < 0) {
		int err = -errno;

		if (replaced)
			node_rename(nodes, other, to->folder, to->name);
		return err;
	}
	if (node)
		node_rename(nodes, node, to->folder, to->name);
	if (other && !replaced && other != node)
		node_rename(nodes, other, from->folder, from->name);
	return 0;
}

static int do_rename(struct fs_server *server, struct fs_request *request,
		     uint64_t to_id, uint32_t flags)
{
	struct node_table *nodes = &server->nodes;
	struct place from = { .folder = request->node,
			      .name = fs_name(request) };
	struct place to = { .folder = node_get(nodes, to_id),
			    .name = fs_name(request) };
	int err;

	if (!to.folder)
		return -ESTALE;
	if (!from.name || !to.name ||
	    (flags & ~(uint32_t)(RENAME_NOREPLACE | RENAME_EXCHANGE)))
		return -EINVAL;
	if (from.folder->hidden || to.folder->hidden)
		return -EACCES;
	from.dir = node_pin(nodes, from.folder);
	if (from.dir < 0)
		return from.dir;
	to.dir = node_pin(nodes, to.folder);
	err = to.dir;
	if (to.dir >= 0) {
		err = rename_pinned(server, &from, &to, flags);
		node_unpin(to.folder);
	}
	node_unpin(from.folder);
	return err;
}

int fs_rename(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_rename_in *arg = fs_arg(request, sizeof(*arg));

	return do_rename(server, request, arg->newdir, 0);
}

int fs_rename2(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_rename2_in *arg = fs_arg(request, sizeof(*arg));

	return do_rename(server, request, arg->newdir, arg->flags);
}

int fs_link(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_link_in *arg = fs_arg(request, sizeof(*arg));
	const char *name = fs_name(request);
	struct node *old = node_get(&server->nodes, arg->oldnodeid);
	int dir, fd, result;
	char number[16];

	if (!name)
		return -EINVAL;
	if (!old)
		return -ESTALE;
	fd = old->hidden ? -EACCES : node_pin(&server->nodes, old);
	if (fd < 0)
		return fd;
	dir = changeable(server, request->node);
	snprintf(number, sizeof(number), "%d", fd);
	result = dir < 0 ? dir :
			   linkat(server->share->proc, number, dir, name,
				  AT_SYMLINK_FOLLOW);
	if (dir >= 0 && result < 0)
		result = -errno;
	node_unpin(old);
	if (result < 0)
		return result;
	return fs_entry(server, request->node, name,
			fs_reply(request, sizeof(struct fuse_entry_out)));
}
