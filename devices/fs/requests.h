/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * requests.h - the list of the requests that are served
 */
#ifndef DEVICES_FS_REQUESTS_H
#define DEVICES_FS_REQUESTS_H

/*
 * Each request that is served: its number, its name among the counters, its
 * function, the size of its fixed arguments, and what it needs.  All others
 * are answered with ENOSYS, which Linux remembers: it never sends them again.
 * FLUSH is one of them: closing a file has nothing to do here.
 */
#define FS_REQUESTS_LIST(X)                                                    \
	X(LOOKUP, lookup, fs_lookup, 0, NODE)                                  \
	X(FORGET, forget, fs_forget, sizeof(struct fuse_forget_in), SILENT)    \
	X(BATCH_FORGET, batch_forget, fs_batch_forget,                         \
	  sizeof(struct fuse_batch_forget_in), SILENT)                         \
	X(GETATTR, getattr, fs_getattr, sizeof(struct fuse_getattr_in), NODE)  \
	X(SETATTR, setattr, fs_setattr, sizeof(struct fuse_setattr_in),        \
	  NODE | CHANGES)                                                      \
	X(READLINK, readlink, fs_readlink, 0, NODE)                            \
	X(SYMLINK, symlink, fs_symlink, 0, NODE | CHANGES)                     \
	X(MKNOD, mknod, fs_mknod, sizeof(struct fuse_mknod_in),                \
	  NODE | CHANGES)                                                      \
	X(MKDIR, mkdir, fs_mkdir, sizeof(struct fuse_mkdir_in),                \
	  NODE | CHANGES)                                                      \
	X(UNLINK, unlink, fs_unlink, 0, NODE | CHANGES)                        \
	X(RMDIR, rmdir, fs_rmdir, 0, NODE | CHANGES)                           \
	X(RENAME, rename, fs_rename, sizeof(struct fuse_rename_in),            \
	  NODE | CHANGES)                                                      \
	X(RENAME2, rename2, fs_rename2, sizeof(struct fuse_rename2_in),        \
	  NODE | CHANGES)                                                      \
	X(LINK, link, fs_link, sizeof(struct fuse_link_in), NODE | CHANGES)    \
	X(OPEN, open, fs_open, sizeof(struct fuse_open_in), NODE)              \
	X(CREATE, create, fs_create, sizeof(struct fuse_create_in),            \
	  NODE | CHANGES)                                                      \
	X(TMPFILE, tmpfile, fs_tmpfile, sizeof(struct fuse_create_in),         \
	  NODE | CHANGES)                                                      \
	X(READ, read, fs_read, sizeof(struct fuse_read_in), NODE)              \
	X(WRITE, write, fs_write, sizeof(struct fuse_write_in),                \
	  NODE | CHANGES)                                                      \
	X(RELEASE, release, fs_release, sizeof(struct fuse_release_in), NODE)  \
	X(FSYNC, fsync, fs_fsync, sizeof(struct fuse_fsync_in), NODE)          \
	X(FALLOCATE, fallocate, fs_fallocate,                                  \
	  sizeof(struct fuse_fallocate_in), NODE | CHANGES)                    \
	X(LSEEK, lseek, fs_lseek, sizeof(struct fuse_lseek_in), NODE)          \
	X(COPY_FILE_RANGE, copy_file_range, fs_copy_file_range,                \
	  sizeof(struct fuse_copy_file_range_in), NODE | CHANGES)              \
	X(OPENDIR, opendir, fs_opendir, 0, NODE)                               \
	X(READDIR, readdir, fs_readdir, sizeof(struct fuse_read_in), NODE)     \
	X(READDIRPLUS, readdirplus, fs_readdirplus,                            \
	  sizeof(struct fuse_read_in), NODE)                                   \
	X(RELEASEDIR, releasedir, fs_release, sizeof(struct fuse_release_in),  \
	  NODE)                                                                \
	X(FSYNCDIR, fsyncdir, fs_fsync, sizeof(struct fuse_fsync_in), NODE)    \
	X(SETXATTR, setxattr, fs_setxattr, FUSE_COMPAT_SETXATTR_IN_SIZE,       \
	  NODE | CHANGES)                                                      \
	X(GETXATTR, getxattr, fs_getxattr, sizeof(struct fuse_getxattr_in),    \
	  NODE)                                                                \
	X(LISTXATTR, listxattr, fs_listxattr, sizeof(struct fuse_getxattr_in), \
	  NODE)                                                                \
	X(REMOVEXATTR, removexattr, fs_removexattr, 0, NODE | CHANGES)         \
	X(STATFS, statfs, fs_statfs, 0, NODE)                                  \
	X(SYNCFS, syncfs, fs_syncfs, 0, NODE | CHANGES)                        \
	X(INTERRUPT, interrupt, fs_interrupt, 0, SILENT | EARLY)               \
	X(INIT, init, fs_init_session, 16, EARLY)                              \
	X(DESTROY, destroy, fs_destroy, 0, EARLY)

#endif
