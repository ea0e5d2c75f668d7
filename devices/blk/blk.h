/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blk.h - a disk (VIRTIO 1.2, section 5.2), one queue, in front of an image
 * (disk.h)
 *
 * A request is a header, data, and a byte for its status, cut into segments at
 * any place.  It is read and checked once, done, and its buffer pushed exactly
 * once, with what became of it.
 *
 * Threads, and who owns what:
 *
 *	vda		(the worker's) owns the queue while it is lent, and all
 *			requests that are not with the pool.  It takes requests
 *			from the ring, checks them, does at once what is a copy
 *			from or to the host's memory, and pushes what is done.
 *	vda-io		four of them, the pool's: each runs a request, and owns
 *			it meanwhile.  They call the image, which transfers from
 *			and to guest memory; they touch neither the queue nor
 *			the device's state, but for `stopping`.
 *
 * Memory: BLK_DEPTH requests at most are with us, allocated once.  Others stay
 * in the ring.
 *
 * Durability (5.2.6.2): a flush covers the writes that were completed before it
 * was made available, because each was returned by the image before that.  For
 * a driver that has not accepted FLUSH, a write is on the medium before it is
 * completed.
 *
 * The end: the queue is given back when the image has answered all that it was
 * asked; what it was not yet asked fails.  So nothing writes to guest memory
 * afterwards, however slow the host is.
 *
 * Files: blk.c makes the device and moves requests, blk_parse.c finds out what
 * is asked for, blk_run.c does it, blk_now.c decides what the worker does
 * itself, blk_counters.c counts it, pool.c has the threads.
 */
#ifndef DEVICES_BLK_BLK_H
#define DEVICES_BLK_BLK_H

#include <linux/virtio_blk.h>
#include <sys/queue.h>

#include "base/log.h"
#include "devices/blk/disk.h"
#include "devices/blk/pool.h"
#include "devices/virtio/virtio.h"
#include "devices/virtio/worker.h"

enum {
	BLK_SECTOR = 512,
	/* Disks of a machine: vda to vdz. */
	BLK_DISKS_MAX = 26,
	/* Requests under way at a time. */
	BLK_DEPTH = 64,
	BLK_THREADS = 4,
	/* Ranges in a request to discard or to write zeros, and sectors in
	 * one. */
	BLK_RANGES = 32,
	BLK_RANGE_SECTORS = 256 << 11,
	/* Bytes that are transferred before a look at whether to stop. */
	BLK_SLICE = 4 << 20,
};

/* What is to be done for a request. */
enum blk_op {
	/* Nothing: its status is known. */
	BLK_ANSWERED,
	BLK_READ,
	BLK_WRITE,
	BLK_FLUSH,
	BLK_DISCARD,
	BLK_ZERO,
};

struct blk_request {
	/* The first member. */
	struct pool_job job;
	TAILQ_ENTRY(blk_request) order;
	/* As it was popped; its segments are in @iov. */
	struct vq_buf buf;
	struct iovec *iov;
	uint64_t popped_ns;

	enum blk_op op;
	/* VIRTIO_BLK_S_x, and where it is to be put. */
	uint8_t status;
	uint8_t *status_at;
	/* What is to be read by us, behind the header, and to be written,
	 * before the status. */
	struct iovec *out, *in;
	uint32_t n_out, n_in;
	uint64_t out_len, in_len;
	/* Bytes written from the beginning of @in on. */
	uint64_t filled;
	/* The header's. */
	uint32_t type;
	uint64_t sector;
	/* Copied once, like the header. */
	struct virtio_blk_discard_write_zeroes range[BLK_RANGES];
	unsigned n_ranges;
	/* Nothing more happens but that it is pushed. */
	bool done;
};

TAILQ_HEAD(blk_requests, blk_request);

/* All of the worker's, but for what the pool's threads read. */
struct blk {
	struct virtio_device dev;
	struct virtio_queue queue;
	struct virtio_worker worker;
	struct virtio_blk_config config;
	/* "virtio-blk vda", "vda", "vda-io". */
	char name[24], drive[4], io_name[8];
	struct disk *disk;
	/* Of the disk. */
	uint64_t sectors;
	struct pool pool;
	/* Atomic and relaxed, it orders nothing: the queue was asked for, so
	 * what has not begun shall not.  Set by the worker, read by the pool
	 * between two slices. */
	bool stopping;

	struct blk_request *request;
	struct iovec *iov;
	/* Segments of the longest chain. */
	uint32_t n_iov;
	unsigned depth;
	/* Those that are not in use, and those that are, in the order in which
	 * they were popped. */
	struct blk_requests free, taken;
	unsigned n_taken;
	struct log_limit limit;

	/* Whether to try a write on the worker. */
	struct busy_poll writing;

	uint64_t reads, read_bytes, reads_now, writes, write_bytes, writes_now;
	uint64_t flushes, discards, zeroes, ids;
	uint64_t failed, refused, unsupported, waits, depth_peak;
	struct count_histogram read_ns, write_ns, flush_ns;
};

/*
 * In front of @disk, which outlives it, as disk number @index of the machine
 * (0: vda), with a queue of @queue_size, a power of two.  Logs; -errno, and
 * then nothing is to be freed.  Main thread.
 */
int blk_init(struct blk *blk, struct disk *disk, unsigned index,
	     uint16_t queue_size);

/* The transport has been freed.  Main thread. */
void blk_free(struct blk *blk);

/* The names of a struct blk's counters, apart from its queue's and its
 * image's. */
extern const struct count_table blk_table;

/* For blk*.c only, and their tests. */
/*
 * Find out what @r, which was popped and has a byte to be written, asks for:
 * sets all from `op` on.  Returns what is wrong with it, a phrase, or NULL; it
 * is then answered.  The worker.
 */
const char *blk_parse(struct blk *blk, struct blk_request *r);
/* What it asks for, in a word: "read".  For messages. */
const char *blk_type_name(uint32_t type);
/* Do what @job, a struct blk_request, asks for; @arg is the struct blk.  Sets
 * its status and `filled`.  The request's owner: the worker, or a thread of the
 * pool's. */
void blk_run(void *arg, struct pool_job *job);
/* Do what @r asks for if that takes less time than to hand it to the pool.
 * True: it is done.  The worker. */
bool blk_run_now(struct blk *blk, struct blk_request *r);
/* Count @r, which is done, by what became of it.  The worker. */
void blk_count(struct blk *blk, const struct blk_request *r);
/* Note that the host has done what @r asked for, or @err (a negative errno). */
void blk_settle(struct blk_request *r, int err);

#endif
