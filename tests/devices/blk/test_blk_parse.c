/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a block device is asked for, and what it then does to its image: all
 * kinds of requests, in any framing.  No queue and no thread: a request is
 * made, parsed and run here.  A comment that begins with VIRTIO and a section
 * is a line of docs/VIRTIO.md.
 */
#include <errno.h>
#include <string.h>

#include "base/iov.h"
#include "base/util.h"
#include "devices/blk/blk.h"
#include "tests/fake_disk.h"
#include "tests/rewriter.h"
#include "tests/unit.h"

enum { SECTORS = 4096, DISK = SECTORS * BLK_SECTOR, SEGMENTS = 2048 };

/* What nobody has written yet. */
enum { OLD = 0xd5, POISON = 0x5a };

static struct {
	struct fake_disk fake;
	struct blk blk;
	struct blk_request r;
	struct iovec iov[SEGMENTS];
	struct virtio_blk_outhdr header;
	uint8_t data[DISK], status;
	const char *wrong;
} m;

static void set_up(void)
{
	fake_disk_init(&m.fake, DISK);
	ck_assert_int_eq(blk_init(&m.blk, &m.fake.disk, 0, 256), 0);
	m.blk.dev.negotiated = m.blk.dev.features | BIT64(VIRTIO_F_VERSION_1);
	m.r.iov = m.iov;
}

static void tear_down(void)
{
	blk_free(&m.blk);
	fake_disk_free(&m.fake);
}

/* The same with an image that cannot be written. */
static void set_up_read_only(void)
{
	fake_disk_init(&m.fake, DISK);
	m.fake.disk.read_only = true;
	ck_assert_int_eq(blk_init(&m.blk, &m.fake.disk, 0, 256), 0);
	m.blk.dev.negotiated = m.blk.dev.features | BIT64(VIRTIO_F_VERSION_1);
	m.r.iov = m.iov;
}

static void begin(void)
{
	m.r.buf = (struct vq_buf){ .iov = m.iov };
	m.status = POISON;
	memset(m.data, POISON, sizeof(m.data));
}

/* Readable segments come first, as from vq_pop(). */
static void add(void *at, uint64_t len, bool in)
{
	struct vq_buf *b = &m.r.buf;

	if (!len)
		return;
	ck_assert_uint_lt(b->n_out + b->n_in, SEGMENTS);
	m.iov[b->n_out + b->n_in] = (struct iovec){ at, len };
	*(in ? &b->n_in : &b->n_out) += 1;
	*(in ? &b->in_len : &b->out_len) += len;
}

static void add_header(uint32_t type, uint64_t sector)
{
	/* The second word was a priority once, and drivers write it. */
	m.header = (struct virtio_blk_outhdr){ type, 1, sector };
	add(&m.header, sizeof(m.header), false);
}

/* The request is complete: parse it and do it, as the device does. */
static uint8_t run(void)
{
	m.r.op = BLK_READ;
	m.wrong = blk_parse(&m.blk, &m.r);
	if (m.r.op != BLK_ANSWERED)
		blk_run(&m.blk, &m.r.job);
	*m.r.status_at = m.r.status;
	return m.r.status;
}

/* In the framing that everybody uses: header, data, status. */
static uint8_t ask(uint32_t type, uint64_t sector, uint64_t len, bool in)
{
	begin();
	add_header(type, sector);
	add(m.data, len, in);
	add(&m.status, 1, true);
	run();
	ck_assert_ptr_eq(m.r.status_at, &m.status);
	return m.status;
}

static uint8_t read_sectors(uint64_t sector, uint64_t n)
{
	return ask(VIRTIO_BLK_T_IN, sector, n * BLK_SECTOR, true);
}

static uint8_t write_sectors(uint64_t sector, uint64_t n)
{
	return ask(VIRTIO_BLK_T_OUT, sector, n * BLK_SECTOR, false);
}

static bool all(const uint8_t *at, uint64_t len, uint8_t byte)
{
	for (uint64_t i = 0; i < len; i++)
		if (at[i] != byte)
			return false;
	return true;
}

static bool untouched(void)
{
	return all(m.fake.data, DISK, OLD);
}

/* VIRTIO 5.2.6.1: data is transferred from the sector that is named on */
START_TEST(reads_and_writes)
{
	ck_assert_int_eq(write_sectors(3, 2), VIRTIO_BLK_S_OK);
	ck_assert(all(m.fake.data, 3 * BLK_SECTOR, OLD));
	ck_assert(all(m.fake.data + 3 * BLK_SECTOR, 2 * BLK_SECTOR, POISON));
	ck_assert(all(m.fake.data + 5 * BLK_SECTOR, 100 * BLK_SECTOR, OLD));
	ck_assert_int_eq(read_sectors(2, 4), VIRTIO_BLK_S_OK);
	ck_assert(all(m.data, BLK_SECTOR, OLD));
	ck_assert(all(m.data + BLK_SECTOR, 2 * BLK_SECTOR, POISON));
	ck_assert(all(m.data + 3 * BLK_SECTOR, BLK_SECTOR, OLD));
	ck_assert(all(m.data + 4 * BLK_SECTOR, BLK_SECTOR, POISON));
	ck_assert_uint_eq(m.r.filled, 4 * BLK_SECTOR);
}
END_TEST

