/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_blk.c - any requests, in any framing, to a block device whose image is
 * compared with a model after each
 *
 * An input is a byte of set-up, then requests: how many segments there are to
 * read and to write, their lengths, and the bytes of those to read.  What must
 * come of a request is worked out here anew, from the bytes in one piece and
 * with numbers that do not wrap.
 *
 * A second vCPU changes the guest's memory meanwhile, in two ways.  What the
 * device reads of a header or of ranges is rewritten right after, each time, so
 * that it may be read once only: the request must still be the one that was
 * read.  And in some inputs a thread writes at any time.  What comes of a
 * request then is not known, but that it stays within its bounds is.
 */
#include <linux/virtio_blk.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "devices/blk/blk.h"
#include "tests/fake_disk.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/racer.h"
#include "tests/rewriter.h"

enum {
	SECTORS = 64,
	DISK = SECTORS * BLK_SECTOR,
	SEGMENTS = 16,
	ROOM = 1 << 18,
	/* What follows all that is lent. */
	GUARD = 0xa5,
	GUARDED = 64,
	RACE_ONE_IN = 64,
};

/* The set-up's bits. */
enum { LEGACY = 1, READ_ONLY = 2, NO_FLUSH = 4, NO_DISCARD = 8, OVERLAP = 16 };

static struct {
	struct fake_disk fake;
	struct blk blk;
	struct iovec iov[2 * SEGMENTS];
	struct blk_request r;
	uint8_t model[DISK];
	/* Guest memory, and how far it is used. */
	uint8_t ram[ROOM];
	size_t used;
	/* The bytes that are to be read, in one piece. */
	uint8_t out[ROOM];
	size_t out_len, in_len;
	uint8_t set_up;
	/* There is a second vCPU. */
	bool racing;
	const uint8_t *data;
	size_t size;
} f;

static uint8_t next(void)
{
	if (!f.size)
		return 0;
	f.size--;
	return *f.data++;
}

static void fill(uint8_t *to, size_t len)
{
	size_t n = MIN(len, f.size);

	memcpy(to, f.data, n);
	memset(to + n, (int)len & 0xff, len - n);
	f.data += n;
	f.size -= n;
}

/* Small ones, sectors, and some more or less than those. */
static size_t length(void)
{
	uint8_t b = next();

	if (b & 0x80)
		return (size_t)BLK_SECTOR * (1 + (b & 7)) + (b >> 3 & 3) - 1;
	return b & 0x40 ? (size_t)16 * (b & 0x3f) : b & 0x1f;
}

static uint8_t *place(size_t len)
{
	size_t at = f.used;

	if (f.set_up & OVERLAP && next() & 1)
		return f.ram + next() * 16u;
	f.used += len;
	return f.ram + at;
}

/* Headers that mean something are not left to chance. */
static size_t make_header(uint8_t *to)
{
	static const uint8_t types[] = { 0, 1, 4, 8, 11, 13, 5, 2 };
	struct virtio_blk_outhdr h = { 0 };
	uint8_t b = next();

	fill((uint8_t *)&h, b & 0x40 ? sizeof(h) : 0);
	if (!(b & 0x80)) {
		h.type = types[b & 7];
		h.sector = next() % (SECTORS + 2);
	}
	memcpy(to, &h, sizeof(h));
	return sizeof(h);
}

static void add(uint8_t *at, size_t len, bool in)
{
	struct vq_buf *b = &f.r.buf;

	if (!len)
		return;
	f.iov[b->n_out + b->n_in] = (struct iovec){ at, len };
	*(in ? &b->n_in : &b->n_out) += 1;
	*(in ? &b->in_len : &b->out_len) += len;
}

/* False: there is no more input. */
static bool make_request(void)
{
	unsigned n_out = next() % SEGMENTS, n_in = next() % SEGMENTS;
	uint8_t *at;

	f.r.buf = (struct vq_buf){ .iov = f.iov };
	f.used = f.out_len = f.in_len = 0;
	if (!f.size)
		return false;
	for (unsigned i = 0; i < n_out; i++) {
		size_t len = i ? length() : sizeof(struct virtio_blk_outhdr);

		at = place(len);
		if (i)
			fill(at, len);
		else
			make_header(at);
		add(at, len, false);
	}
	for (unsigned i = 0; i <= n_in; i++) {
		size_t len = i == n_in ? 1 : length();

		add(place(len), len, true);
	}
	memset(f.ram + f.used, GUARD, GUARDED);
	return true;
}

static void flatten(void)
{
	for (uint32_t i = 0; i < f.r.buf.n_out; i++) {
		memcpy(f.out + f.out_len, f.iov[i].iov_base, f.iov[i].iov_len);
		f.out_len += f.iov[i].iov_len;
	}
	f.in_len = f.r.buf.in_len - 1;
}

static bool within(uint64_t sector, unsigned __int128 bytes)
{
	return (unsigned __int128)sector * BLK_SECTOR + bytes <= DISK;
}

