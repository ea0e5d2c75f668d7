/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/guest_addr.h"

#include <string.h>

#include "base/util.h"
#include "devices/net/net_config.h"

/* After so long without use, an address is given up for a new one. */
#define FORGET_NS (10 * NSEC_PER_SEC)
/* How long the guest has to answer whether it still has its address. */
#define ANSWER_NS NSEC_PER_SEC

/* Offsets and values of a DHCP message: RFC 2131, RFC 2132. */
enum {
	PORT_DHCP_CLIENT = 68,
	DHCP_YIADDR = 16,
	DHCP_OPTIONS = 240,
	DHCP_MESSAGE_TYPE = 53,
	DHCP_ACK = 5,
	DHCP_PAD = 0,
	DHCP_END = 255,
};

static bool is_usable(const struct net_config *config, struct in_addr addr)
{
	uint32_t host = ~config->netmask.s_addr & addr.s_addr;

	return (addr.s_addr & config->netmask.s_addr) ==
		       config->subnet.s_addr &&
	       host != 0 && host != ~config->netmask.s_addr &&
	       addr.s_addr != config->gateway.s_addr &&
	       addr.s_addr != config->dns.s_addr;
}

/*
 * The guest may use another address now.  It is asked only once while an answer
 * is awaited, and of several other addresses the last one counts.  It is not
 * asked again each time it uses the same other address: a guest may use two
 * addresses all the time.
 */
static void doubt(struct guest_addr *guest, struct in_addr addr,
		  const uint8_t *mac, uint64_t now_ns)
{
	if (!guest->other4_ns) {
		if (guest->asked_ns && now_ns - guest->asked_ns < FORGET_NS &&
		    guest->other4.s_addr == addr.s_addr)
			return;
		guest->other4_ns = guest->asked_ns = now_ns;
		guest->ask = true;
	}
	guest->other4 = addr;
	memcpy(guest->other4_mac, mac, sizeof(guest->other4_mac));
}

static bool learn_v4(struct guest_addr *guest, const struct net_config *config,
		     const uint8_t *bytes, const uint8_t *mac, uint64_t now_ns)
{
	struct in_addr addr;
	bool changed;

	memcpy(&addr, bytes, sizeof(addr));
	if (!is_usable(config, addr))
		return false;
	changed = addr.s_addr != guest->v4.s_addr;
	if (changed && guest->v4.s_addr &&
	    now_ns - guest->seen4_ns < FORGET_NS) {
		doubt(guest, addr, mac, now_ns);
		return false;
	}
	if (changed)
		guest->other4_ns = 0;
	guest->v4 = addr;
	guest->seen4_ns = now_ns;
	memcpy(guest->mac, mac, sizeof(guest->mac));
	return changed;
}

/* An address of the network is better than a link-local one. */
static unsigned rank6(const struct net_config *config, const uint8_t *addr)
{
	if (memcmp(addr, &config->prefix6, 8) == 0)
		return memcmp(addr, &config->gateway6, 16) == 0 ||
				       memcmp(addr, &config->dns6, 16) == 0 ?
			       0 :
			       2;
	return addr[0] == 0xfe && addr[1] == 0x80 ? 1 : 0;
}

static bool learn_v6(struct guest_addr *guest, const struct net_config *config,
		     const uint8_t *addr, const uint8_t *mac, uint64_t now_ns)
{
	unsigned rank = rank6(config, addr);
	unsigned was = rank6(config, guest->v6.s6_addr);
	bool changed = memcmp(addr, &guest->v6, sizeof(guest->v6)) != 0;

	if (rank == 0 || rank < was)
		return false;
	if (changed && rank == was && now_ns - guest->seen6_ns < FORGET_NS) {
		memcpy(&guest->other6, addr, sizeof(guest->other6));
		memcpy(guest->other6_mac, mac, sizeof(guest->other6_mac));
		guest->other6_ns = now_ns;
		return false;
	}
	if (changed)
		guest->other6_ns = 0;
	memcpy(&guest->v6, addr, sizeof(guest->v6));
	guest->seen6_ns = now_ns;
	memcpy(guest->mac, mac, sizeof(guest->mac));
	return changed;
}

