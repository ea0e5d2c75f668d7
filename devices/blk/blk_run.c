/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blk_run.c - do what a request asks for, however long the host takes
 *
 * On a thread of the pool's, which owns the request meanwhile.  Its segments
 * may name the same memory many times, so that one request asks for terabytes:
 * it is done in slices, and given up between two of them when the queue was
 * asked for.
 */
#include <errno.h>
#include <string.h>

#include "base/iov.h"
#include "base/util.h"
#include "devices/blk/blk.h"

enum {
	/* Segments of a slice. */
	SLICE_SEGMENTS = 1024,
	/* Bytes of a failed read that are set to 0. */
	CLEARED = 1 << 20,
	/* Bytes set to 0 before a look at whether to stop. */
	ZERO_SLICE = 16 << 20,
};

/* Relaxed: see struct blk. */
static bool is_stopping(const struct blk *blk)
{
	return __atomic_load_n(&blk->stopping, __ATOMIC_RELAXED);
}

static int transfer(const struct blk *blk, const struct blk_request *r,
		    const struct iovec *iov, unsigned n, uint64_t offset)
{
	struct disk *disk = blk->disk;

	if (r->op == BLK_READ)
		return disk->ops->read(disk, iov, n, offset);
	return disk->ops->write(disk, iov, n, offset,
				!virtio_has(&blk->dev, VIRTIO_BLK_F_FLUSH));
}

static int transfer_slices(const struct blk *blk, const struct blk_request *r,
			   const struct iovec *iov, uint32_t n, uint64_t len)
{
	struct iovec part[SLICE_SEGMENTS] UNINITIALIZED;
	uint64_t offset = r->sector * BLK_SECTOR, done = 0;
	int err = 0;

	while (done < len && !err) {
		unsigned count =
			iov_cut(iov, n, done, BLK_SLICE, part, SLICE_SEGMENTS);

		err = is_stopping(blk) ?
			      -ECANCELED :
			      transfer(blk, r, part, count, offset + done);
		done += iov_bytes(part, count);
	}
	return err;
}

static int run_transfer(const struct blk *blk, const struct blk_request *r)
{
	bool read = r->op == BLK_READ;
	const struct iovec *iov = read ? r->in : r->out;
	uint32_t n = read ? r->n_in : r->n_out;
	uint64_t len = read ? r->in_len : r->out_len;

	if (!len)
		return 0;
	if (len <= BLK_SLICE && n <= SLICE_SEGMENTS)
		return transfer(blk, r, iov, n, r->sector * BLK_SECTOR);
	return transfer_slices(blk, r, iov, n, len);
}

static int zero_range(const struct blk *blk, uint64_t offset, uint64_t len,
		      bool may_unmap)
{
	struct disk *disk = blk->disk;
	int err = 0;

	while (len && !err) {
		uint64_t some = MIN(len, (uint64_t)ZERO_SLICE);

		err = is_stopping(blk) ?
			      -ECANCELED :
			      disk->ops->zero(disk, offset, some, may_unmap);
		offset += some;
		len -= some;
	}
	return err;
}

static int run_ranges(const struct blk *blk, const struct blk_request *r)
{
	struct disk *disk = blk->disk;
	int err = 0;

	for (unsigned i = 0; i < r->n_ranges && !err; i++) {
		const struct virtio_blk_discard_write_zeroes *d = &r->range[i];
		uint64_t offset = d->sector * BLK_SECTOR;
		uint64_t len = (uint64_t)d->num_sectors * BLK_SECTOR;

		if (!len)
			continue;
		if (is_stopping(blk))
			err = -ECANCELED;
		else if (r->op == BLK_ZERO)
			err = zero_range(blk, offset, len, d->flags);
		else
			err = disk->ops->discard(disk, offset, len);
	}
	/* Without flushes, the driver can't find out later. */
	if (!err && !virtio_has(&blk->dev, VIRTIO_BLK_F_FLUSH))
		err = disk->ops->flush(disk);
	return err;
}

/*
 * 2.7.8.2: a used length says how much was written from the front on, and there
 * are drivers that take a length of 0 for no answer at all.  So as much as may
 * be said of a failed read is set to 0: none of it is then old memory of the
 * host's, either.
 */
static uint64_t clear(const struct blk_request *r)
{
	uint64_t done = 0;

	for (uint32_t i = 0; i < r->n_in && done < CLEARED; i++) {
		size_t n = MIN(r->in[i].iov_len, CLEARED - done);

		memset(r->in[i].iov_base, 0, n);
		done += n;
	}
	return done;
}

void blk_settle(struct blk_request *r, int err)
{
	r->status = err ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK;
	if (r->type == VIRTIO_BLK_T_IN)
		r->filled = err ? clear(r) : r->in_len;
}

void blk_run(void *arg, struct pool_job *job)
{
	const struct blk *blk = arg;
	struct blk_request *r = (struct blk_request *)job;
	int err;

	if (is_stopping(blk))
		err = -ECANCELED;
	else if (r->op == BLK_FLUSH)
		err = blk->disk->ops->flush(blk->disk);
	else if (r->op == BLK_DISCARD || r->op == BLK_ZERO)
		err = run_ranges(blk, r);
	else
		err = run_transfer(blk, r);
	blk_settle(r, err);
}
