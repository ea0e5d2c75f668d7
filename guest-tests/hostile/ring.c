/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ring.c - descriptors and rings as no driver should write them
 */
#include "guest-tests/hostile/hostile.h"
#include "guest-tests/lib/string.h"

enum {
	LEN = 64,
	/* Descriptors that every device takes in a chain. */
	CHAIN_MAX = 1024,
	TABLE_MAX = 1500,
	IOAPIC = 0xfec00000,
	LAPIC = 0xfee00000,
	ECAM = 0xe8000000,
	TURNS = 3000,
};

static struct virtq_desc table[TABLE_MAX] __attribute__((aligned(4096)));

static uint64_t page(void)
{
	return (uint64_t)hostile_page;
}

static struct virtq_avail *avail_of(const struct virtq *q)
{
	return (struct virtq_avail *)q->driver;
}

/* A chain of @arg descriptors in a ring, each followed by the next, the last
 * by the first. */
static bool loop_of(struct victim *v, uint64_t arg)
{
	unsigned i = arg;

	while (i--)
		raw_desc(v->q, i, page(), LEN, DESC_WRITE | DESC_NEXT,
			 (i + 1) % arg);
	raw_offer(v, 0, 1);
	return true;
}

static bool loop_all(struct victim *v, uint64_t arg)
{
	(void)arg;
	return loop_of(v, v->q->size);
}

static bool next_off(struct victim *v, uint64_t arg)
{
	raw_desc(v->q, 0, page(), LEN, DESC_WRITE | DESC_NEXT,
		 arg ? arg : v->q->size);
	raw_offer(v, 0, 1);
	return true;
}

static bool head_off(struct victim *v, uint64_t arg)
{
	raw_desc(v->q, 0, page(), LEN, DESC_WRITE, 0);
	raw_offer(v, arg ? arg : v->q->size, 1);
	return true;
}

static bool head_twice(struct victim *v, uint64_t arg)
{
	raw_desc(v->q, 0, page(), LEN, DESC_WRITE, 0);
	raw_offer(v, 0, arg);
	return true;
}

static bool index_jump(struct victim *v, uint64_t arg)
{
	raw_desc(v->q, 0, page(), LEN, DESC_WRITE, 0);
	raw_offer(v, 0, arg ? arg : v->q->size + 1u);
	return true;
}

/* More and more, while the device is looking. */
static bool index_creeps(struct victim *v, uint64_t arg)
{
	unsigned i;

	raw_desc(v->q, 0, page(), LEN, DESC_WRITE, 0);
	for (i = 1; i <= arg; i++)
		raw_offer(v, 0, i);
	return true;
}

static void fill_table(struct victim *v, unsigned n, uint64_t addr,
		       uint32_t len, unsigned flags)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		table[i].addr = addr;
		table[i].len = len;
		if (v->q->packed)
			table[i].packed.flags = flags;
		else
			table[i].split.flags =
				flags | (i + 1 < n ? DESC_NEXT : 0);
		if (!v->q->packed)
			table[i].split.next = i + 1;
	}
}

static void offer_table(struct victim *v, uint64_t addr, uint32_t len)
{
	raw_desc(v->q, 0, addr, len, DESC_INDIRECT, 0);
	raw_offer(v, 0, 1);
}

/* A table in a table: only of split rings is it an error. */
static bool table_nested(struct victim *v, uint64_t arg)
{
	(void)arg;
	fill_table(v, 1, page(), LEN, DESC_WRITE | DESC_INDIRECT);
	offer_table(v, (uint64_t)table, sizeof(table[0]));
	return true;
}

static bool table_len(struct victim *v, uint64_t arg)
{
	fill_table(v, 4, page(), LEN, DESC_WRITE);
	offer_table(v, (uint64_t)table, arg);
	return true;
}

static bool table_at(struct victim *v, uint64_t arg)
{
	offer_table(v, arg, 4 * sizeof(table[0]));
	return true;
}

static bool table_at_ram_end(struct victim *v, uint64_t arg)
{
	return table_at(v, ram_end() - arg);
}

/* The ring's own descriptors: the table is the one after it. */
static bool table_in_ring(struct victim *v, uint64_t arg)
{
	(void)arg;
	raw_desc(v->q, 1, page(), LEN, DESC_WRITE, 0);
	offer_table(v, v->q->desc + sizeof(table[0]), sizeof(table[0]));
	return true;
}

static bool table_in_buffer(struct victim *v, uint64_t arg)
{
	(void)arg;
	fill_table(v, 2, (uint64_t)table, 2 * sizeof(table[0]), DESC_WRITE);
	offer_table(v, (uint64_t)table, 2 * sizeof(table[0]));
	return true;
}

