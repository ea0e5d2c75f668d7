/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blk_bench.c - how fast a disk is, as a driver sees it: bench/blk
 *
 * Each kind of traffic goes on for "ms=N"; "begin NAME" is printed before it
 * and "end NAME OPERATIONS MICROSECONDS" after it.
 */
#include "guest-tests/lib/blk.h"
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/virtio.h"

enum {
	BLOCK = 4096,
	LONG = 1 << 20,
	DEPTH_MAX = 32,
	MS = 2000,
	PATIENCE_MS = 60000,
	/* For the host to look at its clocks. */
	PAUSE_MS = 200,
};

struct traffic {
	const char *name;
	unsigned depth, len;
	bool write, in_order, flush;
};

/* What is written is flushed first, while little else is to be. */
static const struct traffic kinds[] = {
	{ .name = "read-1", .depth = 1, .len = BLOCK },
	{ .name = "read-32", .depth = 32, .len = BLOCK },
	{ .name = "read-long", .depth = 1, .len = LONG, .in_order = true },
	{ .name = "fsync",
	  .depth = 1,
	  .len = BLOCK,
	  .write = true,
	  .flush = true },
	{ .name = "write-1", .depth = 1, .len = BLOCK, .write = true },
	{ .name = "write-32", .depth = 32, .len = BLOCK, .write = true },
	{ .name = "write-long",
	  .depth = 1,
	  .len = LONG,
	  .write = true,
	  .in_order = true },
};

static struct virtio_dev dev;
static struct virtq queue;
static struct blk_request request[DEPTH_MAX];
static uint8_t data[LONG];
static uint64_t sectors;

static uint64_t dice(uint64_t sides)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 16) % sides;
}

static void lend(const struct traffic *t, unsigned i)
{
	static uint64_t next;
	uint64_t n = sectors * BLK_SECTOR / t->len;
	uint64_t at = t->in_order ? next++ % n : dice(n);
	unsigned offset = t->len == LONG ? 0 : i * BLOCK;

	blk_lend(&queue, &request[i], t->write ? BLK_OUT : BLK_IN,
		 at * (t->len / BLK_SECTOR), data + offset, t->len, i);
}

/* What has come back; 0: nothing does, or not as it should. */
static unsigned take(unsigned *which)
{
	struct virtq_done done;
	unsigned n = 0;

	virtq_kick(&queue);
	if (!virtq_wait(&queue, PATIENCE_MS))
		return 0;
	while (virtq_used(&queue, &done)) {
		if (request[done.token].status != BLK_OK)
			return 0;
		which[n++] = (unsigned)done.token;
	}
	return n;
}

static bool flush(unsigned *which)
{
	blk_lend(&queue, &request[0], BLK_FLUSH, 0, NULL, 0, 0);
	return take(which) == 1;
}

/* Until all have come back; the operations done, or 0. */
static uint64_t go_on(const struct traffic *t, uint64_t end)
{
	unsigned which[DEPTH_MAX], lent = t->depth, n;
	uint64_t done = 0;

	for (unsigned i = 0; i < lent; i++)
		lend(t, i);
	while (lent) {
		n = take(which);
		if (!n || (t->flush && !flush(which)))
			return 0;
		done += n;
		lent -= n;
		for (unsigned i = 0; i < n && clock_tsc() < end; i++, lent++)
			lend(t, which[i]);
	}
	return done;
}

static void measure(const struct traffic *t, unsigned ms)
{
	uint64_t begun, n, khz = clock_khz();

	print("begin %s\n", t->name);
	clock_sleep(PAUSE_MS);
	begun = clock_tsc();
	n = go_on(t, clock_after(ms));
	print("end %s %u %u\n", t->name, (unsigned)n,
	      (unsigned)((clock_tsc() - begun) * 1000 / khz));
	check(n > 0, t->name, "no answer");
	clock_sleep(PAUSE_MS);
}

void guest_main(void)
{
	unsigned ms = boot_number("ms=", MS);
	struct virtio_want how;
	const char *why;

	irq_start();
	how = virtio_want();
	how.features |= BIT64(BLK_F_FLUSH) | BIT64(BLK_F_SEG_MAX);
	if (!check(virtio_find(&dev, VIRTIO_BLK), "virtio-blk", "none"))
		return;
	why = virtio_start(&dev, &how, &queue, 1);
	if (!check(!why, "start", "%s", why))
		return;
	for (unsigned i = 8; i--;)
		sectors = sectors << 8 | virtio_config(&dev, i);
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		measure(&kinds[i], ms);
}
