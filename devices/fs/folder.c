/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * folder.c - requests that read a folder
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/fs/request.h"

int fs_opendir(struct fs_server *server, struct fs_request *request)
{
	struct fuse_open_out *out = fs_reply(request, sizeof(*out));
	int fd;

	if (!fs_has_open(server))
		return -ENOSYS;
	if (!S_ISDIR(request->node->type))
		return -ENOTDIR;
	fd = fs_reopen(server, request->node, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	if (server->share->config->cache == SHARE_CACHE_ENDLESS)
		out->open_flags = FOPEN_CACHE_DIR | FOPEN_KEEP_CACHE;
	return handle_add(&server->handles, request->node, fd, &out->fh);
}

/* An answer that is being filled. */
struct listing {
	struct fs_server *server;
	struct fs_request *request;
	size_t room;
	bool plus;
};

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Add @host; false: there is no room for it.  One without an entry (node 0) is
 * a name only, for the guest to look up. */
static bool add(struct listing *listing, const struct dirent64 *host)
{
	struct fs_request *request = listing->request;
	size_t head = listing->plus ? sizeof(struct fuse_entry_out) : 0;
	size_t len = strlen(host->d_name);
	size_t size = FUSE_DIRENT_ALIGN(head + FUSE_NAME_OFFSET + len);
	uint8_t *at = request->body + request->body_len;
	struct fuse_dirent *entry = (struct fuse_dirent *)(at + head);

	if (size > listing->room - request->body_len)
		return false;
	memset(at, 0, size);
	if (listing->plus && !is_dots(host->d_name) &&
	    fs_entry(listing->server, request->node, host->d_name,
		     (struct fuse_entry_out *)at) < 0)
		memset(at, 0, head);
	*entry = (struct fuse_dirent){
		.ino = node_ino(&listing->server->nodes, request->node->dev,
				host->d_ino),
		.off = (uint64_t)host->d_off,
		.namelen = (uint32_t)len,
		.type = host->d_type,
	};
	memcpy(entry->name, host->d_name, len);
	request->body_len += size;
	return true;
}

/* From where @fd stands to the end, or until there is no room. */
static int list(struct listing *listing, int fd)
{
	UNINITIALIZED char some[16384]
		__attribute__((aligned(__alignof__(struct dirent64))));

	for (;;) {
		ssize_t n = getdents64(fd, some, sizeof(some));

		if (n < 0)
			return listing->request->body_len > 0 ? 0 : -errno;
		if (n == 0)
			return 0;
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *host =
				(const struct dirent64 *)(some + at);

			if (!add(listing, host))
				return listing->request->body_len > 0 ? 0 :
									-EINVAL;
			at += host->d_reclen;
		}
	}
}

static int read_folder(struct fs_server *server, struct fs_request *request,
		       bool plus)
{
	const struct fuse_read_in *arg = fs_arg(request, sizeof(*arg));
	int fd = fs_opened(server, request, arg->fh);
	struct listing listing = {
		.server = server,
		.request = request,
		.room = MIN(MIN(arg->size, request->room), FS_BODY_MAX),
		.plus = plus,
	};

	if (fd < 0)
		return fd;
	if (request->node->hidden)
		return 0;
	if (lseek(fd, (off_t)arg->offset, SEEK_SET) < 0)
		return -errno;
	return list(&listing, fd);
}

int fs_readdir(struct fs_server *server, struct fs_request *request)
{
	return read_folder(server, request, false);
}

int fs_readdirplus(struct fs_server *server, struct fs_request *request)
{
	return read_folder(server, request, true);
}
