/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blk_now.c - requests that the worker does itself, since that takes less time
 * than to wake up another thread
 *
 * A read of what the host has in memory never waits (disk_ops.read_now).  No
 * call writes under the same condition: file systems such as ext4 refuse
 * RWF_NOWAIT there.  So a write to the host's page cache is tried, and its time
 * is measured.  As long as such writes are as fast as copies, the worker goes
 * on like that.  After a slow one the next are the pool's (busy_poll.h says how
 * many), so that other requests wait for few of them.
 */
#include "base/util.h"
#include "devices/blk/blk.h"

enum {
	/* Longer requests are the pool's. */
	ALONE_BYTES = 1 << 20,
	/* Longer writes are, too, while there are others: more than one thread
	 * can copy at a time. */
	BESIDE_BYTES = 1 << 16,
	/* A copy takes that long, at most, and a nanosecond for each byte. */
	COPY_NS = 100000,
};

static bool read_now(struct blk *blk, struct blk_request *r)
{
	int err = 0;

	if (r->in_len > ALONE_BYTES)
		return false;
	if (r->in_len)
		err = disk_read_now(blk->disk, r->in, r->n_in,
				    r->sector * BLK_SECTOR);
	if (err == -EAGAIN)
		return false;
	blk_settle(r, err);
	count_add(&blk->reads_now, 1);
	return true;
}

/* A write that must be on the medium waits for that. */
static bool may_write(struct blk *blk, const struct blk_request *r)
{
	uint64_t most = blk->n_taken == 1 ? ALONE_BYTES : BESIDE_BYTES;

	return blk->disk->writes_copy && r->out_len <= most &&
	       virtio_has(&blk->dev, VIRTIO_BLK_F_FLUSH) &&
	       busy_poll_try(&blk->writing);
}

static bool write_now(struct blk *blk, struct blk_request *r)
{
	uint64_t begun;

	if (!may_write(blk, r))
		return false;
	/* Should it not come back, the host's storage is to blame. */
	virtio_queue_waits(&blk->queue, true);
	begun = now_ns();
	blk_run(blk, &r->job);
	busy_poll_learn(&blk->writing,
			now_ns() - begun <= COPY_NS + r->out_len);
	count_add(&blk->writes_now, 1);
	return true;
}

bool blk_run_now(struct blk *blk, struct blk_request *r)
{
	switch (r->op) {
	case BLK_READ:
		return read_now(blk, r);
	case BLK_WRITE:
		return write_now(blk, r);
	default:
		return false;
	}
}
