/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * overlay.c - see overlay.h
 *
 * A block comes into the overlay once, and stays: by a write of all of it, or
 * by a copy of what the base has and then any write.  Who brings blocks into it
 * holds them (struct range_lock) from before it looks at their bits until it
 * has set them.  So no copy of the base is laid over what another thread has
 * written meanwhile.  Who finds all bits set needs to hold nothing.
 */
#include "devices/disk/overlay.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/iov.h"
#include "base/util.h"
#include "devices/disk/disk_image.h"
#include "devices/disk/transfer.h"

/* ---- One thread at a time for each of many blocks. ---- */

/* What a thread holds, from @first to @last; on its stack. */
struct range {
	uint64_t first, last;
	struct range *next;
};

/* A thread holds one range at most, so nobody waits in a circle. */
struct range_lock {
	pthread_mutex_t mutex;
	/* A range was released. */
	pthread_cond_t released;
	/* Those that are held; by the mutex. */
	struct range *held;
};

static void range_lock_init(struct range_lock *lock)
{
	pthread_mutex_init(&lock->mutex, NULL);
	pthread_cond_init(&lock->released, NULL);
	lock->held = NULL;
}

/* Nobody holds a range any more. */
static void range_lock_free(struct range_lock *lock)
{
	pthread_cond_destroy(&lock->released);
	pthread_mutex_destroy(&lock->mutex);
}

static bool is_held(const struct range_lock *lock, const struct range *range)
{
	for (const struct range *r = lock->held; r; r = r->next)
		if (r->first <= range->last && range->first <= r->last)
			return true;
	return false;
}

/* Wait until nobody holds a number of @range, and hold them. */
static void range_acquire(struct range_lock *lock, struct range *range)
{
	pthread_mutex_lock(&lock->mutex);
	while (is_held(lock, range))
		pthread_cond_wait(&lock->released, &lock->mutex);
	range->next = lock->held;
	lock->held = range;
	pthread_mutex_unlock(&lock->mutex);
}

static void range_release(struct range_lock *lock, struct range *range)
{
	struct range **at = &lock->held;

	pthread_mutex_lock(&lock->mutex);
	while (*at != range)
		at = &(*at)->next;
	*at = range->next;
	pthread_cond_broadcast(&lock->released);
	pthread_mutex_unlock(&lock->mutex);
}

enum {
	BLOCK = 4096,
	/* Pieces of a request that go to a layer at once. */
	PIECES = 256,
};

struct overlay {
	struct disk_image image;
	struct disk *base, *top;
	/* A bit per block that @top has.  Set with release when the block is
	 * there, read with acquire: who sees the bit sees the block. */
	uint64_t *present;
	struct range_lock blocks;
};

static struct overlay *overlay_of(struct disk *disk)
{
	return (struct overlay *)disk;
}

static bool is_present(const struct overlay *o, uint64_t block)
{
	return __atomic_load_n(&o->present[block / 64], __ATOMIC_ACQUIRE) >>
		       block % 64 &
	       1;
}

static bool all_present(const struct overlay *o, const struct range *r)
{
	uint64_t block = r->first;

	while (block <= r->last && is_present(o, block))
		block++;
	return block > r->last;
}

static void set_present(struct overlay *o, const struct range *r)
{
	for (uint64_t block = r->first; block <= r->last; block++)
		__atomic_fetch_or(&o->present[block / 64], BIT64(block % 64),
				  __ATOMIC_RELEASE);
}

/* The blocks of @len bytes, at least one, at @offset. */
static struct range blocks_of(uint64_t offset, uint64_t len)
{
	return (struct range){ .first = offset / BLOCK,
			       .last = (offset + len - 1) / BLOCK };
}

/* How many bytes from @offset on, @len at most, are in the same layer. */
static uint64_t run(const struct overlay *o, uint64_t offset, uint64_t len,
		    bool *present)
{
	struct range r = blocks_of(offset, len);
	uint64_t block = r.first + 1;

	*present = is_present(o, r.first);
	while (block <= r.last && is_present(o, block) == *present)
		block++;
	return MIN(len, block * BLOCK - offset);
}

typedef int read_fn(struct disk *disk, const struct iovec *iov, unsigned n,
		    uint64_t offset);

static int read_layer(struct disk *disk, const struct iovec *iov, unsigned n,
		      uint64_t offset)
{
	return disk->ops->read(disk, iov, n, offset);
}

/* Each run from the layer that has it. */
static int read_runs(struct overlay *o, const struct iovec *iov, unsigned n,
		     uint64_t offset, read_fn *fn)
{
	uint64_t total = iov_bytes(iov, n), done = 0;
	int err = 0;

	while (!err && done < total) {
		struct iovec UNINITIALIZED part[PIECES];
		bool present;
		uint64_t len = run(o, offset + done, total - done, &present);
		unsigned count = iov_cut(iov, n, done, len, part, PIECES);
		struct disk *layer = present ? o->top : o->base;

		if (len == total)
			return fn(layer, iov, n, offset);
		err = fn(layer, part, count, offset + done);
		done += iov_bytes(part, count);
	}
	return err;
}

static int result(struct overlay *o, enum disk_image_task task, int err)
{
	/* The layer has told of it. */
	if (err)
		disk_image_count(&o->image, task);
	return err;
}

static int overlay_read(struct disk *disk, const struct iovec *iov, unsigned n,
			uint64_t offset)
{
	struct overlay *o = overlay_of(disk);

	return result(o, IMAGE_READING,
		      read_runs(o, iov, n, offset, read_layer));
}

