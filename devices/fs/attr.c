/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attr.c - requests about a file's attributes
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices/fs/request.h"

static int reply_attr(struct fs_server *server, struct fs_request *request,
		      int fd)
{
	struct fuse_attr_out *out;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	out = fs_reply(request, sizeof(*out));
	out->attr_valid = fs_valid(server);
	fs_attr(server, &st, &out->attr);
	return 0;
}

int fs_getattr(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_getattr_in *arg = fs_arg(request, sizeof(*arg));
	int fd = -1;

	if (arg->getattr_flags & FUSE_GETATTR_FH)
		fd = handle_fd(&server->handles, request->node, arg->fh);
	if (fd < 0)
		fd = node_fd(&server->nodes, request->node);
	return fd < 0 ? fd : reply_attr(server, request, fd);
}

/* As this may clear the bits of set-user-ID, it comes before the mode. */
static int set_owner(int fd, const struct fuse_setattr_in *arg)
{
	uid_t uid = arg->valid & FATTR_UID ? arg->uid : (uid_t)-1;
	gid_t gid = arg->valid & FATTR_GID ? arg->gid : (gid_t)-1;

	if (!(arg->valid & (FATTR_UID | FATTR_GID)))
		return 0;
	return fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

static int set_mode(const struct fs_server *server, const struct node *node,
		    const char *number, const struct fuse_setattr_in *arg)
{
	mode_t mode = fs_mode(arg->mode, S_ISDIR(node->type));

	if (!(arg->valid & FATTR_MODE))
		return 0;
	if (S_ISLNK(node->type))
		return -EOPNOTSUPP;
	return fchmodat(server->share->proc, number, mode, 0) < 0 ? -errno : 0;
}

static int set_size(struct fs_server *server, const struct fs_request *request,
		    const struct fuse_setattr_in *arg)
{
	struct node *node = request->node;
	int fd = -EBADF, opened = -1, err = 0;

	if (!(arg->valid & FATTR_SIZE))
		return 0;
	if (arg->valid & FATTR_FH)
		fd = handle_fd(&server->handles, node, arg->fh);
	if (fd < 0)
		fd = opened = fs_reopen(server, node, O_WRONLY);
	if (fd < 0)
		return fd;
	if (arg->valid & FATTR_KILL_SUIDGID)
		fs_become_caller(server, request);
	if (ftruncate(fd, (off_t)arg->size) < 0)
		err = -errno;
	if (arg->valid & FATTR_KILL_SUIDGID)
		fs_become_self(server);
	if (opened >= 0)
		close(opened);
	return err;
}

static struct timespec new_time(uint32_t valid, uint32_t set, uint32_t now,
				uint64_t sec, uint32_t nsec)
{
	if (valid & now)
		return (struct timespec){ .tv_nsec = UTIME_NOW };
	if (valid & set)
		return (struct timespec){ (time_t)sec, (long)nsec };
	return (struct timespec){ .tv_nsec = UTIME_OMIT };
}

static int set_times(const struct fs_server *server, const struct node *node,
		     int fd, const char *number,
		     const struct fuse_setattr_in *arg)
{
	const struct timespec times[] = {
		new_time(arg->valid, FATTR_ATIME, FATTR_ATIME_NOW, arg->atime,
			 arg->atimensec),
		new_time(arg->valid, FATTR_MTIME, FATTR_MTIME_NOW, arg->mtime,
			 arg->mtimensec),
	};
	int rc;

	if (!(arg->valid & (FATTR_ATIME | FATTR_MTIME)))
		return 0;
	if (S_ISLNK(node->type))
		rc = utimensat(fd, "", times, AT_EMPTY_PATH);
	else
		rc = utimensat(server->share->proc, number, times, 0);
	return rc < 0 ? -errno : 0;
}

int fs_setattr(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_setattr_in *arg = fs_arg(request, sizeof(*arg));
	struct node *node = request->node;
	int fd = node->hidden ? -EACCES : node_fd(&server->nodes, node);
	char number[16];
	int err;

	if (fd < 0)
		return fd;
	snprintf(number, sizeof(number), "%d", fd);
	err = set_owner(fd, arg);
	if (!err)
		err = set_mode(server, node, number, arg);
	if (!err)
		err = set_size(server, request, arg);
	if (!err)
		err = set_times(server, node, fd, number, arg);
	return err ? err : reply_attr(server, request, fd);
}
