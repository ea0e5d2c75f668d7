/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk.h - the joint between a block device and the image behind it
 *
 * A device checks what the guest asks for, and calls; an image knows nothing
 * of guests.  An image outlives the machine: a reset keeps it open.
 *
 * Threads: any number of threads may call the functions of one disk at the
 * same time, each for a request of its own; disk_close() when no call is under
 * way.  Two writes that overlap and are under way at the same time leave bytes
 * of either one, as on any disk.  A call may take as long as the host's
 * storage takes, but for read_now().
 *
 * Offsets and lengths are in bytes and lie within @size; a caller has seen to
 * that.  Memory may be the guest's and change meanwhile: what is transferred
 * is then undefined, and nothing else.
 *
 * Errors are negative errnos of this request alone.  The image itself says
 * them in one line with the file's name, once, and counts them.
 */
#ifndef DEVICES_BLK_DISK_H
#define DEVICES_BLK_DISK_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/count.h"

/* VIRTIO 5.2.6.1: how long a serial number may be; no NUL at its end then. */
enum { DISK_SERIAL = 20 };

struct disk;

struct disk_ops {
	/* Fill the @n entries of @iov (any number) from byte @offset on.  0, or
	 * -errno: then what the memory holds is undefined. */
	int (*read)(struct disk *disk, const struct iovec *iov, unsigned n,
		    uint64_t offset);
	/* As read(), if nothing has to be waited for: -EAGAIN if it would be,
	 * and the memory is undefined, too.  NULL: never. */
	int (*read_now)(struct disk *disk, const struct iovec *iov, unsigned n,
			uint64_t offset);
	/* Write all of @iov; @durable: it is on the medium before this returns
	 * (VIRTIO 5.2.6.2, a driver without FLUSH). */
	int (*write)(struct disk *disk, const struct iovec *iov, unsigned n,
		     uint64_t offset, bool durable);
	/* Every write, discard and zero that returned before this was called is
	 * on the medium when it returns 0.  Once it has failed it always
	 * fails: what was lost does not come back. */
	int (*flush)(struct disk *disk);
	/* The contents of the range are not needed any more: a hint, so 0 if
	 * nothing can be done with it.  Only with @can_discard. */
	int (*discard)(struct disk *disk, uint64_t offset, uint64_t len);
	/* The range reads as zeros from now on.  @may_unmap: its space may be
	 * given back to the host, or else it stays allocated if it can. */
	int (*zero)(struct disk *disk, uint64_t offset, uint64_t len,
		    bool may_unmap);
	/* Make calls that are under way, and all later ones, return
	 * -ECANCELED soon, where that can be done: the end of the program
	 * waits for them.  Any thread.  NULL: it can't be done. */
	void (*cancel)(struct disk *disk);
	/* Close the file and free @disk. */
	void (*close)(struct disk *disk);
	/* The names of the image's counters, which are at @disk; NULL: none. */
	const struct count_table *counters;
};

/* The head of every image.  Nothing of it changes while it is open. */
struct disk {
	const struct disk_ops *ops;
	/* The file, as the user called it: for messages. */
	const char *name;
	/* A multiple of 512, never 0. */
	uint64_t size;
	/* write, discard and zero are -EROFS. */
	bool read_only;
	/* Discarding gives something back to the host. */
	bool can_discard;
	/* As a rule, a write that need not be durable is a copy into the host's
	 * memory. */
	bool writes_copy;
	/* A physical block of 512 << physical_exp bytes is best not written in
	 * parts (VIRTIO 5.2.4, physical_block_exp). */
	uint8_t physical_exp;
	/* What GET_ID answers: padded with NULs, without one if it is full.
	 * Empty: the user gave none. */
	char serial[DISK_SERIAL];
};

/* As disk_ops.read_now().  Any thread. */
static inline int disk_read_now(struct disk *disk, const struct iovec *iov,
				unsigned n, uint64_t offset)
{
	return disk->ops->read_now ? disk->ops->read_now(disk, iov, n, offset) :
				     -EAGAIN;
}

/* As disk_ops.cancel().  Any thread. */
static inline void disk_cancel(struct disk *disk)
{
	if (disk->ops->cancel)
		disk->ops->cancel(disk);
}

/* Show its counters, without a group of their own.  Any thread. */
static inline void disk_show(const struct disk *disk,
			     const struct count_view *view)
{
	if (disk->ops->counters)
		count_show_flat(disk->ops->counters, disk, view);
}

/* Close and free; NULL is fine.  No call may be under way. */
static inline void disk_close(struct disk *disk)
{
	if (disk)
		disk->ops->close(disk);
}

#endif
