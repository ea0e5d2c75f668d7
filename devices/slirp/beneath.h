/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * beneath.h - open regular files beneath a directory, whose names come from
 * somebody who is not trusted
 *
 * Any thread.
 */
#ifndef DEVICES_SLIRP_BENEATH_H
#define DEVICES_SLIRP_BENEATH_H

/*
 * Open the regular file @path beneath the directory with the descriptor @dir,
 * for reading.  Neither .. nor a symbolic link can lead out of the directory; a
 * link that stays within may be followed.  Nothing but a regular file is
 * opened, not even for a moment: to open a FIFO may wait for ever, and to open
 * a device may have an effect.
 *
 * Returns the descriptor, which the caller closes; -ENOENT; -EISDIR for a
 * directory; -EACCES for anything else that is not a regular file; -EXDEV or
 * -ELOOP for a path that leads out; or another -errno of openat(2).
 */
int beneath_open(int dir, const char *path);

#endif
