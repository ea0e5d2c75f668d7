/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/firewall/defrag.h"

#include <string.h>

#include "base/count.h"
#include "devices/firewall/checksum.h"

static void give_up(struct defrag *r, struct defrag_slot *slot)
{
	slot->used = false;
	count_add(&r->dropped, 1);
}

/* What the headers of a fragment say. */
struct fragment {
	uint8_t key[DEFRAG_KEY];
	/* The length of the IP header that the datagram gets. */
	size_t header;
	/* Where the fragment belongs in the datagram's payload, and how long
	 * that payload may be. */
	size_t offset, max;
	const uint8_t *data;
	size_t len;
	bool more;
	/* The protocol of the payload, if this is its first fragment. */
	uint8_t protocol;
};

/* RFC 791, 3.1. */
static struct fragment read4(const struct packet *p)
{
	uint16_t word = get_be16(p->net + 6);
	struct fragment f = { .header = IPV4_HEADER,
			      .offset = (size_t)(word & IPV4_OFFSET) * 8,
			      .max = DEFRAG_PAYLOAD,
			      .data = p->payload,
			      .len = p->payload_len,
			      .more = word & IPV4_MORE,
			      .protocol = p->protocol };

	memcpy(f.key + 1, p->addrs, 8);
	memcpy(f.key + 33, p->net + 4, 2);
	f.key[0] = p->protocol;
	return f;
}

/* RFC 8200, 4.5.  The protocol is not part of the key: only that of the first
 * fragment counts, and others may have another. */
static struct fragment read6(const struct packet *p)
{
	uint16_t word = get_be16(p->payload + 2);
	struct fragment f = { .header = IPV6_HEADER,
			      .offset = word & IPV6_OFFSET,
			      .max = UINT16_MAX,
			      .data = p->payload + FRAGMENT_HEADER,
			      .len = p->payload_len - FRAGMENT_HEADER,
			      .more = word & IPV6_MORE,
			      .protocol = p->payload[0] };

	memcpy(f.key + 1, p->addrs, 32);
	memcpy(f.key + 33, p->payload + 4, 4);
	f.key[0] = PROTOCOL_FRAGMENT;
	return f;
}

static struct defrag_slot *find(struct defrag *r, const uint8_t *key)
{
	for (unsigned i = 0; i < DEFRAG_SLOTS; i++) {
		struct defrag_slot *slot = &r->slots[i];

		if (slot->used &&
		    memcmp(slot->key, key, sizeof(slot->key)) == 0)
			return slot;
	}
	return NULL;
}

/* A free slot, or else the oldest. */
static struct defrag_slot *take(struct defrag *r)
{
	struct defrag_slot *oldest = r->slots;

	for (unsigned i = 0; i < DEFRAG_SLOTS; i++) {
		if (!r->slots[i].used)
			return &r->slots[i];
		if (r->slots[i].since_ns < oldest->since_ns)
			oldest = &r->slots[i];
	}
	give_up(r, oldest);
	return oldest;
}

static struct defrag_slot *begin(struct defrag *r, const uint8_t *key,
				 uint64_t now_ns)
{
	struct defrag_slot *slot = take(r);

	slot->used = true;
	memcpy(slot->key, key, sizeof(slot->key));
	slot->since_ns = now_ns;
	slot->received = slot->end = slot->total = 0;
	memset(slot->units, 0, sizeof(slot->units));
	return slot;
}

/* Marks units as received; false if one already was. */
static bool mark(struct defrag_slot *slot, size_t unit, size_t end)
{
	for (; unit < end; unit++) {
		uint64_t bit = BIT64(unit % 64);

		if (slot->units[unit / 64] & bit)
			return false;
		slot->units[unit / 64] |= bit;
	}
	return true;
}

/* Add the payload of @f, which came in @p.  False if it contradicts earlier
 * fragments. */
static bool add_payload(struct defrag_slot *slot, const struct fragment *f,
			const struct packet *p)
{
	size_t end = f->offset + f->len;

	if (f->len == 0 || end > f->max)
		return false;
	if (f->more) {
		if (f->len % 8)
			return false;
	} else {
		if (slot->total)
			return false;
		slot->total = (uint32_t)end;
	}
	if (!mark(slot, f->offset / 8, (end + 7) / 8))
		return false;
	memcpy(slot->frame + ETHER_HEADER + f->header + f->offset, f->data,
	       f->len);
	/* The headers of the first fragment become the datagram's. */
	if (f->offset == 0) {
		memcpy(slot->frame, p->frame, ETHER_HEADER + f->header);
		slot->protocol = f->protocol;
	}
	slot->received += (uint32_t)f->len;
	slot->end = (uint32_t)MAX(slot->end, end);
	return !slot->total || slot->end <= slot->total;
}

static void write_header4(struct defrag_slot *slot)
{
	uint8_t *header = slot->frame + ETHER_HEADER;
	uint16_t sum;

	header[0] = 0x45;
	put_be16(header + 2, (uint16_t)(IPV4_HEADER + slot->total));
	memset(header + 6, 0, 2);
	memset(header + 10, 0, 2);
	sum = checksum(header, IPV4_HEADER);
	memcpy(header + 10, &sum, sizeof(sum));
}

static void write_header6(struct defrag_slot *slot)
{
	uint8_t *header = slot->frame + ETHER_HEADER;

	put_be16(header + 4, (uint16_t)slot->total);
	header[6] = slot->protocol;
}

/* The slot of @f's datagram, which may be a new one.  A fragment that is the
 * whole datagram is not combined with others (RFC 6946). */
static struct defrag_slot *slot_of(struct defrag *r, const struct fragment *f,
				   uint64_t now_ns)
{
	struct defrag_slot *slot = NULL;

	if (f->offset || f->more)
		slot = find(r, f->key);
	if (slot && now_ns - slot->since_ns > DEFRAG_TIME_NS) {
		give_up(r, slot);
		slot = NULL;
	}
	return slot ? slot : begin(r, f->key, now_ns);
}

uint8_t *defrag_add(struct defrag *defrag, const struct packet *fragment,
		    uint64_t now_ns, size_t *len)
{
	bool v4 = fragment->addr_len == 4;
	struct fragment f = v4 ? read4(fragment) : read6(fragment);
	struct defrag_slot *slot = slot_of(defrag, &f, now_ns);

	if (!add_payload(slot, &f, fragment)) {
		give_up(defrag, slot);
		return NULL;
	}
	if (!slot->total || slot->received < slot->total)
		return NULL;
	if (v4)
		write_header4(slot);
	else
		write_header6(slot);
	slot->used = false;
	count_add(&defrag->completed, 1);
	*len = ETHER_HEADER + f.header + slot->total;
	return slot->frame;
}

void defrag_reset(struct defrag *defrag)
{
	for (unsigned i = 0; i < DEFRAG_SLOTS; i++)
		defrag->slots[i].used = false;
}