/* @arg descriptors of a byte each. */
static bool table_of(struct victim *v, uint64_t arg)
{
	fill_table(v, arg, page(), 1, DESC_WRITE);
	offer_table(v, (uint64_t)table, arg * sizeof(table[0]));
	return true;
}

/* 1,024 times 4 MiB: more than 32 bits hold. */
static bool table_sum(struct victim *v, uint64_t arg)
{
	(void)arg;
	fill_table(v, CHAIN_MAX, page(), 0x400000, DESC_WRITE);
	offer_table(v, (uint64_t)table, CHAIN_MAX * sizeof(table[0]));
	return true;
}

static bool table_empty(struct victim *v, uint64_t arg)
{
	fill_table(v, arg, page(), 0, DESC_WRITE);
	offer_table(v, (uint64_t)table, arg * sizeof(table[0]));
	return true;
}

static bool buffer_len(struct victim *v, uint64_t arg)
{
	return act_desc(v, page(), arg, DESC_WRITE);
}

static bool buffer_at(struct victim *v, uint64_t arg)
{
	return act_desc(v, arg, LEN, DESC_WRITE);
}

/* It ends where RAM does, or @arg bytes further. */
static bool buffer_at_ram_end(struct victim *v, uint64_t arg)
{
	return act_desc(v, ram_end() - LEN + arg, LEN, DESC_WRITE);
}

static bool buffer_to_ram_end(struct victim *v, uint64_t arg)
{
	return act_desc(v, page(), ram_end() - page() + arg, DESC_WRITE);
}

static bool buffer_in_bar(struct victim *v, uint64_t arg)
{
	return act_desc(v, v->dev.common + arg, LEN, DESC_WRITE);
}

static bool buffer_in_ring(struct victim *v, uint64_t arg)
{
	(void)arg;
	return act_desc(v, v->q->desc, 4096, DESC_WRITE);
}

static bool readable_last(struct victim *v, uint64_t arg)
{
	(void)arg;
	raw_desc(v->q, 1, page(), LEN, 0, 0);
	raw_desc(v->q, 0, page(), LEN, DESC_WRITE | DESC_NEXT, 1);
	raw_offer(v, 0, 1);
	return true;
}

/* The descriptor is good and bad by turns, as the device reads it. */
static bool rewritten(struct victim *v, uint64_t arg)
{
	volatile struct virtq_desc *d = virtq_desc(v->q, 0);
	unsigned i;

	act_desc(v, page(), LEN, DESC_WRITE);
	for (i = 0; i < arg; i++) {
		d->addr = i & 1 ? page() : UINT64_MAX - LEN;
		d->len = i & 2 ? UINT32_MAX : LEN;
		if (i % 64 == 0)
			raw_offer(v, 0, i / 64 + 1);
	}
	return true;
}

/* Everything lent, nothing told: no more than the ring is asked for. */
static bool never_kick(struct victim *v, uint64_t arg)
{
	struct virtq_seg seg = { hostile_page, LEN };

	(void)arg;
	while (virtq_add(v->q, &seg, 0, 1, 0))
		;
	return true;
}

static bool kick_storm(struct victim *v, uint64_t arg)
{
	while (arg--)
		virtq_notify(v->q);
	return true;
}

/* The interrupts it asks for are its own affair. */
static bool events_random(struct victim *v, uint64_t arg)
{
	struct virtq_seg seg = { hostile_page, LEN };
	struct virtq_done done;
	unsigned i;

	for (i = 0; i < arg; i++) {
		virtq_add(v->q, &seg, 0, 1, 0);
		virtq_notify(v->q);
		if (v->q->packed)
			*(volatile uint32_t *)v->q->driver = i * 2654435761u;
		else
			avail_of(v->q)->ring[v->q->size] = i * 40503u;
		virtq_used(v->q, &done);
	}
	while (virtq_lent(v->q))
		if (!virtq_wait(v->q, 5000) || !virtq_used(v->q, &done))
			return false;
	return true;
}

static bool flags_are(struct victim *v, uint64_t arg)
{
	fill_table(v, 1, page(), LEN, DESC_WRITE);
	return act_desc(v, (uint64_t)table, sizeof(table[0]), arg);
}

