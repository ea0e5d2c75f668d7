/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * request.h - a FUSE request while it is being served: what the files that
 * implement the requests share
 *
 * Threads: the one that serves the share.
 */
#ifndef DEVICES_FS_REQUEST_H
#define DEVICES_FS_REQUEST_H

#include <fcntl.h>
#include <linux/fuse.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "devices/fs/node.h"
#include "devices/fs/server.h"
#include "devices/fs/share.h"

struct fs_request {
	struct fuse_in_header head;
	/* The node it is about. */
	struct node *node;
	/* What is left of the arguments behind the header: our copy. */
	const uint8_t *args;
	size_t len;
	/* The data of a WRITE, and room for the answer's body: in guest
	 * memory. */
	struct iovec *in, *out;
	uint32_t n_in, n_out;
	uint64_t in_len, room;
	/* Opened for this request alone; -1: none. */
	int opened;
	/* The answer's body, zeroed as far as it was asked for; or it lies in
	 * guest memory already. */
	uint8_t *body;
	size_t body_len;
	bool in_place;
};

/* How a request is served: 0 or -errno, which is what the guest gets. */
typedef int fs_op(struct fs_server *server, struct fs_request *request);

fs_op fs_init_session, fs_destroy, fs_statfs, fs_syncfs;
fs_op fs_lookup, fs_forget, fs_batch_forget, fs_readlink;
fs_op fs_symlink, fs_mknod, fs_mkdir, fs_unlink, fs_rmdir;
fs_op fs_rename, fs_rename2, fs_link;
fs_op fs_getattr, fs_setattr;
fs_op fs_open, fs_create, fs_tmpfile, fs_read, fs_write, fs_release, fs_fsync;
fs_op fs_fallocate, fs_lseek, fs_copy_file_range;
fs_op fs_opendir, fs_readdir, fs_readdirplus;
fs_op fs_setxattr, fs_getxattr, fs_listxattr, fs_removexattr;

/* The next @size bytes of the arguments; NULL: there are fewer. */
const void *fs_arg(struct fs_request *request, size_t size);

/* The next text, at most @max bytes and a 0; NULL: there is none. */
const char *fs_text(struct fs_request *request, size_t max);

/* The next text, if it can be the name of a file in a folder; else NULL. */
const char *fs_name(struct fs_request *request);

/* The answer's body is @size bytes, all 0. */
void *fs_reply(struct fs_request *request, size_t size);

/* What the guest may believe, in seconds. */
static inline uint64_t fs_valid(const struct fs_server *server)
{
	return server->share->config->cache == SHARE_CACHE_ENDLESS ? 86400 : 1;
}

/* What the guest is told of @st. */
void fs_attr(struct fs_server *server, const struct stat *st,
	     struct fuse_attr *attr);

/* What the guest is told of @node, which is @st. */
void fs_entry_of(struct fs_server *server, const struct node *node,
		 const struct stat *st, struct fuse_entry_out *entry);

/* Look up @name in the folder @parent: @entry is filled in, and the node found
 * has one lookup more. */
int fs_entry(struct fs_server *server, struct node *parent, const char *name,
	     struct fuse_entry_out *entry);

/* Open the file or folder @node itself, with the @flags of open(2) that do not
 * concern its name.  A descriptor or -errno. */
int fs_reopen(struct fs_server *server, struct node *node, uint32_t flags);

/* Whether the guest opens files.  Where all is read only and stays as it is, it
 * is told once that it need not: it then reads by the node. */
static inline bool fs_has_open(const struct fs_server *server)
{
	const struct share_config *config = server->share->config;

	return !config->read_only || config->cache != SHARE_CACHE_ENDLESS;
}

/* The descriptor by which @request's node is read: that of its open file @fh,
 * or one for this request.  -EBADF; -errno of openat(2). */
int fs_opened(struct fs_server *server, struct fs_request *request,
	      uint64_t fh);

/* Between these, files are made as the user that the guest names, as far as
 * we are root; and what that user changes loses set-user-ID, as it would on the
 * user's own kernel. */
void fs_become_caller(const struct fs_server *server,
		      const struct fs_request *request);
void fs_become_self(const struct fs_server *server);

/* The mode of a new file: a program of a guest's is not to run as somebody
 * else on the host. */
static inline mode_t fs_mode(uint32_t mode, bool is_folder)
{
	return (mode_t)(mode & (is_folder ? 03777 : 01777));
}

#endif
