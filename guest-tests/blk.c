/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blk.c - a disk: reads and writes against a model, flushes, discards, zeros,
 * what a disk must refuse, and resets while it is at work
 *
 * The command line says how the device is driven (lib/virtio.h), by
 * "requests=N" how much it has to do, and "ro" that nothing can be written.
 * Its last line is the sum of all it has read, as cksum(1) makes it.
 */
#include "guest-tests/lib/blk.h"
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/string.h"
#include "guest-tests/lib/virtio.h"

enum {
	SECTOR = BLK_SECTOR,
	/* The disk's size, which tests.conf has. */
	SECTORS = 8192,
	IN_FLIGHT = 32,
	/* Each request in flight has so many sectors to itself. */
	OWN = SECTORS / IN_FLIGHT,
	LEN_MAX = 8 * SECTOR,
	REQUESTS = 3000,
	RESETS = 30,
	POISON = 0x5a,
	PATIENCE_MS = 20000,
};

struct request {
	struct blk_request blk;
	uint8_t data[LEN_MAX];
};

struct range {
	uint64_t sector;
	uint32_t n, flags;
};

static struct virtio_dev dev;
static struct virtio_want how;
static struct virtq queue;
static struct request request[IN_FLIGHT];
static uint8_t model[SECTORS * SECTOR];
static unsigned bad_status, bad_len, bad_data, answered;
static bool read_only;

static uint32_t dice(uint32_t sides)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 32) % sides;
}

/* Request @i, of which the data are read by the device or written. */
static bool lend(unsigned i, uint32_t type, uint64_t sector, uint32_t len)
{
	struct request *r = &request[i];

	return blk_lend(&queue, &r->blk, type, sector, r->data, len, i);
}

/* One request by itself: its status, or BLK_NONE. */
static uint8_t ask(uint32_t type, uint64_t sector, uint32_t len)
{
	struct virtq_done done;

	if (!lend(0, type, sector, len))
		return BLK_NONE;
	virtq_kick(&queue);
	if (!virtq_wait(&queue, PATIENCE_MS) || !virtq_used(&queue, &done))
		return BLK_NONE;
	return request[0].blk.status;
}

static bool all(const uint8_t *at, unsigned n, uint8_t byte)
{
	while (n--)
		if (*at++ != byte)
			return false;
	return true;
}

static bool start(void)
{
	const char *why = virtio_start(&dev, &how, &queue, 1);

	return !why || check(false, "start", "%s", why);
}

/* Something for request @i to do, in the sectors that it has to itself. */
static void begin(unsigned i)
{
	struct request *r = &request[i];
	unsigned n = dice(LEN_MAX / SECTOR) + 1, at = dice(OWN - 8);
	uint64_t sector = (uint64_t)i * OWN + at;

	if (!read_only && dice(2)) {
		memset(r->data, (int)dice(256), n * SECTOR);
		r->data[dice(n * SECTOR)] = (uint8_t)dice(256);
		memcpy(model + sector * SECTOR, r->data, n * SECTOR);
		lend(i, BLK_OUT, sector, n * SECTOR);
	} else {
		memset(r->data, POISON, n * SECTOR);
		lend(i, BLK_IN, sector, n * SECTOR);
	}
}

static void finish(const struct virtq_done *done)
{
	const struct request *r = &request[done->token % IN_FLIGHT];
	bool in = r->blk.header.type == BLK_IN;

	answered++;
	bad_status += r->blk.status != BLK_OK;
	bad_len += done->len != (in ? r->blk.len + 1 : 1);
	bad_data += in && memcmp(r->data, model + r->blk.header.sector * SECTOR,
				 r->blk.len);
}

/* One in flight or many, as many as surely fit. */
static void work(unsigned n)
{
	unsigned lent = 0, free = 0, fill;
	uint8_t ids[IN_FLIGHT];
	struct virtq_done done;

	while (free < IN_FLIGHT && (free + 1) * 3 <= queue.size) {
		ids[free] = (uint8_t)free;
		free++;
	}
	while (answered < n) {
		fill = dice(2) ? 1 : 1 + dice(IN_FLIGHT);
		for (; fill && free && lent < n; fill--, lent++)
			begin(ids[--free]);
		virtq_kick(&queue);
		if (!virtq_wait(&queue, PATIENCE_MS) || queue.wrong ||
		    queue.lost)
			return;
		while (virtq_used(&queue, &done)) {
			finish(&done);
			ids[free++] = (uint8_t)done.token;
		}
	}
}