static int overlay_read_now(struct disk *disk, const struct iovec *iov,
			    unsigned n, uint64_t offset)
{
	return read_runs(overlay_of(disk), iov, n, offset, disk_read_now);
}

/* Copy @block, which is held, into the overlay unless it is there. */
static int copy_up(struct overlay *o, uint64_t block)
{
	uint64_t offset = block * BLOCK;
	struct range r = { .first = block, .last = block };
	char UNINITIALIZED bytes[BLOCK];
	struct iovec iov = { bytes,
			     MIN(o->image.disk.size - offset, (size_t)BLOCK) };
	int err;

	if (is_present(o, block))
		return 0;
	err = o->base->ops->read(o->base, &iov, 1, offset);
	if (!err)
		err = o->top->ops->write(o->top, &iov, 1, offset, false);
	if (!err)
		set_present(o, &r);
	return err;
}

/* The first and the last block, where they are not written as a whole. */
static int copy_ends(struct overlay *o, uint64_t offset, uint64_t len)
{
	struct range r = blocks_of(offset, len);
	uint64_t end = offset + len;
	int err = 0;

	if (offset % BLOCK)
		err = copy_up(o, r.first);
	if (!err && end % BLOCK && end != o->image.disk.size)
		err = copy_up(o, r.last);
	return err;
}

/* What a request writes: @iov, or zeros if that is NULL. */
struct contents {
	const struct iovec *iov;
	unsigned n;
	uint64_t len;
};

static int write_top(struct overlay *o, const struct contents *c,
		     uint64_t offset)
{
	if (c->iov)
		return o->top->ops->write(o->top, c->iov, c->n, offset, false);
	return o->top->ops->zero(o->top, offset, c->len, true);
}

static int bring_in(struct overlay *o, const struct contents *c,
		    uint64_t offset)
{
	struct range r = blocks_of(offset, c->len);
	int err;

	range_acquire(&o->blocks, &r);
	err = copy_ends(o, offset, c->len);
	if (!err)
		err = write_top(o, c, offset);
	if (!err)
		set_present(o, &r);
	range_release(&o->blocks, &r);
	return err;
}

static int put(struct overlay *o, const struct contents *c, uint64_t offset)
{
	struct range r;
	int err;

	if (!c->len)
		return 0;
	r = blocks_of(offset, c->len);
	err = all_present(o, &r) ? write_top(o, c, offset) :
				   bring_in(o, c, offset);
	return result(o, IMAGE_WRITING, err);
}

/* Nothing is durable here. */
static int overlay_write(struct disk *disk, const struct iovec *iov, unsigned n,
			 uint64_t offset, bool durable)
{
	const struct contents c = { .iov = iov,
				    .n = n,
				    .len = iov_bytes(iov, n) };

	(void)durable;
	return put(overlay_of(disk), &c, offset);
}

static int overlay_zero(struct disk *disk, uint64_t offset, uint64_t len,
			bool may_unmap)
{
	const struct contents c = { .len = len };

	(void)may_unmap;
	return put(overlay_of(disk), &c, offset);
}

static int overlay_flush(struct disk *disk)
{
	(void)disk;
	return 0;
}

/* Whole blocks that are there become zeros, and their room is free again. */
static int overlay_discard(struct disk *disk, uint64_t offset, uint64_t len)
{
	struct overlay *o = overlay_of(disk);
	uint64_t at = ALIGN_UP(offset, (uint64_t)BLOCK);
	uint64_t end = ALIGN_DOWN(offset + len, (uint64_t)BLOCK);
	int err = 0;

	while (!err && at < end) {
		bool present;
		uint64_t run_len = run(o, at, end - at, &present);

		if (present)
			err = o->top->ops->discard(o->top, at, run_len);
		at += run_len;
	}
	return result(o, IMAGE_WRITING, err);
}

static void overlay_cancel(struct disk *disk)
{
	struct overlay *o = overlay_of(disk);

	disk_cancel(o->base);
	disk_cancel(o->top);
}

static void overlay_close(struct disk *disk)
{
	struct overlay *o = overlay_of(disk);

	disk_close(o->base);
	disk_close(o->top);
	range_lock_free(&o->blocks);
	free(o->present);
	disk_image_free(&o->image);
}

static const struct disk_ops ops = {
	.read = overlay_read,
	.read_now = overlay_read_now,
	.write = overlay_write,
	.flush = overlay_flush,
	.discard = overlay_discard,
	.zero = overlay_zero,
	.cancel = overlay_cancel,
	.close = overlay_close,
	.counters = &disk_image_counters,
};

int overlay_make(struct disk **disk, struct disk *base, struct disk *top)
{
	struct overlay *o = calloc(1, sizeof(*o));
	uint64_t words = base->size / BLOCK / 64 + 1;

	if (o)
		o->present = calloc(words, sizeof(*o->present));
	if (!o || !o->present || disk_image_init(&o->image, base->name) < 0) {
		if (o)
			free(o->present);
		free(o);
		return -ENOMEM;
	}
	range_lock_init(&o->blocks);
	o->base = base;
	o->top = top;
	o->image.disk.ops = &ops;
	o->image.disk.size = base->size;
	o->image.disk.physical_exp = base->physical_exp;
	o->image.disk.can_discard = top->can_discard;
	o->image.disk.writes_copy = top->writes_copy;
	*disk = &o->image.disk;
	return 0;
}
