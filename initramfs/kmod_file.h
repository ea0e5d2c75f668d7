/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kmod_file.h - files of a tree of modules, read whole
 *
 * Main thread.
 */
#ifndef INITRAMFS_KMOD_FILE_H
#define INITRAMFS_KMOD_FILE_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of a file, and of what is unpacked of it. */
enum { KMOD_FILE_MAX = 64 << 20 };

/* Open @path as if @root were the root of all files: a descriptor of a regular
 * file, or of a folder.  -errno. */
int kmod_file_open(int root, const char *path);

/*
 * Read @path into *@data, which has a 0 behind its *@len bytes and is to be
 * freed.  -errno; -EFBIG: it is too large.
 */
int kmod_file_read(int root, const char *path, uint8_t **data, size_t *len);

/*
 * The same for what may be compressed by xz, zstd or gzip, which is known by
 * its first bytes and unpacked by these programs.  -ENOEXEC: that failed, and
 * then *@program is whose failure it was, or NULL: it is no module at all.
 */
int kmod_file_unpack(int root, const char *path, uint8_t **data, size_t *len,
		     const char **program);

#endif