static const struct input ring[] = {
	{ "1 a descriptor its own next", loop_of, 1, BREAKS, SPLIT | LEGACY,
	  0 },
	{ "1 two descriptors in a circle", loop_of, 2, BREAKS, SPLIT | LEGACY,
	  0 },
	{ "2 a chain longer than the ring", loop_all, 0, BREAKS, ANY, 0 },
	{ "3 next off the table", next_off, 0, BREAKS, SPLIT | LEGACY, 0 },
	{ "3 next 65535", next_off, 65535, BREAKS, SPLIT | LEGACY, 0 },
	{ "4 head off the table", head_off, 0, BREAKS, SPLIT | LEGACY, 0 },
	{ "4 head 65535", head_off, 65535, BREAKS, SPLIT | LEGACY, 0 },
	{ "5 the same head twice", head_twice, 2, USES, SPLIT | LEGACY, 0 },
	{ "6 avail.idx a ring and one ahead", index_jump, 0, BREAKS,
	  SPLIT | LEGACY, 0 },
	{ "6 avail.idx 32768 ahead", index_jump, 32768, BREAKS, SPLIT | LEGACY,
	  0 },
	{ "7 avail.idx one back", index_jump, 65535, BREAKS, SPLIT | LEGACY,
	  0 },
	{ "8 avail.idx runs on", index_creeps, TURNS, LIVES, SPLIT | LEGACY,
	  0 },
	{ "9 INDIRECT not negotiated", flags_are, DESC_INDIRECT, BREAKS, ANY,
	  0 },
	{ "10 a table in a table", table_nested, 0, BREAKS, SPLIT | LEGACY,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
	{ "10 INDIRECT in a table, ignored", table_nested, 0, USES, PACKED,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
	{ "11 INDIRECT and NEXT", flags_are, DESC_INDIRECT | DESC_NEXT, BREAKS,
	  ANY, BIT64(VIRTIO_F_INDIRECT_DESC) },
	{ "12 a table of 0 bytes", table_len, 0, BREAKS, ANY,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
	{ "12 a table of 31 bytes", table_len, 31, BREAKS, ANY,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
	{ "13 a table across the end of RAM", table_at_ram_end, 32, BREAKS, ANY,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
	{ "13 a table in the local APIC", table_at, LAPIC, BREAKS, ANY,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
	{ "13 a table around 2^64", table_at, UINT64_MAX - 15, BREAKS, ANY,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
	{ "14 a table in the ring", table_in_ring, 0, LIVES, ANY,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
	{ "14 a table in its own buffer", table_in_buffer, 0, USES, ANY,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
	{ "15 a table of 4 GiB", table_len, 0xfffffff0, BREAKS, ANY,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
	{ "16 a buffer of no bytes", buffer_len, 0, EMPTY, ANY, 0 },
	{ "16 a chain of no bytes", table_empty, 64, EMPTY, ANY,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
	{ "17 a buffer around 2^64", buffer_at, UINT64_MAX - 15, BREAKS, ANY,
	  0 },
	{ "17 a buffer to the end of RAM", buffer_at_ram_end, 0, USES, ANY, 0 },
	{ "17 one byte further", buffer_at_ram_end, 1, BREAKS, ANY, 0 },
	{ "17 all RAM behind us", buffer_to_ram_end, 0, USES, ANY, 0 },
	{ "17 and one byte more", buffer_to_ram_end, 1, BREAKS, ANY, 0 },
	{ "17 a buffer of 4 GiB", buffer_len, UINT32_MAX, BREAKS, ANY, 0 },
	{ "18 a buffer in the local APIC", buffer_at, LAPIC, BREAKS, ANY, 0 },
	{ "18 a buffer in the I/O APIC", buffer_at, IOAPIC, BREAKS, ANY, 0 },
	{ "18 a buffer in ECAM", buffer_at, ECAM, BREAKS, ANY, 0 },
	{ "18 a buffer in the device's BAR", buffer_in_bar, 0, BREAKS, ANY, 0 },
	{ "18 a buffer in its doorbells", buffer_in_bar, 0x3000, BREAKS, ANY,
	  0 },
	{ "20 readable after writable", readable_last, 0, BREAKS, ANY, 0 },
	{ "23 2^32 bytes in a chain", table_sum, 0, USES, ANY,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
	{ "24 1,024 descriptors of a byte", table_of, CHAIN_MAX, USES, ANY,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
	{ "24 1,500 descriptors of a byte", table_of, TABLE_MAX, BREAKS, ANY,
	  BIT64(VIRTIO_F_INDIRECT_DESC) },
	{ "26 a buffer in its own ring", buffer_in_ring, 0, LIVES, ANY, 0 },
	{ "27 a descriptor rewritten meanwhile", rewritten, TURNS, LIVES, ANY,
	  0 },
	{ "44 3,000 kicks for nothing", kick_storm, TURNS, WORKS, ANY, 0 },
	{ "45 a full ring and no kick", never_kick, 0, LIVES, ANY, 0 },
	{ "46 random events", events_random, 300, WORKS, ANY,
	  BIT64(VIRTIO_F_EVENT_IDX) },
};

const struct inputs hostile_ring = INPUTS(ring);
