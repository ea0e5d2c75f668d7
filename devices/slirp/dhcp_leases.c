/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/dhcp_leases.h"

#include <string.h>

enum {
	/* Offsets in a message, and its length without options: RFC 2131, 2. */
	AT_HLEN = 2,
	AT_CHADDR = 28,
	AT_OPTIONS = 240,
	MAC = 6,
	OPTION_PAD = 0,
	OPTION_TYPE = 53,
	OPTION_END = 255,
};

/* RFC 2132, 9.6.  A message without a type is from a BOOTP client, which wants
 * an address. */
enum { NO_TYPE = 0, DISCOVER = 1, REQUEST = 3, DECLINE = 4, RELEASE = 7 };

/* The hardware address in the DHCP message @p; NULL: it is no such message. */
static uint8_t *chaddr(const struct packet *p)
{
	uint8_t *message = p->payload + UDP_HEADER;

	return p->addr_len == 4 && p->payload_len >= UDP_HEADER + AT_OPTIONS &&
			       message[AT_HLEN] == MAC ?
		       message + AT_CHADDR :
		       NULL;
}

static unsigned type_of(const struct packet *p)
{
	const uint8_t *option = p->payload + UDP_HEADER + AT_OPTIONS;
	const uint8_t *end = p->payload + p->payload_len;

	while (end - option >= 3 && option[0] != OPTION_END) {
		if (option[0] == OPTION_TYPE)
			return option[2];
		option += option[0] == OPTION_PAD ? 1 : 2 + option[1];
	}
	return NO_TYPE;
}

static struct dhcp_lease *find(struct dhcp_leases *leases, const uint8_t *mac)
{
	for (unsigned i = 0; i < DHCP_LEASES; i++)
		if (leases->list[i].used &&
		    memcmp(leases->list[i].mac, mac, MAC) == 0)
			return &leases->list[i];
	return NULL;
}

/* A lease for a new address: one that libslirp has not given away yet, or else
 * one that was released.  NULL: there is none. */
static struct dhcp_lease *take(struct dhcp_leases *leases, const uint8_t *mac)
{
	struct dhcp_lease *lease = leases->list, *released = NULL;

	for (unsigned i = 0; i < DHCP_LEASES; i++, lease++) {
		if (!lease->used) {
			lease->used = true;
			memcpy(lease->known_as, mac, MAC);
			memcpy(lease->mac, mac, MAC);
			return lease;
		}
		if (!released && lease->released)
			released = lease;
	}
	if (released)
		memcpy(released->mac, mac, MAC);
	return released;
}

/* Replace the hardware address.  A packet without a checksum stays without. */
static void put(const struct packet *p, uint8_t *at, const uint8_t *mac)
{
	uint8_t none[2] = { 0 }, *check = p->payload + 6;

	for (unsigned i = 0; i < MAC; i += 2)
		packet_put(get_be16(check) ? check : none, at + i,
			   get_be16(mac + i));
}

void dhcp_leases_from(struct dhcp_leases *leases, const struct packet *packet)
{
	uint8_t *mac = chaddr(packet);
	struct dhcp_lease *lease = mac ? find(leases, mac) : NULL;

	if (!mac)
		return;
	switch (type_of(packet)) {
	case DECLINE:
	case RELEASE:
		if (lease)
			lease->released = true;
		return;
	case NO_TYPE:
	case DISCOVER:
	case REQUEST:
		break;
	default:
		return;
	}
	if (!lease)
		lease = take(leases, mac);
	if (!lease)
		return;
	lease->released = false;
	put(packet, mac, lease->known_as);
}

void dhcp_leases_to(const struct dhcp_leases *leases,
		    const struct packet *packet)
{
	uint8_t *mac = chaddr(packet);

	for (unsigned i = 0; mac && i < DHCP_LEASES; i++) {
		const struct dhcp_lease *lease = &leases->list[i];

		if (!lease->used || memcmp(lease->known_as, mac, MAC) != 0)
			continue;
		put(packet, mac, lease->mac);
		return;
	}
}