/* Ranges, for the model: what is to be answered. */
static uint8_t expect_ranges(bool zero)
{
	struct virtio_blk_discard_write_zeroes d[BLK_RANGES + 1];
	size_t len = f.out_len - sizeof(struct virtio_blk_outhdr);
	size_t n = len / sizeof(d[0]);

	if (f.set_up & READ_ONLY)
		return VIRTIO_BLK_S_IOERR;
	if (!zero && f.set_up & NO_DISCARD)
		return VIRTIO_BLK_S_UNSUPP;
	if (!n || len % sizeof(d[0]) || n > BLK_RANGES)
		return VIRTIO_BLK_S_IOERR;
	memcpy(d, f.out + sizeof(struct virtio_blk_outhdr), len);
	for (size_t i = 0; i < n; i++) {
		if (d[i].flags > zero)
			return VIRTIO_BLK_S_UNSUPP;
		if (!within(d[i].sector,
			    (uint64_t)d[i].num_sectors * BLK_SECTOR))
			return VIRTIO_BLK_S_IOERR;
	}
	for (size_t i = 0; i < n; i++)
		memset(f.model + d[i].sector * BLK_SECTOR, zero ? 0 : 0xdc,
		       (size_t)d[i].num_sectors * BLK_SECTOR);
	return VIRTIO_BLK_S_OK;
}

static uint8_t expect_transfer(uint64_t sector, size_t len, bool write)
{
	if (write && f.set_up & READ_ONLY)
		return VIRTIO_BLK_S_IOERR;
	if (len % BLK_SECTOR || !within(sector, len))
		return VIRTIO_BLK_S_IOERR;
	if (write)
		memcpy(f.model + sector * BLK_SECTOR,
		       f.out + sizeof(struct virtio_blk_outhdr), len);
	return VIRTIO_BLK_S_OK;
}

/* The status that the request in f.out must have; the model is brought up to
 * date. */
static uint8_t expect(void)
{
	struct virtio_blk_outhdr h;

	if (f.out_len < sizeof(h))
		return VIRTIO_BLK_S_IOERR;
	memcpy(&h, f.out, sizeof(h));
	if (f.set_up & LEGACY)
		h.type &= 0x7fffffff;
	switch (h.type) {
	case 0:
		return expect_transfer(h.sector, f.in_len, false);
	case 1:
		return expect_transfer(h.sector, f.out_len - sizeof(h), true);
	case 4:
	case 8:
		return VIRTIO_BLK_S_OK;
	case 5:
		return f.set_up & LEGACY ? VIRTIO_BLK_S_OK :
					   VIRTIO_BLK_S_UNSUPP;
	case 11:
	case 13:
		return expect_ranges(h.type == 13);
	default:
		return VIRTIO_BLK_S_UNSUPP;
	}
}

/* What a read has brought is the model's, and nothing else has changed. */
static void check_memory(uint8_t status)
{
	struct virtio_blk_outhdr h = { 0 };
	size_t at = 0;

	memcpy(&h, f.out, MIN(f.out_len, sizeof(h)));
	if (h.type || status || f.out_len < sizeof(h))
		return;
	for (uint32_t i = 0; i < f.r.n_in; i++) {
		check(!memcmp(f.r.in[i].iov_base,
			      f.model + h.sector * BLK_SECTOR + at,
			      f.r.in[i].iov_len));
		at += f.r.in[i].iov_len;
	}
	check(at == f.in_len);
}

/* The second vCPU's: a byte of what may be lent, of the header more often than
 * not. */
static void scribble(void *arg)
{
	(void)arg;
	race_scribble(f.ram, race_dice(4) ? 16 : 1 << 14);
}

static void run(void)
{
	blk_parse(&f.blk, &f.r);
	/* It may be long before a thread of the pool's goes on. */
	if (f.racing)
		memset(f.ram, GUARD, f.used);
	if (f.r.op != BLK_ANSWERED)
		blk_run(&f.blk, &f.r.job);
	check(f.r.filled <= f.r.in_len);
	check(f.r.status_at >= f.ram && f.r.status_at < f.ram + ROOM);
}

static void request(void)
{
	uint8_t wanted;

	flatten();
	if (f.racing) {
		run();
		check(f.r.status <= VIRTIO_BLK_S_UNSUPP);
		check(!(f.set_up & READ_ONLY) ||
		      !memcmp(f.fake.data, f.model, DISK));
		return;
	}
	wanted = expect();
	run();
	check(f.r.status == wanted);
	check(f.r.in_len == f.in_len);
	check(!memcmp(f.fake.data, f.model, DISK));
	if (f.set_up & OVERLAP)
		return;
	check_memory(wanted);
	for (size_t i = f.used; i < f.used + GUARDED; i++)
		check(f.ram[i] == GUARD);
}

static void set_up(uint8_t how)
{
	struct virtio_device *dev = &f.blk.dev;

	f.set_up = how;
	/* With OVERLAP that may be the data of a write, too. */
	rewrites = !(how & OVERLAP);
	memset(f.model, 0x5a, DISK);
	memset(f.fake.data, 0x5a, DISK);
	f.fake.n_log = 0;
	f.fake.disk.read_only = how & READ_ONLY;
	dev->features |= BIT64(VIRTIO_BLK_F_DISCARD);
	if (how & NO_DISCARD)
		dev->features &= ~BIT64(VIRTIO_BLK_F_DISCARD);
	dev->negotiated = dev->features | BIT64(VIRTIO_F_VERSION_1);
	if (how & LEGACY)
		dev->negotiated &= ~BIT64(VIRTIO_F_VERSION_1);
	if (how & NO_FLUSH)
		dev->negotiated &= ~BIT64(VIRTIO_BLK_F_FLUSH);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_set_level(LOG_ERR);
	fake_disk_init(&f.fake, DISK);
	check(!blk_init(&f.blk, &f.fake.disk, 0, 64));
	f.r.iov = f.iov;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	f.data = data;
	f.size = size;
	set_up(next());
	f.racing = race_wanted(data, size, RACE_ONE_IN);
	if (f.racing)
		race_start(scribble, NULL);
	while (make_request())
		request();
	race_stop();
	return 0;
}
