/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kmod_file.h - reads whole files of a tree of modules
 *
 * Main thread.
 */
#ifndef INITRAMFS_KMOD_FILE_H
#define INITRAMFS_KMOD_FILE_H

#include <stddef.h>
#include <stdint.h>

/* A file, and what is unpacked of it, has fewer bytes. */
enum { KMOD_FILE_MAX = 128 << 20 };

/* Open @path as if @root were the root of all files.  Returns a descriptor of a
 * regular file or a folder, or -errno. */
int kmod_file_open(int root, const char *path);

/*
 * Read @path into *@data, which has a 0 behind its *@len bytes and must be
 * freed.  -errno; -EFBIG: the file is too large.
 */
int kmod_file_read(int root, const char *path, uint8_t **data, size_t *len);

/*
 * The same for a file that may be compressed by xz, zstd or gzip.  Its first
 * bytes tell which, and that program unpacks it.  -ENOEXEC: unpacking failed,
 * and *@program is the program that failed; or *@program is NULL: the file is
 * no module at all.
 */
int kmod_file_unpack(int root, const char *path, uint8_t **data, size_t *len,
		     const char **program);

#endif