static uint32_t sum_byte(uint32_t sum, uint8_t byte)
{
	unsigned i;

	sum ^= (uint32_t)byte << 24;
	for (i = 0; i < 8; i++)
		sum = sum << 1 ^ (sum >> 31 ? 0x04c11db7 : 0);
	return sum;
}

/* Reads all of it; the model is then what it says. */
static bool read_all(void)
{
	unsigned sector;

	for (sector = 0; sector < SECTORS; sector += LEN_MAX / SECTOR) {
		if (ask(BLK_IN, sector, LEN_MAX) != BLK_OK)
			return false;
		memcpy(model + sector * SECTOR, request[0].data, LEN_MAX);
	}
	return true;
}

/* As cksum(1): the bytes, then their number. */
static void print_sum(void)
{
	uint32_t sum = 0, n;

	for (n = 0; n < sizeof(model); n++)
		sum = sum_byte(sum, model[n]);
	for (n = sizeof(model); n; n >>= 8)
		sum = sum_byte(sum, (uint8_t)n);
	print("disk: %u %u\n", ~sum, (unsigned)sizeof(model));
}

static uint64_t config(unsigned at, unsigned n)
{
	uint64_t value = 0;

	while (n--)
		value = value << 8 | virtio_config(&dev, at + n);
	return value;
}

static void check_config(void)
{
	check_eq("capacity", config(0, 8), SECTORS);
	check_eq("seg_max", config(12, 4), 254);
	check_eq("blk_size", config(20, 4), SECTOR);
	check_eq("read-only", virtio_has(&dev, BLK_F_RO), read_only);
	check_eq("flush", virtio_has(&dev, BLK_F_FLUSH), 1);
	check_eq("zeroes", virtio_has(&dev, BLK_F_WRITE_ZEROES), !read_only);
}

static uint8_t ask_range(uint32_t type, uint64_t sector, uint32_t n,
			 uint32_t flags)
{
	const struct range range = { sector, n, flags };

	memcpy(request[0].data, &range, sizeof(range));
	return ask(type, 0, sizeof(range));
}

static void check_others(void)
{
	check_eq("flush", ask(BLK_FLUSH, 0, 0), BLK_OK);
	memset(request[0].data, POISON, 32);
	check_eq("identify", ask(BLK_GET_ID, 0, 20), BLK_OK);
	check_eq("serial", memcmp(request[0].data, "a-disk\0\0", 8), 0);
	if (read_only)
		return;
	memset(request[0].data, POISON, LEN_MAX);
	check_eq("write", ask(BLK_OUT, 16, LEN_MAX), BLK_OK);
	check_eq("write zeroes", ask_range(BLK_ZEROES, 17, 2, 0), BLK_OK);
	check_eq("read", ask(BLK_IN, 16, LEN_MAX), BLK_OK);
	check_eq("zeroes",
		 all(request[0].data, SECTOR, POISON) &&
			 all(request[0].data + SECTOR, 2 * SECTOR, 0) &&
			 all(request[0].data + 3 * SECTOR, LEN_MAX - 3 * SECTOR,
			     POISON),
		 1);
	check_eq("write zeroes, unmap", ask_range(BLK_ZEROES, 16, 8, 1),
		 BLK_OK);
	check_eq("read", ask(BLK_IN, 16, LEN_MAX), BLK_OK);
	check_eq("zeroes", all(request[0].data, LEN_MAX, 0), 1);
	if (virtio_has(&dev, BLK_F_DISCARD))
		check_eq("discard", ask_range(BLK_DISCARD, 16, 8, 0), BLK_OK);
}

