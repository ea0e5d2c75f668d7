/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blk.c - requests that no driver should make of a disk
 */
#include "guest-tests/hostile/hostile.h"
#include "guest-tests/lib/string.h"

enum {
	/* Descriptors that every device takes in a chain. */
	CHAIN_MAX = 1024,
	/* As much RAM as there surely is behind us. */
	PIECE = 16 << 20,
};

static struct virtq_desc table[CHAIN_MAX] __attribute__((aligned(4096)));

static struct {
	uint32_t type, reserved;
	uint64_t sector;
} header;

static uint8_t status;

/* Descriptor @i of an indirect table. */
static void entry(const struct victim *v, unsigned i, const void *at,
		  uint32_t len, unsigned flags, bool last)
{
	struct virtq_desc *d = &table[i];

	*d = (struct virtq_desc){ .addr = (uint64_t)at, .len = len };
	if (v->q->packed) {
		d->packed.flags = flags;
	} else {
		d->split.flags = flags | (last ? 0 : DESC_NEXT);
		d->split.next = i + 1;
	}
}

static bool offer(struct victim *v, unsigned n)
{
	raw_desc(v->q, 0, (uint64_t)table, n * sizeof(table[0]), DESC_INDIRECT,
		 0);
	raw_offer(v, 0, 1);
	return true;
}

/* A read of more than the guest has memory: the same RAM over and over. */
static bool read_terabytes(struct victim *v, uint64_t arg)
{
	const uint8_t *ram = (const uint8_t *)(ram_end() - PIECE);
	unsigned i;

	(void)arg;
	header.type = 0;
	header.sector = 0;
	entry(v, 0, &header, sizeof(header), 0, false);
	for (i = 1; i < CHAIN_MAX - 1; i++)
		entry(v, i, ram, PIECE, DESC_WRITE, false);
	entry(v, i, &status, 1, DESC_WRITE, true);
	return offer(v, CHAIN_MAX);
}

/* A request of @arg bytes of header, and nothing that can be written. */
static bool no_status(struct victim *v, uint64_t arg)
{
	return act_desc(v, (uint64_t)&header, arg, 0);
}

/* The header is where the data and the status go. */
static bool header_is_data(struct victim *v, uint64_t arg)
{
	(void)arg;
	memset(hostile_page, 0, sizeof(hostile_page));
	entry(v, 0, hostile_page, 16, 0, false);
	entry(v, 1, hostile_page, 513, DESC_WRITE, true);
	return offer(v, 2);
}

static const struct input blk[] = {
	{ "71 no place for a status", no_status, 16, BREAKS, ANY, 0 },
	{ "71 no place, and no header", no_status, 1, BREAKS, ANY, 0 },
	{ "26 a header that is the data", header_is_data, 0, USES, ANY,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
	/* And then it is reset, which does not wait for all of it. */
	{ "23 a read of 16 GiB", read_terabytes, 0, LIVES, ANY,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
};

const struct inputs hostile_blk = INPUTS(blk);