bool guest_addr_from(struct guest_addr *guest, const struct net_config *config,
		     const struct packet *packet, uint64_t now_ns)
{
	const uint8_t *mac = packet->frame + 6;

	switch (packet->ethertype) {
	case ETHERTYPE_ARP:
		return learn_v4(guest, config, packet->net + 14, mac, now_ns);
	case ETHERTYPE_IPV4:
		return learn_v4(guest, config, packet->addrs, mac, now_ns);
	default:
		return learn_v6(guest, config, packet->addrs, mac, now_ns);
	}
}

/* Whether the DHCP message of @len bytes confirms a lease. */
static bool is_ack(const uint8_t *message, size_t len)
{
	size_t at = DHCP_OPTIONS;

	while (at + 2 < len && message[at] != DHCP_END) {
		if (message[at] == DHCP_PAD) {
			at++;
			continue;
		}
		if (message[at] == DHCP_MESSAGE_TYPE)
			return message[at + 2] == DHCP_ACK;
		at += 2 + (size_t)message[at + 1];
	}
	return false;
}

void guest_addr_to(struct guest_addr *guest, const struct packet *packet)
{
	const uint8_t *message = packet->payload + UDP_HEADER;

	if (packet->ethertype != ETHERTYPE_IPV4 ||
	    packet->protocol != PROTOCOL_UDP ||
	    get_be16(packet->payload + 2) != PORT_DHCP_CLIENT ||
	    packet->payload_len < UDP_HEADER + DHCP_OPTIONS ||
	    !is_ack(message, packet->payload_len - UDP_HEADER))
		return;
	memcpy(&guest->leased, message + DHCP_YIADDR, sizeof(guest->leased));
	/* If the guest used another address until now, the lease may replace
	 * that at once. */
	if (guest->leased.s_addr != guest->v4.s_addr)
		guest->seen4_ns = 0;
}

bool guest_addr_doubts(struct guest_addr *guest)
{
	bool ask = guest->ask;

	guest->ask = false;
	return ask;
}

static bool settle_v4(struct guest_addr *guest, uint64_t now_ns)
{
	bool answered = guest->seen4_ns > guest->other4_ns;

	if (!guest->other4_ns || now_ns < guest->other4_ns + ANSWER_NS)
		return false;
	guest->other4_ns = 0;
	if (answered)
		return false;
	guest->v4 = guest->other4;
	guest->seen4_ns = now_ns;
	memcpy(guest->mac, guest->other4_mac, sizeof(guest->mac));
	return true;
}

static bool settle_v6(struct guest_addr *guest, uint64_t now_ns)
{
	if (!guest->other6_ns || now_ns < guest->seen6_ns + FORGET_NS)
		return false;
	guest->v6 = guest->other6;
	guest->seen6_ns = now_ns;
	guest->other6_ns = 0;
	memcpy(guest->mac, guest->other6_mac, sizeof(guest->mac));
	return true;
}

bool guest_addr_settle(struct guest_addr *guest, uint64_t now_ns)
{
	bool changed4 = settle_v4(guest, now_ns);

	return settle_v6(guest, now_ns) || changed4;
}

uint64_t guest_addr_deadline(const struct guest_addr *guest)
{
	uint64_t deadline = UINT64_MAX;

	if (guest->other4_ns)
		deadline = guest->other4_ns + ANSWER_NS;
	if (guest->other6_ns)
		deadline = MIN(deadline, guest->seen6_ns + FORGET_NS);
	return deadline;
}

void guest_addr_ask(uint8_t *frame, struct in_addr gateway, struct in_addr addr)
{
	static const uint8_t kind[] = { 8, 6, 0, 1, 8, 0, 6, 4, 0, 1 };
	/* libslirp's gateway has the hardware address 52:55 and then its IPv4
	 * address. */
	static const uint8_t prefix[] = { 0x52, 0x55 };

	memset(frame, 0, ETHER_MIN);
	memset(frame, 0xff, 6);
	memcpy(frame + 6, prefix, sizeof(prefix));
	memcpy(frame + 8, &gateway, 4);
	memcpy(frame + 12, kind, sizeof(kind));
	memcpy(frame + 22, frame + 6, 6);
	memcpy(frame + 28, &gateway, 4);
	memcpy(frame + 38, &addr, 4);
}
