/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * beneath.h - regular files beneath a directory, named by who is not trusted
 *
 * Any thread.
 */
#ifndef DEVICES_SLIRP_BENEATH_H
#define DEVICES_SLIRP_BENEATH_H

/*
 * Open the regular file @path beneath the directory @dir, a descriptor, for
 * reading.  No way leads out of it, neither .. nor a symbolic link; a link
 * within may be followed.  Nothing but regular files is opened, not even for a
 * moment: to open a FIFO may wait for ever, and to open a device does
 * something.
 *
 * The descriptor, which the caller closes; -ENOENT; -EISDIR for a directory;
 * -EACCES for anything else that is not a regular file; -EXDEV or -ELOOP for
 * what leads out; any other -errno of openat(2).
 */
int beneath_open(int dir, const char *path);

#endif
