/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Index arithmetic, against integers that never wrap: the model driver's
 * positions.  Every start position, every batch; and the event test for
 * every input it can have.
 */
#include <sys/mman.h>

#include "tests/vq_rig.h"

#include "devices/virtio/vq_ring.h"

/* ck_assert() writes to a pipe even when all is well. */
#define must(ok, ...)                                                          \
	do {                                                                   \
		if (!(ok))                                                     \
			ck_abort_msg(__VA_ARGS__);                             \
	} while (0)

/* A rig without Check's calls in the inner loops, for millions of rounds. */
struct lap {
	struct driver d;
	struct virtq vq;
	struct vq_buf *buf;
	struct iovec iov[DRIVER_CHAIN_MAX];
	uint64_t irqs, expected;
};

static void count(void *arg)
{
	(*(uint64_t *)arg)++;
}

static void lap_init(struct lap *lap, int mode, uint32_t size)
{
	struct vq_config cfg = rig_config(mode, (uint16_t)size);

	*lap = (struct lap){ .buf = calloc(size, sizeof(*lap->buf)) };
	ck_assert_ptr_nonnull(lap->buf);
	driver_init(&lap->d, &cfg, DRIVER_DIRECT, driver_ram(), 0);
	driver_start(&lap->d, &lap->vq, count, &lap->irqs);
}

static void lap_free(struct lap *lap)
{
	munmap(lap->d.ram, DRIVER_RAM);
	driver_free(&lap->d);
	free(lap->buf);
}

/* Both ends to position @pos, all else as it is. */
static void lap_at(struct lap *lap, uint64_t pos)
{
	driver_age(&lap->d, pos);
	lap->vq.avail = lap->vq.seen = lap->vq.used = lap->vq.limit =
		(uint16_t)(pos % lap->vq.modulus);
}

static bool lend(struct lap *lap, unsigned n, uint64_t first)
{
	for (unsigned i = 0; i < n; i++)
		if (!driver_lend_at(&lap->d, DRIVER_DATA, 64, true, 1,
				    first + i))
			return false;
	return true;
}

/* @n buffers there and back, some of them twice; @event slots ahead. */
static bool batch(struct lap *lap, unsigned n, uint64_t event)
{
	uint64_t start = lap->d.used;
	unsigned again = n / 2;
	struct driver_used used;

	/* Kicks: for all of these, and only for news. */
	if (vq_arm(&lap->vq) || !lend(lap, n, start) ||
	    !driver_publish(&lap->d) || !vq_arm(&lap->vq))
		return false;
	driver_event(&lap->d, start + event);
	lap->expected += event < n || !lap->d.cfg.event_idx;
	for (unsigned i = 0; i < n; i++)
		if (vq_pop(&lap->vq, &lap->buf[i], lap->iov, 8) != 1)
			return false;
	vq_rewind(&lap->vq, &lap->buf[again]);
	if (vq_arm(&lap->vq))
		return false;
	for (unsigned i = again; i < n; i++)
		if (vq_pop(&lap->vq, &lap->buf[i], lap->iov, 8) != 1)
			return false;
	if (vq_pop(&lap->vq, &lap->buf[0], lap->iov, 8))
		return false;
	for (unsigned i = 0; i < n; i++)
		vq_push(&lap->vq, &lap->buf[i], 1 + i % 64);
	vq_commit(&lap->vq);
	for (unsigned i = 0; i < n; i++)
		if (!driver_get(&lap->d, &used) || used.cookie != start + i ||
		    used.len != 1 + i % 64)
			return false;
	return !driver_pending(&lap->d) && lap->irqs == lap->expected;
}

static bool size_ok(int mode, uint32_t size)
{
	return mode & 1 || !(size & (size - 1));
}

/* All sizes to 64, then around the powers of two. */
static uint32_t next_size(uint32_t size)
{
	uint32_t power = 1u << (31 - __builtin_clz(size));

	if (size < 64)
		return size + 1;
	if (size == power)
		return size + 1;
	return size == power + 1 ? 2 * power - 1 : size + 1;
}

/* VIRTIO 2.7.6, 2.7.8, 2.8.1: indices count modulo 2^16, wrap counters turn at
 * the ring's end: positions are right wherever a batch begins */
START_TEST(every_start_position)
{
	for (uint32_t size = 1; size <= 4096; size = next_size(size)) {
		uint32_t modulus = _i & 1 ? 2 * size : 65536;
		struct lap lap;

		if (!size_ok(_i, size))
			continue;
		lap_init(&lap, _i, size);
		for (uint64_t pos = 0; pos < modulus; pos += UNIT_STRIDE) {
			uint64_t any = driver_random(&lap.d);
			unsigned n = 1 + any % MIN(size, 16);

			/* The packed ring itself must be rewritten. */
			if (_i & 1 && size > 512 && pos % 61)
				continue;
			lap_at(&lap, pos);
			must(batch(&lap, n, (any >> 32) % (2 * size)),
			     "size %u position %u batch %u", size,
			     (unsigned)pos, n);
		}
		lap_free(&lap);
	}
}
END_TEST

