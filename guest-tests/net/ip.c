/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest-tests/net/ip.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/string.h"
#include "guest-tests/net/tcp.h"

enum {
	ARP_HARDWARE_ETHER = 1,
	RESOLVE_TRIES = 10,
	RESOLVE_MS = 500,
};

struct arp_frame {
	struct ether ether;
	struct arp arp;
	uint8_t pad[ETHER_MIN - sizeof(struct ether) - sizeof(struct arp)];
} __attribute__((packed));

struct ip_stats ip_stats;
void (*udp_taker)(const struct ip_peer *from, const void *data, size_t len);

/* The last address that ARP told of. */
static struct ip_peer resolved;

static bool arp_send(uint16_t operation, const uint8_t to[6], uint32_t addr)
{
	static const uint8_t broadcast[6] = { 255, 255, 255, 255, 255, 255 };
	struct arp_frame f = {
		.ether.type = be16(ETHER_ARP),
		.arp = { .hardware = be16(ARP_HARDWARE_ETHER),
			 .protocol = be16(ETHER_IPV4),
			 .hardware_len = 6,
			 .protocol_len = 4,
			 .operation = be16(operation),
			 .from_addr = IP_SELF,
			 .to_addr = addr },
	};

	memcpy(f.ether.to, to ? to : broadcast, 6);
	memcpy(f.ether.from, nic.mac, 6);
	memcpy(f.arp.from, nic.mac, 6);
	if (to)
		memcpy(f.arp.to, to, 6);
	return nic_send(&(struct nic_out){ .head = &f, .head_len = sizeof(f) });
}

static void arp_input(const uint8_t *data, size_t len)
{
	const struct arp_frame *f = (const void *)data;

	if (len < sizeof(f->ether) + sizeof(f->arp))
		return;
	memcpy(resolved.mac, f->arp.from, 6);
	resolved.addr = f->arp.from_addr;
	if (f->arp.operation == be16(ARP_REQUEST) && f->arp.to_addr == IP_SELF)
		arp_send(ARP_REPLY, f->arp.from, f->arp.from_addr);
}

void ip_head(uint8_t head[IP_HEAD], const struct ip_peer *to, uint8_t protocol,
	     size_t len)
{
	struct ether *ether = (void *)head;
	struct ipv4 *ip = (void *)(head + sizeof(*ether));

	memcpy(ether->to, to->mac, 6);
	memcpy(ether->from, nic.mac, 6);
	ether->type = be16(ETHER_IPV4);
	*ip = (struct ipv4){
		.version_len = 0x45,
		.len = be16(sizeof(*ip) + len),
		.fragment = be16(IPV4_DONT_FRAGMENT),
		.ttl = 64,
		.protocol = protocol,
		.from = IP_SELF,
		.to = to->addr,
	};
	ip->checksum = ~checksum_fold(checksum_add(0, ip, sizeof(*ip)));
}

/* Whether the sum over an ICMP, TCP or UDP packet is right. */
static bool is_sound(const struct nic_frame *f, const struct ipv4 *ip,
		     const void *data, size_t len)
{
	uint64_t sum = 0;

	if (f->valid)
		return true;
	if (ip->protocol != IPV4_ICMP)
		sum = checksum_pseudo(ip->from, ip->to, ip->protocol, len);
	return checksum_fold(checksum_add(sum, data, len)) == 0xffff;
}

static void icmp_input(const struct ip_peer *from, const uint8_t *data,
		       size_t len)
{
	uint8_t reply[NIC_HEAD_MAX];
	struct icmp *icmp = (void *)(reply + IP_HEAD);

	if (len < sizeof(*icmp) || len > sizeof(reply) - IP_HEAD ||
	    data[0] != ICMP_ECHO)
		return;
	ip_head(reply, from, IPV4_ICMP, len);
	memcpy(icmp, data, len);
	icmp->type = ICMP_ECHO_REPLY;
	icmp->checksum = 0;
	icmp->checksum = ~checksum_fold(checksum_add(0, icmp, len));
	nic_send(&(struct nic_out){ .head = reply, .head_len = IP_HEAD + len });
}

