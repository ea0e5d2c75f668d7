/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/firewall/defrag.h"

#include <string.h>

#include "base/count.h"
#include "devices/firewall/checksum.h"

static void give_up(struct reassembly *r, struct reassembly_slot *slot)
{
	slot->used = false;
	count_add(&r->dropped, 1);
}

static void fragment_key(const struct packet *p, uint8_t key[11])
{
	memcpy(key, p->addrs, 8);
	memcpy(key + 8, p->net + 4, 2);
	key[10] = p->protocol;
}

static struct reassembly_slot *find(struct reassembly *r, const uint8_t *key)
{
	for (unsigned i = 0; i < REASSEMBLY_SLOTS; i++) {
		struct reassembly_slot *slot = &r->slots[i];

		if (slot->used &&
		    memcmp(slot->key, key, sizeof(slot->key)) == 0)
			return slot;
	}
	return NULL;
}

/* A free slot, or else the oldest. */
static struct reassembly_slot *take(struct reassembly *r)
{
	struct reassembly_slot *oldest = r->slots;

	for (unsigned i = 0; i < REASSEMBLY_SLOTS; i++) {
		if (!r->slots[i].used)
			return &r->slots[i];
		if (r->slots[i].since_ns < oldest->since_ns)
			oldest = &r->slots[i];
	}
	give_up(r, oldest);
	return oldest;
}

static struct reassembly_slot *begin(struct reassembly *r, const uint8_t *key,
				     uint64_t now_ns)
{
	struct reassembly_slot *slot = take(r);

	slot->used = true;
	memcpy(slot->key, key, sizeof(slot->key));
	slot->since_ns = now_ns;
	slot->received = slot->end = slot->total = 0;
	memset(slot->units, 0, sizeof(slot->units));
	return slot;
}

/* Marks units as received; false if one already was. */
static bool mark(struct reassembly_slot *slot, size_t unit, size_t end)
{
	for (; unit < end; unit++) {
		uint64_t bit = BIT64(unit % 64);

		if (slot->units[unit / 64] & bit)
			return false;
		slot->units[unit / 64] |= bit;
	}
	return true;
}

/* False when the fragment contradicts what came before. */
static bool add_payload(struct reassembly_slot *slot, const struct packet *p)
{
	uint16_t word = get_be16(p->net + 6);
	size_t offset = (size_t)(word & IPV4_OFFSET) * 8;
	size_t end = offset + p->payload_len;

	if (p->payload_len == 0 || end > REASSEMBLY_PAYLOAD)
		return false;
	if (word & IPV4_MORE) {
		if (p->payload_len % 8)
			return false;
	} else {
		if (slot->total)
			return false;
		slot->total = (uint32_t)end;
	}
	if (!mark(slot, offset / 8, (end + 7) / 8))
		return false;
	memcpy(slot->frame + ETHER_HEADER + IPV4_HEADER + offset, p->payload,
	       p->payload_len);
	/* Its headers become the datagram's. */
	if (offset == 0)
		memcpy(slot->frame, p->frame, ETHER_HEADER + IPV4_HEADER);
	slot->received += (uint32_t)p->payload_len;
	slot->end = (uint32_t)MAX(slot->end, end);
	return !slot->total || slot->end <= slot->total;
}

static void write_header(struct reassembly_slot *slot)
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

uint8_t *reassembly_add(struct reassembly *reassembly,
			const struct packet *fragment, uint64_t now_ns,
			size_t *len)
{
	struct reassembly_slot *slot;
	uint8_t key[11];

	fragment_key(fragment, key);
	slot = find(reassembly, key);
	if (slot && now_ns - slot->since_ns > REASSEMBLY_TIME_NS) {
		give_up(reassembly, slot);
		slot = NULL;
	}
	if (!slot)
		slot = begin(reassembly, key, now_ns);
	if (!add_payload(slot, fragment)) {
		give_up(reassembly, slot);
		return NULL;
	}
	if (!slot->total || slot->received < slot->total)
		return NULL;
	write_header(slot);
	slot->used = false;
	count_add(&reassembly->completed, 1);
	*len = ETHER_HEADER + IPV4_HEADER + slot->total;
	return slot->frame;
}

void reassembly_reset(struct reassembly *reassembly)
{
	for (unsigned i = 0; i < REASSEMBLY_SLOTS; i++)
		reassembly->slots[i].used = false;
}
