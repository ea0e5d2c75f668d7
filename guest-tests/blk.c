/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blk.c - a disk: reads and writes against a model, flushes, discards, zeros,
 * what a disk must refuse, and resets while it is at work
 *
 * The command line says how the device is driven (lib/virtio.h), by
 * "requests=N" how much it has to do, and "ro" that nothing can be written.
 * Its last line is the sum of all it has read, as cksum(1) makes it.
 */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/string.h"
#include "guest-tests/lib/virtio.h"

enum {
	/* Features. */
	SEG_MAX = 2,
	RO = 5,
	BLK_SIZE = 6,
	FLUSH = 9,
	TOPOLOGY = 10,
	DISCARD = 13,
	WRITE_ZEROES = 14,
	/* Types of request. */
	IN = 0,
	OUT = 1,
	T_FLUSH = 4,
	GET_ID = 8,
	T_DISCARD = 11,
	T_ZEROES = 13,
	OK = 0,
	IOERR = 1,
	UNSUPP = 2,
	NONE = 0xa5,

	SECTOR = 512,
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
	struct {
		uint32_t type, reserved;
		uint64_t sector;
	} header;
	uint32_t len;
	uint8_t status, data[LEN_MAX];
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
	bool in = type == IN || type == GET_ID;
	struct virtq_seg seg[3] = { { &r->header, sizeof(r->header) } };
	unsigned n = 1;

	r->header.type = type;
	r->header.reserved = 1;
	r->header.sector = sector;
	r->len = len;
	r->status = NONE;
	if (len)
		seg[n++] = (struct virtq_seg){ r->data, len };
	seg[n++] = (struct virtq_seg){ &r->status, 1 };
	return virtq_add(&queue, seg, in || !len ? 1 : 2, in && len ? 2 : 1, i);
}

/* One request by itself: its status, or NONE. */
static uint8_t ask(uint32_t type, uint64_t sector, uint32_t len)
{
	struct virtq_done done;

	if (!lend(0, type, sector, len))
		return NONE;
	virtq_kick(&queue);
	if (!virtq_wait(&queue, PATIENCE_MS) || !virtq_used(&queue, &done))
		return NONE;
	return request[0].status;
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
		lend(i, OUT, sector, n * SECTOR);
	} else {
		memset(r->data, POISON, n * SECTOR);
		lend(i, IN, sector, n * SECTOR);
	}
}

static void finish(const struct virtq_done *done)
{
	const struct request *r = &request[done->token % IN_FLIGHT];
	bool in = r->header.type == IN;

	answered++;
	bad_status += r->status != OK;
	bad_len += done->len != (in ? r->len + 1 : 1);
	bad_data += in &&
		    memcmp(r->data, model + r->header.sector * SECTOR, r->len);
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
		if (ask(IN, sector, LEN_MAX) != OK)
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
	check_eq("read-only", virtio_has(&dev, RO), read_only);
	check_eq("flush", virtio_has(&dev, FLUSH), 1);
	check_eq("zeroes", virtio_has(&dev, WRITE_ZEROES), !read_only);
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
	check_eq("flush", ask(T_FLUSH, 0, 0), OK);
	memset(request[0].data, POISON, 32);
	check_eq("identify", ask(GET_ID, 0, 20), OK);
	check_eq("serial", memcmp(request[0].data, "a-disk\0\0", 8), 0);
	if (read_only)
		return;
	memset(request[0].data, POISON, LEN_MAX);
	check_eq("write", ask(OUT, 16, LEN_MAX), OK);
	check_eq("write zeroes", ask_range(T_ZEROES, 17, 2, 0), OK);
	check_eq("read", ask(IN, 16, LEN_MAX), OK);
	check_eq("zeroes",
		 all(request[0].data, SECTOR, POISON) &&
			 all(request[0].data + SECTOR, 2 * SECTOR, 0) &&
			 all(request[0].data + 3 * SECTOR, LEN_MAX - 3 * SECTOR,
			     POISON),
		 1);
	check_eq("write zeroes, unmap", ask_range(T_ZEROES, 16, 8, 1), OK);
	check_eq("read", ask(IN, 16, LEN_MAX), OK);
	check_eq("zeroes", all(request[0].data, LEN_MAX, 0), 1);
	if (virtio_has(&dev, DISCARD))
		check_eq("discard", ask_range(T_DISCARD, 16, 8, 0), OK);
}

/* What a disk must refuse, and then go on. */
static void check_refused(void)
{
	static const uint32_t types[] = {
		2, 3, 7, 9, 10, 14, 15, 26, 0x7fffffff
	};
	unsigned i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		check_eq("unknown type", ask(types[i], 0, SECTOR), UNSUPP);
	check_eq("read beyond", ask(IN, SECTORS, SECTOR), IOERR);
	check_eq("read across", ask(IN, SECTORS - 1, 2 * SECTOR), IOERR);
	check_eq("read at 2^55", ask(IN, 1ull << 55, SECTOR), IOERR);
	check_eq("read at the end of numbers", ask(IN, ~0ull, SECTOR), IOERR);
	check_eq("half a sector", ask(IN, 0, 100), IOERR);
	check_eq("write beyond", ask(OUT, SECTORS, SECTOR), IOERR);
	check_eq("half a range", ask(T_ZEROES, 0, 17), IOERR);
	check_eq("zeroes beyond", ask_range(T_ZEROES, SECTORS, 1, 0), IOERR);
	if (read_only) {
		check_eq("write", ask(OUT, 0, SECTOR), IOERR);
		check_eq("zeroes", ask_range(T_ZEROES, 0, 1, 0), IOERR);
	} else {
		check_eq("flags", ask_range(T_ZEROES, 0, 1, 2), UNSUPP);
	}
	check_eq("the last sector", ask(IN, SECTORS - 1, SECTOR), OK);
}

/* After a reset, which may come at any time, nothing is touched. */
static void check_resets(void)
{
	unsigned i, j, late = 0, silent = 0;

	for (i = 0; i < RESETS; i++) {
		if (!start())
			return;
		silent += ask(IN, 0, SECTOR) != OK;
		for (j = 0; j < IN_FLIGHT && (j + 1) * 3 <= queue.size; j++)
			lend(j, IN, j, LEN_MAX);
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
	how.features |= BIT64(SEG_MAX) | BIT64(RO) | BIT64(BLK_SIZE) |
			BIT64(TOPOLOGY) | BIT64(DISCARD) | BIT64(WRITE_ZEROES);
	if (!boot_has("noflush"))
		how.features |= BIT64(FLUSH);
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