static bool udp_output(const struct ip_peer *to, uint16_t port,
		       const void *data, size_t len)
{
	struct {
		uint8_t ip[IP_HEAD];
		struct udp udp;
	} __attribute__((packed)) head;
	size_t all = sizeof(head.udp) + len;
	uint64_t sum = checksum_pseudo(IP_SELF, to->addr, IPV4_UDP, all);
	struct nic_out out = { .head = &head,
			       .head_len = sizeof(head),
			       .body = data,
			       .body_len = len };

	ip_head(head.ip, to, IPV4_UDP, all);
	head.udp =
		(struct udp){ .from = port, .to = to->port, .len = be16(all) };
	if (nic.checksum) {
		head.udp.checksum = checksum_fold(sum);
		out.checksum = IP_HEAD;
		out.checksum_at = offsetof(struct udp, checksum);
	} else {
		sum = checksum_add(sum, &head.udp, sizeof(head.udp));
		sum = checksum_add(sum, data, len);
		head.udp.checksum = ~checksum_fold(sum);
	}
	return nic_send(&out);
}

bool udp_send(const struct ip_peer *to, uint16_t port, const void *data,
	      size_t len)
{
	return udp_output(to, port, data, len);
}

static void udp_input(struct ip_peer *from, const uint8_t *data, size_t len)
{
	const struct udp *udp = (const void *)data;

	if (len < sizeof(*udp) || be16(udp->len) > len ||
	    be16(udp->len) < sizeof(*udp))
		return;
	len = be16(udp->len) - sizeof(*udp);
	from->port = udp->from;
	if (udp->to == be16(UDP_ECHO_PORT) && len <= UDP_ECHO_MAX)
		ip_stats.echoes += udp_output(from, udp->to, udp + 1, len);
	else if (udp_taker)
		udp_taker(from, udp + 1, len);
}

static void ipv4_input(const struct nic_frame *f)
{
	const struct ether *ether = (const void *)f->data;
	const struct ipv4 *ip = (const void *)(ether + 1);
	const uint8_t *data = (const uint8_t *)(ip + 1);
	struct ip_peer from = { .addr = ip->from };
	size_t len;

	if (f->len < IP_HEAD || ip->version_len != 0x45 || ip->to != IP_SELF ||
	    be16(ip->len) < sizeof(*ip) ||
	    be16(ip->len) > f->len - sizeof(*ether)) {
		ip_stats.ignored++;
		return;
	}
	len = be16(ip->len) - sizeof(*ip);
	if (!is_sound(f, ip, data, len)) {
		ip_stats.bad_checksum++;
		return;
	}
	memcpy(from.mac, ether->from, 6);
	if (ip->protocol == IPV4_TCP)
		tcp_input(&from, data, len);
	else if (ip->protocol == IPV4_UDP)
		udp_input(&from, data, len);
	else if (ip->protocol == IPV4_ICMP)
		icmp_input(&from, data, len);
}

void ip_input(const struct nic_frame *frame)
{
	const struct ether *ether = (const void *)frame->data;

	if (frame->len < sizeof(*ether))
		return;
	if (ether->type == be16(ETHER_ARP))
		arp_input(frame->data, frame->len);
	else if (ether->type == be16(ETHER_IPV4))
		ipv4_input(frame);
	else
		ip_stats.ignored++;
}

bool ip_resolve(struct ip_peer *peer)
{
	struct nic_frame f;

	for (unsigned i = 0; i < RESOLVE_TRIES; i++) {
		uint64_t end = clock_after(RESOLVE_MS);

		arp_send(ARP_REQUEST, NULL, peer->addr);
		while (clock_tsc() < end) {
			unsigned any = irq_any;

			while (nic_receive(&f))
				ip_input(&f);
			nic_flush();
			if (resolved.addr == peer->addr) {
				memcpy(peer->mac, resolved.mac, 6);
				return true;
			}
			nic_sleep(any, false);
		}
	}
	return false;
}
