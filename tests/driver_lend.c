/* SPDX-License-Identifier: BSD-2-Clause */
/* Building buffers: the part of the model driver that writes descriptors. */
#include "tests/driver.h"

static uint16_t take_free(struct driver *d)
{
	uint16_t *first = &d->free[d->free_head];
	uint16_t *any = first, id;

	/* IN_ORDER drivers use descriptors in ring order. */
	if (!d->cfg.in_order)
		any = &d->free[(d->free_head + driver_random(d) % d->n_free) %
			       d->cfg.size];
	id = *any;
	*any = *first;
	d->free_head = (uint16_t)((d->free_head + 1) % d->cfg.size);
	d->n_free--;
	return id;
}

static uint16_t seg_flags(const struct driver_seg *seg)
{
	return seg->write ? DESC_WRITE : 0;
}

static void fill_table_split(struct driver_desc *table,
			     const struct driver_seg *seg, unsigned n)
{
	for (unsigned k = 0, at = 0; k < n; k++) {
		/* The head comes first, the others backwards. */
		unsigned next = n - 1 - k;
		uint16_t more = k + 1 < n ? DESC_NEXT : 0;

		table[at].addr = seg[k].addr;
		table[at].len = seg[k].len;
		table[at].split.flags = seg_flags(&seg[k]) | more;
		table[at].split.next = (uint16_t)(more ? next : DRIVER_POISON);
		at = next;
	}
}

static void fill_table_packed(struct driver_desc *table,
			      const struct driver_seg *seg, unsigned n)
{
	for (unsigned k = 0; k < n; k++) {
		table[k].addr = seg[k].addr;
		table[k].len = seg[k].len;
		table[k].packed.id = DRIVER_POISON;
		table[k].packed.flags = seg_flags(&seg[k]);
	}
}

/* Descriptors of the ring itself that come before an indirect table. */
static unsigned n_direct(const struct driver *d, unsigned n)
{
	switch (d->chain) {
	case DRIVER_DIRECT:
		return n;
	case DRIVER_MIXED:
		return d->cfg.packed ? 0 : n / 2;
	default:
		return 0;
	}
}

/* The descriptor for the table of @n segments from @seg on. */
static struct driver_seg table_seg(struct driver *d, uint16_t id,
				   const struct driver_seg *seg, unsigned n)
{
	struct driver_desc *table = driver_table(d, id);

	if (d->cfg.packed)
		fill_table_packed(table, seg, n);
	else
		fill_table_split(table, seg, n);
	return (struct driver_seg){
		.addr = (uint64_t)((uint8_t *)table - d->ram),
		.len = (uint32_t)(n * sizeof(*table)),
		/* Means nothing there. */
		.write = driver_random(d) & 1,
	};
}

static uint16_t lend_split(struct driver *d, const struct driver_seg *seg,
			   unsigned n, unsigned direct, unsigned slots)
{
	uint16_t head = take_free(d), i = head;
	uint32_t *old = driver_used_entry(d, d->made);

	for (unsigned k = 0; k < slots; k++) {
		struct driver_desc *desc = driver_desc(d, i);
		bool table = k == direct, more = k + 1 < slots;
		struct driver_seg s =
			table ? table_seg(d, head, seg + k, n - k) : seg[k];

		desc->addr = s.addr;
		desc->len = s.len;
		desc->split.flags =
			(uint16_t)(seg_flags(&s) | (table ? DESC_INDIRECT : 0) |
				   (more ? DESC_NEXT : 0));
		d->next[i] = more ? take_free(d) : DRIVER_POISON;
		desc->split.next = d->next[i];
		i = d->next[i];
	}
	old[0] = old[1] = 0xdeadbeef;
	driver_avail(d)[2 + d->made % d->cfg.size] = head;
	d->made++;
	return head;
}

static uint16_t lend_packed(struct driver *d, const struct driver_seg *seg,
			    unsigned n, unsigned direct, unsigned slots)
{
	uint16_t id = take_free(d);

	for (unsigned k = 0; k < slots; k++, d->made++) {
		struct driver_desc *desc = driver_slot(d, d->made);
		bool table = k == direct, last = k + 1 == slots;
		struct driver_seg s = table ? table_seg(d, id, seg, n) : seg[k];
		uint16_t flags =
			(uint16_t)(seg_flags(&s) | (table ? DESC_INDIRECT : 0) |
				   (last ? 0 : DESC_NEXT) |
				   (driver_wrap(d, d->made) ? DESC_AVAIL :
							      DESC_USED));

		desc->addr = s.addr;
		desc->len = s.len;
		desc->packed.id = last ? id ^ d->id_mask : DRIVER_POISON;
		if (d->made == d->published)
			d->held = flags;
		else
			__atomic_store_n(&desc->packed.flags, flags,
					 __ATOMIC_RELAXED);
	}
	return id;
}

/* Ring slots (packed) or descriptors (split) left. */
static uint64_t room(const struct driver *d)
{
	return d->cfg.packed ? d->used + d->cfg.size - d->made : d->n_free;
}

bool driver_lend(struct driver *d, const struct driver_seg *seg, unsigned n,
		 uint64_t cookie)
{
	unsigned direct = n_direct(d, n);
	unsigned slots = direct + (direct < n);
	struct driver_loan *loan;
	uint16_t id;

	if (n > DRIVER_CHAIN_MAX)
		driver_die(d, "chain too long for the model");
	if (room(d) < slots)
		return false;
	id = d->cfg.packed ? lend_packed(d, seg, n, direct, slots) :
			     lend_split(d, seg, n, direct, slots);
	loan = &d->loan[id];
	if (loan->lent)
		driver_die(d, "lent twice");
	*loan = (struct driver_loan){ .cookie = cookie,
				      .slots = (uint16_t)slots,
				      .lent = true };
	for (unsigned k = 0; k < n; k++)
		loan->in_len += seg[k].write ? seg[k].len : 0;
	d->fifo[d->fifo_in++ % d->cfg.size] = id;
	return true;
}

bool driver_lend_at(struct driver *d, uint64_t addr, uint32_t len, bool write,
		    unsigned pieces, uint64_t cookie)
{
	struct driver_seg seg[DRIVER_CHAIN_MAX];
	uint32_t each = len / pieces;

	for (unsigned k = 0; k < pieces; k++)
		seg[k] = (struct driver_seg){
			.addr = addr + k * each,
			.len = k + 1 < pieces ? each : len - k * each,
			.write = write,
		};
	return driver_lend(d, seg, pieces, cookie);
}