/* What a disk must refuse, and then go on. */
static void check_refused(void)
{
	static const uint32_t types[] = {
		2, 3, 7, 9, 10, 14, 15, 26, 0x7fffffff
	};
	unsigned i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		check_eq("unknown type", ask(types[i], 0, SECTOR), BLK_UNSUPP);
	check_eq("read beyond", ask(BLK_IN, SECTORS, SECTOR), BLK_IOERR);
	check_eq("read across", ask(BLK_IN, SECTORS - 1, 2 * SECTOR),
		 BLK_IOERR);
	check_eq("read at 2^55", ask(BLK_IN, 1ull << 55, SECTOR), BLK_IOERR);
	check_eq("read at the end of numbers", ask(BLK_IN, ~0ull, SECTOR),
		 BLK_IOERR);
	check_eq("half a sector", ask(BLK_IN, 0, 100), BLK_IOERR);
	check_eq("write beyond", ask(BLK_OUT, SECTORS, SECTOR), BLK_IOERR);
	check_eq("half a range", ask(BLK_ZEROES, 0, 17), BLK_IOERR);
	check_eq("zeroes beyond", ask_range(BLK_ZEROES, SECTORS, 1, 0),
		 BLK_IOERR);
	if (read_only) {
		check_eq("write", ask(BLK_OUT, 0, SECTOR), BLK_IOERR);
		check_eq("zeroes", ask_range(BLK_ZEROES, 0, 1, 0), BLK_IOERR);
	} else {
		check_eq("flags", ask_range(BLK_ZEROES, 0, 1, 2), BLK_UNSUPP);
	}
	check_eq("the last sector", ask(BLK_IN, SECTORS - 1, SECTOR), BLK_OK);
}

/* After a reset, which may come at any time, nothing is touched. */
static void check_resets(void)
{
	unsigned i, j, late = 0, silent = 0;

	for (i = 0; i < RESETS; i++) {
		if (!start())
			return;
		silent += ask(BLK_IN, 0, SECTOR) != BLK_OK;
		for (j = 0; j < IN_FLIGHT && (j + 1) * 3 <= queue.size; j++)
			lend(j, BLK_IN, j, LEN_MAX);
		virtq_kick(&queue);
		virtio_reset(&dev);
		memset(request, POISON, sizeof(request));
		memset(queue.ring, POISON, sizeof(queue.ring));
		if (i % 8 == 0)
			clock_sleep(30);
		late += !all((uint8_t *)request, sizeof(request), POISON) ||
			!all(queue.ring, sizeof(queue.ring), POISON);
	}
	check_eq("works after a reset", silent, 0);
	check_eq("silent after a reset", late, 0);
	check_eq("status 0", virtio_status(&dev), 0);
}

void guest_main(void)
{
	unsigned n = boot_number("requests=", REQUESTS);

	irq_start();
	how = virtio_want();
	how.features |= BIT64(BLK_F_SEG_MAX) | BIT64(BLK_F_RO) |
			BIT64(BLK_F_BLK_SIZE) | BIT64(BLK_F_TOPOLOGY) |
			BIT64(BLK_F_DISCARD) | BIT64(BLK_F_WRITE_ZEROES);
	if (!boot_has("noflush"))
		how.features |= BIT64(BLK_F_FLUSH);
	read_only = boot_has("ro");
	if (!check(virtio_find(&dev, VIRTIO_BLK), "virtio-blk", "none"))
		return;
	if (!start())
		return;
	if (!boot_has("noflush"))
		check_config();
	check_others();
	check_refused();
	check_eq("read all", read_all(), 1);
	work(n);
	print("blk: %u slots, %u kicks, %u spared, %u interrupts\n", queue.size,
	      queue.kicks, queue.quiet, irq_count[queue.vector]);
	check_eq("answered", answered, n);
	check_eq("status", bad_status, 0);
	check_eq("lengths", bad_len, 0);
	check_eq("data", bad_data, 0);
	check_eq("used but not lent", queue.wrong, 0);
	check_eq("lost interrupts", queue.lost, 0);
	check_resets();
	if (start() && check_eq("read all", read_all(), 1))
		print_sum();
}
