/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuse_guest.h - a guest's kernel for tests of the FUSE server: it has mounted
 * a folder that the test has made, and asks
 */
#ifndef TESTS_DEVICES_FS_FUSE_GUEST_H
#define TESTS_DEVICES_FS_FUSE_GUEST_H

#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/fs/server.h"
#include "devices/fs/share.h"

struct guest {
	/* The folder that is shared, and one beside it that is not. */
	char dir[64], outside[64];
	struct share_config config;
	struct share share;
	struct fs_server server;
	uint64_t unique;
	/* Who asks: at first our user. */
	uint32_t uid;
	/* Bytes of each segment, and bytes of room for an answer. */
	size_t piece, room;
	/* The last answer's body. */
	size_t len;
	union {
		uint8_t body[(1 << 20) + 4096];
		struct fuse_entry_out entry;
		struct fuse_attr_out attr;
		struct fuse_open_out open;
		struct fuse_init_out init;
		struct fuse_write_out write;
		struct fuse_statfs_out statfs;
		struct fuse_lseek_out lseek;
		struct fuse_getxattr_out xattr;
		struct {
			struct fuse_entry_out entry;
			struct fuse_open_out open;
		} created;
	};
};

/* Make the folders, share the one and mount it.  @max_fds as share_open() takes
 * it. */
void guest_mount(struct guest *g, const struct share_config *config,
		 unsigned max_fds);
void guest_unmount(struct guest *g);

/* The path of @name in the shared folder; valid until the next but seven. */
const char *host_path(const struct guest *g, const char *name);
/* Make a file with @text there. */
void host_write(const struct guest *g, const char *name, const char *text);
/* Whether it is a file with @text there. */
bool host_has(const struct guest *g, const char *name, const char *text);

/* Ask: fixed arguments, and then names or data; 0 or -errno. */
int ask(struct guest *g, uint32_t opcode, uint64_t node, const void *arg,
	size_t arg_len, const void *more, size_t more_len);

/* The commonest questions.  What they find is in the last answer. */
int ask_init(struct guest *g);
int ask_name(struct guest *g, uint32_t opcode, uint64_t node, const char *name);
/* The node of @path, each of whose parts is looked up; 0: there is none. */
uint64_t ask_path(struct guest *g, const char *path);
int ask_getattr(struct guest *g, uint64_t node);
int ask_forget(struct guest *g, uint64_t node, uint64_t n);
int ask_mkdir(struct guest *g, uint64_t dir, const char *name);
int ask_create(struct guest *g, uint64_t dir, const char *name, uint32_t flags,
	       uint32_t mode);
int ask_open(struct guest *g, uint64_t node, uint32_t flags);
int ask_release(struct guest *g, uint64_t node, uint64_t fh);
int ask_read(struct guest *g, uint64_t node, uint64_t fh, uint64_t offset,
	     uint32_t size);
int ask_write(struct guest *g, uint64_t node, uint64_t fh, uint64_t offset,
	      const char *text);
int ask_rename(struct guest *g, uint64_t from, const char *name, uint64_t to,
	       const char *new_name, uint32_t flags);

#endif
