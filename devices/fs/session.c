/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session.c - requests about the session and the whole file system
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/fs/request.h"

enum {
	/* The oldest protocol that has all we use: Linux 4.19's. */
	MINOR_MIN = 27,
	/* Of INIT, before FUSE_INIT_EXT. */
	INIT_SIZE = 16,
	PAGES = FS_DATA_MAX / 4096,
};

/*
 * Left out on purpose: WRITEBACK_CACHE (the guest would own size and times,
 * which the host may change), POSIX_LOCKS and FLOCK_LOCKS (the guest's own do,
 * and a lock that waits would keep all), POSIX_ACL.
 */
static const uint32_t offered = FUSE_ASYNC_READ | FUSE_BIG_WRITES |
				FUSE_ATOMIC_O_TRUNC | FUSE_AUTO_INVAL_DATA |
				FUSE_DO_READDIRPLUS | FUSE_READDIRPLUS_AUTO |
				FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES |
				FUSE_CACHE_SYMLINKS | FUSE_ASYNC_DIO;

/* Without HANDLE_KILLPRIV_V2 the guest asks at each write whether the file has
 * capabilities.  With it, the guest learns that a write has taken set-user-ID
 * away only when it looks at the file anew: too late for an endless cache. */
static uint32_t offers(const struct fs_server *server)
{
	return server->share->config->cache == SHARE_CACHE_ENDLESS ?
		       offered :
		       offered | FUSE_HANDLE_KILLPRIV_V2;
}

/* A guest that mounts once more, or has been started anew, begins with
 * nothing. */
int fs_init_session(struct fs_server *server, struct fs_request *request)
{
	const struct fuse_init_in *arg = fs_arg(request, INIT_SIZE);
	struct fuse_init_out *out = fs_reply(request, sizeof(*out));

	if (arg->major < FUSE_KERNEL_VERSION ||
	    (arg->major == FUSE_KERNEL_VERSION && arg->minor < MINOR_MIN))
		return -EPROTO;
	handle_close_all(&server->handles, &server->nodes);
	node_table_clear(&server->nodes);
	server->in_session = arg->major == FUSE_KERNEL_VERSION;
	*out = (struct fuse_init_out){
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = arg->max_readahead,
		.flags = arg->flags & offers(server),
		.max_background = 64,
		.congestion_threshold = 48,
		.max_write = FS_DATA_MAX,
		.time_gran = 1,
		.max_pages = PAGES,
	};
	return 0;
}

int fs_destroy(struct fs_server *server, struct fs_request *request)
{
	(void)request;
	handle_close_all(&server->handles, &server->nodes);
	node_table_clear(&server->nodes);
	server->in_session = false;
	return 0;
}

int fs_statfs(struct fs_server *server, struct fs_request *request)
{
	int fd = node_fd(&server->nodes, request->node);
	struct fuse_statfs_out *out;
	struct statvfs s;

	if (fd < 0)
		return fd;
	if (fstatvfs(fd, &s) < 0)
		return -errno;
	out = fs_reply(request, sizeof(*out));
	out->st = (struct fuse_kstatfs){
		.blocks = s.f_blocks,
		.bfree = s.f_bfree,
		.bavail = s.f_bavail,
		.files = s.f_files,
		.ffree = s.f_ffree,
		.bsize = (uint32_t)s.f_bsize,
		.namelen = (uint32_t)s.f_namemax,
		.frsize = (uint32_t)s.f_frsize,
	};
	return 0;
}

int fs_syncfs(struct fs_server *server, struct fs_request *request)
{
	int fd = fs_reopen(server, request->node, O_RDONLY), err = 0;

	if (fd < 0)
		return fd;
	if (syncfs(fd) < 0)
		err = -errno;
	close(fd);
	return err;
}
