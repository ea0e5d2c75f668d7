/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xattr.c - requests about extended attributes
 *
 * Only those of the namespace "user" are the guest's.  Others mean something
 * to the host's kernel: as root a guest could give its files capabilities, or
 * change how the host's overlays look.  File capabilities may be read, so
 * that programs have them in the guest.
 */
#include <errno.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/util.h"
#include "devices/fs/request.h"

struct path {
	char text[32];
};

static bool is_users(const char *name)
{
	return strncmp(name, "user.", 5) == 0;
}

static bool is_readable(const char *name)
{
	return is_users(name) || strcmp(name, "security.capability") == 0;
}

/* A path that leads to @node itself. */
static int path_of(struct fs_server *server, struct node *node,
		   struct path *path)
{
	int fd;

	if (node->hidden || (!S_ISREG(node->type) && !S_ISDIR(node->type)))
		return -EOPNOTSUPP;
	fd = node_fd(&server->nodes, node);
	if (fd < 0)
		return fd;
	snprintf(path->text, sizeof(path->text), "/proc/self/fd/%d", fd);
	return 0;
}

/* The answer is @len bytes in the body, or only how many, as @room says. */
static int reply_xattr(struct fs_request *request, size_t len, uint32_t room)
{
	struct fuse_getxattr_out *out;

	if (room == 0) {
		out = fs_reply(request, sizeof(*out));
		out->size = (uint32_t)len;
		return 0;
	}
	if (len > room)
		return -ERANGE;
	request->body_len = len;
	return 0;
}

int fs_getxattr(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_getxattr_in *arg = fs_arg(request, sizeof(*arg));
	const char *name = fs_text(request, XATTR_NAME_MAX);
	struct path path;
	ssize_t len;
	int err;

	if (server->share->config->no_xattr)
		return -ENOSYS;
	if (!name)
		return -EINVAL;
	if (!is_readable(name))
		return -EOPNOTSUPP;
	err = path_of(server, request->node, &path);
	if (err)
		return err;
	len = getxattr(path.text, name, request->body, XATTR_SIZE_MAX);
	return len < 0 ? -errno : reply_xattr(request, (size_t)len, arg->size);
}

/* Leave out of the @len bytes of names at @list what cannot be read. */
static size_t keep_readable(char *list, size_t len)
{
	size_t kept = 0;

	for (size_t at = 0; at < len;) {
		size_t size = strlen(list + at) + 1;

		if (is_readable(list + at)) {
			memmove(list + kept, list + at, size);
			kept += size;
		}
		at += size;
	}
	return kept;
}

int fs_listxattr(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_getxattr_in *arg = fs_arg(request, sizeof(*arg));
	char *list = (char *)request->body;
	struct path path;
	ssize_t len;
	int err = server->share->config->no_xattr ?
			  -ENOSYS :
			  path_of(server, request->node, &path);

	if (err)
		return err;
	len = listxattr(path.text, list, XATTR_LIST_MAX);
	if (len < 0)
		return -errno;
	return reply_xattr(request, keep_readable(list, (size_t)len),
			   arg->size);
}

int fs_setxattr(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_setxattr_in *arg =
		fs_arg(request, FUSE_COMPAT_SETXATTR_IN_SIZE);
	const char *name = fs_text(request, XATTR_NAME_MAX);
	struct path path;
	int err;

	if (!name || arg->size > request->len)
		return -EINVAL;
	if (!is_users(name))
		return -EOPNOTSUPP;
	err = path_of(server, request->node, &path);
	if (err)
		return err;
	if (setxattr(path.text, name, request->args, arg->size,
		     (int)arg->flags) < 0)
		return -errno;
	return 0;
}

int fs_removexattr(struct fs_server *server, struct fs_request *request)
{
	const char *name = fs_text(request, XATTR_NAME_MAX);
	struct path path;
	int err;

	if (!name)
		return -EINVAL;
	if (!is_users(name))
		return -EOPNOTSUPP;
	err = path_of(server, request->node, &path);
	if (err)
		return err;
	return removexattr(path.text, name) < 0 ? -errno : 0;
}