/* VIRTIO 5.2.6: a request that is too short for its header fails */
START_TEST(short_header)
{
	for (unsigned len = 0; len < sizeof(m.header); len++) {
		begin();
		add_header(VIRTIO_BLK_T_IN, 0);
		m.iov[0].iov_len = m.r.buf.out_len = len;
		m.r.buf.n_out = len > 0;
		if (!len) {
			m.r.buf = (struct vq_buf){ .iov = m.iov };
		}
		add(m.data, BLK_SECTOR, true);
		add(&m.status, 1, true);
		ck_assert_int_eq(run(), VIRTIO_BLK_S_IOERR);
		ck_assert_uint_eq(m.r.filled, 0);
	}
	ck_assert(untouched());
	ck_assert_uint_eq(m.fake.n_log, 0);
}
END_TEST

/* VIRTIO 2.7.4.1, 5.2.6: header, data and status may be cut at any byte: into
 * segments of one byte each, and into few that hold parts of two */
START_TEST(any_framing)
{
	static uint8_t whole[16 + BLK_SECTOR + 1];

	for (unsigned step = 1; step <= sizeof(whole); step++) {
		begin();
		m.header = (struct virtio_blk_outhdr){ VIRTIO_BLK_T_OUT, 0, 7 };
		memcpy(whole, &m.header, 16);
		memset(whole + 16, (int)step & 0x7f, BLK_SECTOR);
		for (unsigned at = 0; at < 16 + BLK_SECTOR; at += step)
			add(whole + at, MIN(step, 16 + BLK_SECTOR - at), false);
		add(&m.status, 1, true);
		ck_assert_int_eq(run(), VIRTIO_BLK_S_OK);
		ck_assert(all(m.fake.data + 7 * BLK_SECTOR, BLK_SECTOR,
			      step & 0x7f));

		begin();
		add_header(VIRTIO_BLK_T_IN, 7);
		for (unsigned at = 0; at < BLK_SECTOR + 1; at += step)
			add(whole + at, MIN(step, BLK_SECTOR + 1 - at), true);
		whole[BLK_SECTOR] = POISON;
		ck_assert_int_eq(run(), VIRTIO_BLK_S_OK);
		ck_assert(all(whole, BLK_SECTOR, step & 0x7f));
		ck_assert_ptr_eq(m.r.status_at, whole + BLK_SECTOR);
		ck_assert_int_eq(whole[BLK_SECTOR], VIRTIO_BLK_S_OK);
	}
}
END_TEST

/* VIRTIO 5.2.6: the status is the last byte that may be written, whatever it
 * is part of; with that one alone a read has no data, which is a length like
 * others */