/* VIRTIO 2.7, 2.8.10.1: rings of 1 to 32768, split ones of powers of two only,
 * with batches of any size */
START_TEST(every_batch)
{
	for (uint32_t size = 1; size <= VQ_SIZE_MAX; size = next_size(size)) {
		/* Large rings: batches at either end, and some between. */
		uint32_t step = size > 64 ? size / 7 : 1;
		struct lap lap;

		if (!size_ok(_i, size))
			continue;
		lap_init(&lap, _i, size);
		for (uint32_t n = 1; n <= size; n += step * UNIT_STRIDE) {
			uint64_t end = lap.d.used + (_i & 1 ? 4 * size : 65537);

			while (lap.d.used < end)
				must(batch(&lap, n,
					   lap.d.used % MIN(n + 2, 2 * size)),
				     "size %u batch %u at %llu", size, n,
				     (unsigned long long)lap.d.used);
		}
		must(batch(&lap, size, size - 1), "full %u", size);
		must(batch(&lap, size, size / 2), "full %u", size);
		lap_free(&lap);
	}
}
END_TEST

static void chain_at(struct lap *lap, unsigned n, uint64_t pos)
{
	struct driver_used used;
	struct vq_buf b;

	lap_at(lap, pos);
	ck_assert(driver_lend_at(&lap->d, DRIVER_DATA, 64, true, n, pos));
	driver_publish(&lap->d);
	ck_assert_int_eq(vq_pop(&lap->vq, &b, lap->iov, 8), 1);
	ck_assert_uint_eq(b.n_in, n);
	vq_push(&lap->vq, &b, 9);
	vq_commit(&lap->vq);
	ck_assert(driver_get(&lap->d, &used));
	ck_assert_uint_eq(used.cookie, pos);
	lap->expected = lap->irqs;
	ck_assert(batch(lap, 1, 0));
}

/* VIRTIO 2.8.1, 2.8.6: a packed chain over the ring's end: its wrap counter
 * turns in the midst of it, and its used descriptor has the head's */
START_TEST(chains_over_the_end)
{
	for (uint32_t size = 1; size <= 40; size++) {
		struct lap lap;

		lap_init(&lap, 1 | _i << 1, size);
		for (unsigned n = 1; n <= MIN(size, 8); n++)
			for (uint64_t pos = 0; pos < 2 * size; pos++)
				chain_at(&lap, n, pos);
		lap_free(&lap);
	}
}
END_TEST

/* VIRTIO 2.7.7.2: is the event among a batch's positions? For each pair of 2^32
 * of batch and distance; where the batch starts is immaterial */
START_TEST(event_test_split_exhaustive)
{
	struct virtq vq = { .modulus = 65536 };

	for (uint32_t n = 0; n < 65536; n += UNIT_STRIDE) {
		uint32_t bad = 0;

		for (uint32_t ahead = 0; ahead < 65536; ahead++)
			bad += (vq_distance(&vq, (uint16_t)n,
					    (uint16_t)(n + ahead)) < n) !=
			       (ahead < n);
		ck_assert_uint_eq(bad, 0);
	}
}
END_TEST

/* Does the event structure for @e interrupt for @n positions from @old? */
static bool due(struct lap *lap, uint64_t old, uint32_t n, uint64_t e)
{
	uint16_t at, from = (uint16_t)(old % lap->vq.modulus);

	driver_event(&lap->d, e);
	return vq_packed.event(&lap->vq, &at) == VQ_EVENT_AT &&
	       vq_distance(&lap->vq, from, at) < n;
}

static void events_from(struct lap *lap, uint64_t old)
{
	uint32_t size = lap->d.cfg.size;

	for (uint32_t n = 1; n <= size; n++)
		for (uint64_t e = old - size; e < old + size; e++)
			must(due(lap, old, n, e) == (e >= old && e < old + n),
			     "size %u batch %u", size, n);
}

/* VIRTIO 2.8.14: the same by the packed event structure, for rings of 1 to 33,
 * each position, batch and event */
START_TEST(event_test_packed_exhaustive)
{
	for (uint32_t size = 1; size <= 33; size++) {
		struct lap lap;

		lap_init(&lap, 3, size);
		for (uint64_t old = 4 * size; old < 6 * size;
		     old += UNIT_STRIDE)
			events_from(&lap, old);
		lap_free(&lap);
	}
}
END_TEST

int main(void)
{
	const TTest *const modes[] = { every_start_position, every_batch,
				       NULL };
	const TTest *const two[] = { chains_over_the_end, NULL };
	const TTest *const one[] = { event_test_split_exhaustive,
				     event_test_packed_exhaustive, NULL };
	Suite *suite = suite_create("vq_wrap");

	rig_add(suite, modes, 4);
	rig_add(suite, two, 2);
	rig_add(suite, one, 1);
	return unit_run(suite);
}