START_TEST(status_is_the_last_byte)
{
	ck_assert_int_eq(ask(VIRTIO_BLK_T_IN, 0, 0, true), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(m.r.in_len, 0);
	begin();
	add_header(VIRTIO_BLK_T_IN, 0);
	add(m.data, 100, true);
	add(m.data + 100, BLK_SECTOR + 1 - 100, true);
	ck_assert_int_eq(run(), VIRTIO_BLK_S_OK);
	ck_assert_ptr_eq(m.r.status_at, m.data + BLK_SECTOR);
	ck_assert(all(m.data, BLK_SECTOR, OLD));
	ck_assert_int_eq(m.data[BLK_SECTOR], VIRTIO_BLK_S_OK);
	ck_assert_int_eq(m.data[BLK_SECTOR + 1], POISON);
}
END_TEST

/* VIRTIO 5.2.6.2: what is not wholly within the disk fails, and nothing of it
 * is transferred; no sum or product of the driver's numbers wraps */
START_TEST(beyond_the_end)
{
	static const uint64_t sectors[] = {
		SECTORS - 1,	   SECTORS,
		SECTORS + 1,	   UINT64_C(1) << 55,
		UINT64_C(1) << 63, UINT64_MAX,
		UINT64_MAX - 1,	   UINT64_MAX / 512 + 1,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(sectors); i++) {
		ck_assert_int_eq(write_sectors(sectors[i], 2),
				 VIRTIO_BLK_S_IOERR);
		ck_assert_int_eq(read_sectors(sectors[i], 2),
				 VIRTIO_BLK_S_IOERR);
		ck_assert_str_eq(m.wrong, "it is not within the disk");
	}
	ck_assert_uint_eq(m.fake.n_log, 0);
	ck_assert_int_eq(read_sectors(SECTORS - 2, 2), VIRTIO_BLK_S_OK);
	ck_assert_int_eq(write_sectors(SECTORS - 1, 1), VIRTIO_BLK_S_OK);
	ck_assert_int_eq(write_sectors(0, SECTORS), VIRTIO_BLK_S_OK);
	ck_assert_int_eq(read_sectors(SECTORS, 0), VIRTIO_BLK_S_OK);
	ck_assert_int_eq(read_sectors(SECTORS + 1, 0), VIRTIO_BLK_S_IOERR);
}
END_TEST

/* VIRTIO 5.2.6.1: data is whole sectors, of 512 bytes always */
START_TEST(odd_lengths)
{
	static const unsigned lengths[] = { 1, 511, 513, 1023 };

	for (unsigned i = 0; i < ARRAY_SIZE(lengths); i++) {
		ck_assert_int_eq(ask(VIRTIO_BLK_T_OUT, 0, lengths[i], false),
				 VIRTIO_BLK_S_IOERR);
		ck_assert_int_eq(ask(VIRTIO_BLK_T_IN, 0, lengths[i], true),
				 VIRTIO_BLK_S_IOERR);
	}
	ck_assert_uint_eq(m.fake.n_log, 0);
}
END_TEST

/* As many segments as a chain may have, of a byte each: more than one call of
 * the host's takes. */
START_TEST(many_segments)
{
	begin();
	add_header(VIRTIO_BLK_T_IN, 9);
	for (unsigned i = 0; i < 3 * BLK_SECTOR; i++)
		add(m.data + i, 1, true);
	add(&m.status, 1, true);
	ck_assert_int_eq(run(), VIRTIO_BLK_S_OK);
	ck_assert(all(m.data, 3 * BLK_SECTOR, OLD));
	ck_assert_int_eq(m.data[3 * BLK_SECTOR], POISON);
}
END_TEST

/* Segments that name the same memory over and over: more data than there is
 * memory, which is done in slices. */
START_TEST(long_requests_in_slices)
{
	enum { PIECE = 2 * MIB - 4096, LONG = 5 };

	tear_down();
	fake_disk_init(&m.fake, 16 * MIB);
	ck_assert_int_eq(blk_init(&m.blk, &m.fake.disk, 0, 256), 0);
	for (unsigned i = 0; i < LONG * PIECE; i++)
		m.fake.data[i] = (uint8_t)(i / PIECE);
	begin();
	add_header(VIRTIO_BLK_T_IN, 0);
	for (unsigned i = 0; i < LONG; i++)
		add(m.data, PIECE, true);
	add(&m.status, 1, true);
	ck_assert_int_eq(run(), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(fake_disk_calls(&m.fake, FAKE_READ), 3);
	for (unsigned i = 0; i < 6; i += 2)
		ck_assert_uint_le(m.fake.log[i].len, BLK_SLICE);
	ck_assert_uint_eq(m.fake.log[4].offset + m.fake.log[4].len,
			  LONG * PIECE);
	ck_assert(all(m.data, PIECE, LONG - 1));
}
END_TEST

/* VIRTIO 5.2.6.2: a read-only disk is not written to, whether or not the driver
 * has accepted RO; a flush of it is fine */
START_TEST(read_only)
{
	const struct virtio_blk_discard_write_zeroes d = { 0, 1, 0 };

	for (unsigned i = 0; i < 2; i++) {
		if (i)
			m.blk.dev.negotiated &= ~BIT64(VIRTIO_BLK_F_RO);
		ck_assert_int_eq(write_sectors(0, 1), VIRTIO_BLK_S_IOERR);
		memcpy(m.data, &d, sizeof(d));
		for (unsigned type = VIRTIO_BLK_T_DISCARD;
		     type <= VIRTIO_BLK_T_WRITE_ZEROES; type += 2) {
			begin();
			memcpy(m.data, &d, sizeof(d));
			add_header(type, 0);
			add(m.data, sizeof(d), false);
			add(&m.status, 1, true);
			ck_assert_int_eq(run(), VIRTIO_BLK_S_IOERR);
		}
		ck_assert_int_eq(ask(VIRTIO_BLK_T_FLUSH, 0, 0, false),
				 VIRTIO_BLK_S_OK);
		ck_assert_int_eq(read_sectors(0, 1), VIRTIO_BLK_S_OK);
	}
	ck_assert(untouched());
	ck_assert_uint_eq(fake_disk_calls(&m.fake, FAKE_WRITE), 0);
	ck_assert_uint_eq(fake_disk_calls(&m.fake, FAKE_FLUSH), 0);
	ck_assert(m.blk.dev.features & BIT64(VIRTIO_BLK_F_RO));
	ck_assert(!(m.blk.dev.features & BIT64(VIRTIO_BLK_F_WRITE_ZEROES)));
}
END_TEST

/* A request of @type with @n ranges, and @more bytes. */
static uint8_t ask_ranges(uint32_t type,
			  const struct virtio_blk_discard_write_zeroes *d,
			  unsigned n, int more)
{
	begin();
	for (unsigned i = 0; i < n; i++)
		memcpy(m.data + i * sizeof(*d), d, sizeof(*d));
	add_header(type, UINT64_MAX);
	add(m.data, (uint64_t)((int)(n * sizeof(*d)) + more), false);
	add(&m.status, 1, true);
	return run();
}

/* VIRTIO 5.2.6.2: 1 to max_*_seg ranges; anything else fails */
START_TEST(number_of_ranges)
{
	const struct virtio_blk_discard_write_zeroes d = { 8, 1, 0 };
	uint32_t type = _i ? VIRTIO_BLK_T_DISCARD : VIRTIO_BLK_T_WRITE_ZEROES;

	ck_assert_int_eq(ask_ranges(type, &d, 0, 0), VIRTIO_BLK_S_IOERR);
	ck_assert_int_eq(ask_ranges(type, &d, 1, -1), VIRTIO_BLK_S_IOERR);
	ck_assert_int_eq(ask_ranges(type, &d, 1, 1), VIRTIO_BLK_S_IOERR);
	ck_assert_int_eq(ask_ranges(type, &d, BLK_RANGES + 1, 0),
			 VIRTIO_BLK_S_IOERR);
	ck_assert(untouched());
	ck_assert_int_eq(ask_ranges(type, &d, 1, 0), VIRTIO_BLK_S_OK);
	ck_assert_int_eq(ask_ranges(type, &d, BLK_RANGES, 0), VIRTIO_BLK_S_OK);
	ck_assert(!untouched());
}
END_TEST

/* VIRTIO 5.2.6.2: an unknown flag, and UNMAP of a discard, is unsupported;
 * nothing is done */
START_TEST(flags)
{
	static const uint32_t unknown[] = { 2, 3, 0x80000000, UINT32_MAX };
	struct virtio_blk_discard_write_zeroes d = { 8, 1, 1 };

	ck_assert_int_eq(ask_ranges(VIRTIO_BLK_T_DISCARD, &d, 1, 0),
			 VIRTIO_BLK_S_UNSUPP);
	for (unsigned i = 0; i < ARRAY_SIZE(unknown); i++) {
		d.flags = unknown[i];
		ck_assert_int_eq(ask_ranges(VIRTIO_BLK_T_DISCARD, &d, 1, 0),
				 VIRTIO_BLK_S_UNSUPP);
		ck_assert_int_eq(
			ask_ranges(VIRTIO_BLK_T_WRITE_ZEROES, &d, 1, 0),
			VIRTIO_BLK_S_UNSUPP);
	}
	ck_assert(untouched());
	d.flags = 1;
	ck_assert_int_eq(ask_ranges(VIRTIO_BLK_T_WRITE_ZEROES, &d, 1, 0),
			 VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(fake_disk_calls(&m.fake, FAKE_ZERO_UNMAP), 1);
	d.flags = 0;
	ck_assert_int_eq(ask_ranges(VIRTIO_BLK_T_WRITE_ZEROES, &d, 1, 0),
			 VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(fake_disk_calls(&m.fake, FAKE_ZERO), 1);
}
END_TEST

/* VIRTIO 5.2.6.2: ranges outside of the disk, or larger than was offered, fail,
 * and then none is done; empty ones are fine */
START_TEST(ranges_beyond_the_end)
{
	static const struct virtio_blk_discard_write_zeroes bad[] = {
		{ SECTORS, 1, 0 },
		{ SECTORS - 1, 2, 0 },
		{ 0, UINT32_MAX, 0 },
		{ UINT64_MAX, 1, 0 },
		{ UINT64_C(1) << 55, 1, 0 },
		{ UINT64_MAX, 0, 0 },
		{ 0, BLK_RANGE_SECTORS + 1, 0 },
	};
	const struct virtio_blk_discard_write_zeroes empty = { SECTORS, 0, 0 };
	uint32_t type = _i ? VIRTIO_BLK_T_DISCARD : VIRTIO_BLK_T_WRITE_ZEROES;

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		struct virtio_blk_discard_write_zeroes two[2] = { { 0, 8, 0 },
								  bad[i] };

		begin();
		memcpy(m.data, two, sizeof(two));
		add_header(type, 0);
		add(m.data, sizeof(two), false);
		add(&m.status, 1, true);
		ck_assert_int_eq(run(), VIRTIO_BLK_S_IOERR);
	}
	ck_assert_int_eq(ask_ranges(type, &empty, 1, 0), VIRTIO_BLK_S_OK);
	ck_assert(untouched());
	ck_assert_uint_eq(m.fake.n_log, 0);
}
END_TEST

/* VIRTIO 5.2.6.2: after a write of zeros the range reads as zeros, and its
 * neighbours as before; ranges may overlap */
START_TEST(zeroes)
{
	const struct virtio_blk_discard_write_zeroes d[] = { { 1, 4, 0 },
							     { 3, 4, 1 } };

	begin();
	memcpy(m.data, d, sizeof(d));
	add_header(VIRTIO_BLK_T_WRITE_ZEROES, 0);
	add(m.data, sizeof(d), false);
	add(&m.status, 1, true);
	ck_assert_int_eq(run(), VIRTIO_BLK_S_OK);
	ck_assert(all(m.fake.data, BLK_SECTOR, OLD));
	ck_assert(all(m.fake.data + BLK_SECTOR, 6 * BLK_SECTOR, 0));
	ck_assert(all(m.fake.data + 7 * BLK_SECTOR, 9 * BLK_SECTOR, OLD));
}
END_TEST

/* VIRTIO 5.2.6.2: an image that gives nothing back is not offered to be
 * discarded, and such a request is unsupported */
START_TEST(no_discard)
{
	const struct virtio_blk_discard_write_zeroes d = { 0, 1, 0 };

	blk_free(&m.blk);
	m.fake.disk.can_discard = false;
	ck_assert_int_eq(blk_init(&m.blk, &m.fake.disk, 0, 256), 0);
	ck_assert(!(m.blk.dev.features & BIT64(VIRTIO_BLK_F_DISCARD)));
	ck_assert_uint_eq(m.blk.config.max_discard_seg, 0);
	ck_assert_uint_eq(m.blk.config.write_zeroes_may_unmap, 0);
	ck_assert_int_eq(ask_ranges(VIRTIO_BLK_T_DISCARD, &d, 1, 0),
			 VIRTIO_BLK_S_UNSUPP);
	ck_assert(untouched());
}
END_TEST

/* VIRTIO 5.2.6.1: unknown types are unsupported, and touch nothing; those of
 * legacy drivers are, too, for others: 5.2.6.3 */
START_TEST(unknown_types)
{
	static const uint32_t types[] = {
		2,  3,	5,  7,		9,	    10,	       14, 15,
		16, 17, 18, 19,		20,	    21,	       22, 23,
		24, 25, 26, 0x80000000, 0x80000001, UINT32_MAX
	};

	for (unsigned i = 0; i < ARRAY_SIZE(types); i++) {
		ck_assert_int_eq(ask(types[i], 0, BLK_SECTOR, i % 2),
				 VIRTIO_BLK_S_UNSUPP);
		ck_assert(all(m.data, sizeof(m.data), POISON));
		ck_assert_uint_eq(m.r.filled, 0);
	}
	ck_assert_uint_eq(m.fake.n_log, 0);
}
END_TEST

/* VIRTIO 5.2.6.3: a legacy driver's barrier bit is not looked at, its other
 * flush is one, and SCSI commands are unsupported */
START_TEST(legacy_types)
{
	m.blk.dev.negotiated &= ~BIT64(VIRTIO_F_VERSION_1);
	ck_assert_int_eq(ask(0x80000001, 0, BLK_SECTOR, false),
			 VIRTIO_BLK_S_OK);
	ck_assert(all(m.fake.data, BLK_SECTOR, POISON));
	ck_assert_int_eq(ask(5, 0, 0, false), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(fake_disk_calls(&m.fake, FAKE_FLUSH), 1);
	ck_assert_int_eq(ask(2, 0, BLK_SECTOR, true), VIRTIO_BLK_S_UNSUPP);
	ck_assert_int_eq(ask(3, 0, BLK_SECTOR, false), VIRTIO_BLK_S_UNSUPP);
}
END_TEST

/* VIRTIO 5.2.6.2: the serial number is 20 bytes, and what there is no room for
 * is left out */
START_TEST(serial)
{
	for (unsigned len = 0; len <= 32; len++) {
		unsigned n = MIN(len, DISK_SERIAL);

		ck_assert_int_eq(ask(VIRTIO_BLK_T_GET_ID, 0, len, true),
				 VIRTIO_BLK_S_OK);
		ck_assert_uint_eq(m.r.filled, n);
		ck_assert_int_eq(memcmp(m.data, m.fake.disk.serial, n), 0);
		ck_assert(all(m.data + n, 64 - n, POISON));
	}
}
END_TEST

/* A header and ranges that another processor rewrites as soon as they were
 * read: what was checked is what is done. */
START_TEST(rewritten)
{
	const struct virtio_blk_discard_write_zeroes d = { 0, 1, 0 };

	rewrites = true;
	ck_assert_int_eq(write_sectors(1, 1), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(m.header.sector, ~UINT64_C(1));
	ck_assert(all(m.fake.data + BLK_SECTOR, BLK_SECTOR, POISON));
	ck_assert_int_eq(read_sectors(0, 2), VIRTIO_BLK_S_OK);
	ck_assert(all(m.data, BLK_SECTOR, OLD));
	ck_assert(all(m.data + BLK_SECTOR, BLK_SECTOR, POISON));

	begin();
	memcpy(m.data, &d, sizeof(d));
	add_header(VIRTIO_BLK_T_WRITE_ZEROES, 0);
	add(m.data, sizeof(d), false);
	add(&m.status, 1, true);
	ck_assert_int_eq(run(), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(m.data[0], 0xff);
	ck_assert(all(m.fake.data, BLK_SECTOR, 0));
	rewrites = false;
}
END_TEST

/* VIRTIO 5.2.6: data in the wrong direction is not looked at, and not counted
 * as data */
START_TEST(wrong_direction)
{
	begin();
	add_header(VIRTIO_BLK_T_OUT, 1);
	add(m.data, BLK_SECTOR, false);
	add(m.data + 4096, 4096, true);
	add(&m.status, 1, true);
	ck_assert_int_eq(run(), VIRTIO_BLK_S_OK);
	ck_assert(all(m.data + 4096, 4096, POISON));
	ck_assert_uint_eq(m.r.filled, 0);
	begin();
	add_header(VIRTIO_BLK_T_IN, 0);
	add(m.data, 3, false);
	add(m.data + 4096, BLK_SECTOR, true);
	add(&m.status, 1, true);
	ck_assert_int_eq(run(), VIRTIO_BLK_S_OK);
	ck_assert(all(m.data + 4096, BLK_SECTOR, OLD));
}
END_TEST

/* VIRTIO 5.2.6.2: errors of the host are the request's; of a failed read no old
 * memory is left to be taken for data (2.7.8.2) */
START_TEST(host_fails)
{
	fake_disk_fail(&m.fake, FAKE_READ, -EIO);
	fake_disk_fail(&m.fake, FAKE_WRITE, -ENOSPC);
	fake_disk_fail(&m.fake, FAKE_FLUSH, -EIO);
	ck_assert_int_eq(read_sectors(0, 3), VIRTIO_BLK_S_IOERR);
	ck_assert(all(m.data, 3 * BLK_SECTOR, 0));
	ck_assert_uint_eq(m.r.filled, 3 * BLK_SECTOR);
	ck_assert_int_eq(m.data[3 * BLK_SECTOR], POISON);
	ck_assert_int_eq(read_sectors(0, SECTORS), VIRTIO_BLK_S_IOERR);
	ck_assert(all(m.data, m.r.filled, 0));
	ck_assert_uint_ge(m.r.filled, 65536);
	ck_assert(all(m.data + m.r.filled, DISK - m.r.filled, POISON));
	ck_assert_int_eq(write_sectors(0, 3), VIRTIO_BLK_S_IOERR);
	ck_assert_int_eq(ask(VIRTIO_BLK_T_FLUSH, 0, 0, false),
			 VIRTIO_BLK_S_IOERR);
	fake_disk_fail(&m.fake, FAKE_READ, 0);
	ck_assert_int_eq(read_sectors(0, 3), VIRTIO_BLK_S_OK);
}
END_TEST

/* VIRTIO 5.2.6.2: a driver that has not accepted FLUSH has every write on the
 * medium when it is completed, zeros too */
START_TEST(without_flush)
{
	const struct virtio_blk_discard_write_zeroes d = { 0, 1, 0 };

	ck_assert_int_eq(write_sectors(0, 1), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(fake_disk_calls(&m.fake, FAKE_WRITE_DURABLE), 0);
	m.blk.dev.negotiated &= ~BIT64(VIRTIO_BLK_F_FLUSH);
	ck_assert_int_eq(write_sectors(0, 1), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(fake_disk_calls(&m.fake, FAKE_WRITE), 1);
	ck_assert_uint_eq(fake_disk_calls(&m.fake, FAKE_WRITE_DURABLE), 1);
	ck_assert_int_eq(ask_ranges(VIRTIO_BLK_T_WRITE_ZEROES, &d, 1, 0),
			 VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(fake_disk_calls(&m.fake, FAKE_FLUSH), 1);
	ck_assert_int_eq(ask_ranges(VIRTIO_BLK_T_DISCARD, &d, 1, 0),
			 VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(fake_disk_calls(&m.fake, FAKE_FLUSH), 2);
	fake_disk_fail(&m.fake, FAKE_FLUSH, -EIO);
	ck_assert_int_eq(ask_ranges(VIRTIO_BLK_T_WRITE_ZEROES, &d, 1, 0),
			 VIRTIO_BLK_S_IOERR);
	ck_assert_int_eq(ask_ranges(VIRTIO_BLK_T_DISCARD, &d, 1, 0),
			 VIRTIO_BLK_S_IOERR);
}
END_TEST

/* What has not begun when the queue is asked for does nothing. */
START_TEST(stopping)
{
	m.blk.stopping = true;
	ck_assert_int_eq(write_sectors(0, SECTORS), VIRTIO_BLK_S_IOERR);
	ck_assert(untouched());
	ck_assert_uint_eq(m.fake.n_log, 0);
	m.blk.stopping = false;
}
END_TEST

/* FreeBSD's driver: it writes 1 where a priority was, has 0xff in the status
 * and takes all but OK and UNSUPP for an error, and discards one range. */
START_TEST(habits_of_freebsd)
{
	const struct virtio_blk_discard_write_zeroes d = { 8, 8, 0 };

	begin();
	m.status = 0xff;
	memcpy(m.data, &d, sizeof(d));
	add_header(VIRTIO_BLK_T_DISCARD, 0);
	ck_assert_uint_eq(m.header.ioprio, 1);
	add(m.data, sizeof(d), false);
	add(&m.status, 1, true);
	ck_assert_int_eq(run(), VIRTIO_BLK_S_OK);
	ck_assert_int_eq(m.status, VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(fake_disk_calls(&m.fake, FAKE_DISCARD), 1);
}
END_TEST

/* SeaBIOS: sectors of 512 bytes or none, 64 of them at a time, FLUSH never
 * accepted; and it multiplies SIZE_MAX by SEG_MAX in 16 bits. */
START_TEST(habits_of_seabios)
{
	const uint64_t seen = BIT64(VIRTIO_BLK_F_SIZE_MAX) |
			      BIT64(VIRTIO_BLK_F_SEG_MAX) |
			      BIT64(VIRTIO_BLK_F_BLK_SIZE);

	ck_assert_uint_eq(m.blk.dev.features & seen,
			  seen & ~BIT64(VIRTIO_BLK_F_SIZE_MAX));
	ck_assert_uint_eq(m.blk.config.blk_size, 512);
	m.blk.dev.negotiated =
		BIT64(VIRTIO_F_VERSION_1) | BIT64(VIRTIO_BLK_F_BLK_SIZE);
	ck_assert_int_eq(read_sectors(0, 64), VIRTIO_BLK_S_OK);
	ck_assert_int_eq(write_sectors(0, 64), VIRTIO_BLK_S_OK);
	ck_assert_uint_eq(fake_disk_calls(&m.fake, FAKE_WRITE_DURABLE), 1);
}
END_TEST

/* Unikraft: segments of a page, one request in each if SEG_MAX is not offered;
 * a completion of length 0 is none to it, that of a failed read, too. */
START_TEST(habits_of_unikraft)
{
	ck_assert(m.blk.dev.features & BIT64(VIRTIO_BLK_F_SEG_MAX));
	for (unsigned fails = 0; fails < 2; fails++) {
		fake_disk_fail(&m.fake, FAKE_READ, fails ? -EIO : 0);
		begin();
		add_header(VIRTIO_BLK_T_IN, 0);
		for (unsigned i = 0; i < 4; i++)
			add(m.data + (size_t)i * 8192, 4096, true);
		add(&m.status, 1, true);
		ck_assert_int_eq(run(),
				 fails ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK);
		ck_assert_uint_eq(m.r.filled, 4 * 4096);
		ck_assert(all(m.data + 3 * 8192, 4096, fails ? 0 : OLD));
		ck_assert(all(m.data + 4096, 4096, POISON));
	}
}
END_TEST

/* OSv: where MQ is offered it wants an interrupt for each queue, or aborts. */
START_TEST(habits_of_osv)
{
	ck_assert(!(m.blk.dev.features & BIT64(VIRTIO_BLK_F_MQ)));
	ck_assert_uint_eq(m.blk.dev.n_queues, 1);
	ck_assert_int_eq(ask(VIRTIO_BLK_T_GET_ID, 0, 20, true),
			 VIRTIO_BLK_S_OK);
}
END_TEST

/* VIRTIO 5.2.4, 5.2.5.2: what the configuration says, with padding of 0, and
 * nothing of features that are not offered */
START_TEST(configuration)
{
	const struct virtio_blk_config *c = &m.blk.config;

	ck_assert_uint_eq(c->capacity, SECTORS);
	ck_assert_uint_eq(c->seg_max, 254);
	ck_assert_uint_eq(c->blk_size, 512);
	ck_assert_uint_eq(c->physical_block_exp, 3);
	ck_assert_uint_eq(c->alignment_offset, 0);
	ck_assert_uint_eq(c->min_io_size, 8);
	ck_assert_uint_eq(c->opt_io_size, 0);
	ck_assert_uint_eq(c->max_discard_sectors, BLK_RANGE_SECTORS);
	ck_assert_uint_eq(c->max_discard_seg, 32);
	ck_assert_uint_eq(c->discard_sector_alignment, 8);
	ck_assert_uint_eq(c->max_write_zeroes_sectors, BLK_RANGE_SECTORS);
	ck_assert_uint_eq(c->max_write_zeroes_seg, 32);
	ck_assert_uint_eq(c->write_zeroes_may_unmap, 1);
	ck_assert_uint_eq(c->size_max, 0);
	ck_assert_uint_eq(c->wce, 0);
	ck_assert_uint_eq(c->num_queues, 0);
	ck_assert(all(c->unused1, sizeof(c->unused1), 0));
	/* Boot loaders multiply size_max and seg_max: the first is not
	 * offered. */
	ck_assert(!(m.blk.dev.features & BIT64(VIRTIO_BLK_F_SIZE_MAX)));
	ck_assert(m.blk.dev.features & BIT64(VIRTIO_BLK_F_FLUSH));
	ck_assert_uint_eq(m.blk.dev.config_len, 60);
}
END_TEST

/* --- against a model ---------------------------------------------------- */

static uint64_t seed = 0x9e3779b97f4a7c15;

static uint64_t any(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

/* The @len bytes at @at in pieces of any length. */
static void add_pieces(uint8_t *at, uint64_t len, bool in)
{
	while (len) {
		uint64_t some = 1 + any(2000);
		uint64_t n = any(4) ? MIN(len, some) : len;

		add(at, n, in);
		at += n;
		len -= n;
	}
}

/* VIRTIO 5.2.6.1, 5.2.6.2: any sequence of requests, in any framing, leaves the
 * disk as a model has it, and reads what is there */
START_TEST(model)
{
	static uint8_t should[DISK], expected[DISK];
	struct virtio_blk_discard_write_zeroes d;

	memset(should, OLD, sizeof(should));
	for (unsigned round = 0; round < 3000 / UNIT_STRIDE + 200; round++) {
		uint64_t sector = any(SECTORS),
			 n = any(MIN(64, SECTORS - sector));
		uint64_t at = sector * BLK_SECTOR, len = n * BLK_SECTOR;
		unsigned what = (unsigned)any(3);

		begin();
		memset(m.data, (int)any(256), len + 1);
		memcpy(expected, m.data, len + 1);
		d = (struct virtio_blk_discard_write_zeroes){
			sector, (uint32_t)n, (uint32_t)any(2)
		};
		m.header = (struct virtio_blk_outhdr){
			what == 0 ? VIRTIO_BLK_T_IN :
			what == 1 ? VIRTIO_BLK_T_OUT :
				    VIRTIO_BLK_T_WRITE_ZEROES,
			(uint32_t)any(9), sector
		};
		add_pieces((uint8_t *)&m.header, sizeof(m.header), false);
		if (what == 0)
			add_pieces(m.data, len, true);
		else if (what == 1)
			add_pieces(m.data, len, false);
		else
			add_pieces((uint8_t *)&d, sizeof(d), false);
		add(&m.status, 1, true);
		ck_assert_int_eq(run(), VIRTIO_BLK_S_OK);
		if (what == 1)
			memcpy(should + at, expected, len);
		else if (what == 2)
			memset(should + at, 0, len);
		else
			ck_assert_int_eq(memcmp(m.data, should + at, len), 0);
		ck_assert_int_eq(m.data[len], expected[len]);
		ck_assert_int_eq(memcmp(m.fake.data + at, should + at, len), 0);
	}
	ck_assert_int_eq(memcmp(m.fake.data, should, DISK), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		reads_and_writes,
		short_header,
		any_framing,
		status_is_the_last_byte,
		beyond_the_end,
		odd_lengths,
		many_segments,
		long_requests_in_slices,
		flags,
		zeroes,
		no_discard,
		unknown_types,
		legacy_types,
		serial,
		rewritten,
		wrong_direction,
		host_fails,
		without_flush,
		stopping,
		habits_of_freebsd,
		habits_of_seabios,
		habits_of_unikraft,
		habits_of_osv,
		configuration,
		model,
		NULL,
	};
	const TTest *const either[] = { number_of_ranges, ranges_beyond_the_end,
					NULL };
	const TTest *const read_only_disk[] = { read_only, NULL };
	Suite *suite = suite_create("blk_parse");

	unit_add(suite, tests, 1, set_up, tear_down);
	unit_add(suite, either, 2, set_up, tear_down);
	unit_add(suite, read_only_disk, 1, set_up_read_only, tear_down);
	return unit_run(suite);
}
