/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * probe.c - finds out when the guest listens on a TCP port
 *
 * The host accepts a connection to a forward before the guest knows of it, so
 * that does not show whether the guest listens.  Here the guest is sent a SYN
 * from the gateway's address, from which forwarded connections come, too.  If
 * it answers with SYN and ACK, it listens.  That is answered by a reset, so no
 * program in the guest sees a connection.  libslirp does not take part in this.
 *
 * While an answer is awaited the guest is asked ten times a second, and as soon
 * as its address is known; no more once all ports have answered.
 */
#include "devices/slirp/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "devices/firewall/tcp_frame.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/slirp.h"

#define PROBE_NS (NSEC_PER_SEC / 10)

enum {
	/* The port from which probes come.  The host does not give it away by
	 * itself, so no forwarded connection comes from it. */
	PROBE_PORT = 64999,
	/* Any number will do, as nobody else sees the connection. */
	PROBE_SEQ = 0x6d696e69,
	PROBE_WINDOW = 1024,
};

int slirp_await(struct netdev *dev, uint16_t port,
		void (*answered)(void *arg, size_t index), void *arg)
{
	struct slirp_net *net = (struct slirp_net *)(void *)dev;
	size_t n = net->probes.n;
	struct slirp_probe *probes =
		realloc(net->probes.list, (n + 1) * sizeof(*probes));

	if (!probes)
		return -ENOMEM;
	net->probes.list = probes;
	probes[n] = (struct slirp_probe){ 0 };
	slirp_forward_for(net, port, &probes[n].forward);
	net->probes.n++;
	net->probes.open++;
	net->probes.answered = answered;
	net->probes.arg = arg;
	return 0;
}

void slirp_probes_free(struct slirp_net *net)
{
	free(net->probes.list);
	net->probes = (struct slirp_probes){ .n = 0 };
}

static void probe(struct slirp_net *net, const struct forward *f,
		  const struct in_addr *guest4, const struct in6_addr *guest6)
{
	bool v4 = guest4->s_addr;
	/* The hardware address of libslirp's gateway. */
	uint8_t mac[6] = { 0x52, 0x55 }, out[TCP_FRAME_MAX];
	const struct tcp_frame frame = {
		.from_mac = mac,
		.to_mac = net->guest.mac,
		.from = v4 ? (const void *)&net->config->gateway :
			     (const void *)&net->config->gateway6,
		.to = v4 ? (const void *)guest4 : (const void *)guest6,
		.addr_len = v4 ? 4 : 16,
		.from_port = PROBE_PORT,
		.to_port = f->guest_port,
		.seq = PROBE_SEQ,
		.flags = TCP_SYN,
		.window = PROBE_WINDOW,
	};

	memcpy(mac + 2, &net->config->gateway, 4);
	count_add(&net->probes.sent, 1);
	slirp_stack_deliver(net, out, tcp_frame_write(&frame, out));
}

void slirp_probes_send(struct slirp_net *net)
{
	for (size_t i = 0; i < net->probes.n; i++) {
		struct slirp_probe *p = &net->probes.list[i];
		struct in_addr guest4;
		struct in6_addr guest6;

		if (p->answered || p->next_ns > net->now_ns)
			continue;
		p->next_ns = net->now_ns + PROBE_NS;
		if (slirp_forward_target(net, &p->forward, &guest4, &guest6))
			probe(net, &p->forward, &guest4, &guest6);
		else
			slirp_forward_ask(net, &p->forward);
	}
}

void slirp_probes_hurry(struct slirp_net *net)
{
	for (size_t i = 0; i < net->probes.n; i++)
		net->probes.list[i].next_ns = 0;
}

uint64_t slirp_probes_deadline(const struct slirp_net *net)
{
	uint64_t deadline = UINT64_MAX;

	for (size_t i = 0; i < net->probes.n; i++)
		if (!net->probes.list[i].answered)
			deadline = MIN(deadline, net->probes.list[i].next_ns);
	return deadline;
}

/* Whether @p is for the address and port from which probes come. */
static bool is_to_probe(const struct slirp_net *net, const struct packet *p)
{
	const uint8_t *to = p->addrs + p->addr_len;

	if (p->ethertype == ETHERTYPE_ARP || p->protocol != PROTOCOL_TCP ||
	    get_be16(p->payload + 2) != PROBE_PORT)
		return false;
	return p->addr_len == 4 ? memcmp(to, &net->config->gateway, 4) == 0 :
				  memcmp(to, &net->config->gateway6, 16) == 0;
}

static void note_answer(struct slirp_net *net, const struct packet *packet)
{
	for (size_t i = 0; i < net->probes.n; i++) {
		struct slirp_probe *p = &net->probes.list[i];

		if (p->answered ||
		    p->forward.guest_port != get_be16(packet->payload))
			continue;
		p->answered = true;
		net->probes.open--;
		net->probes.answered(net->probes.arg, i);
	}
}

bool slirp_probes_take(struct slirp_net *net, uint8_t *frame, size_t len)
{
	static const uint8_t both = TCP_SYN | TCP_ACK;
	uint8_t reset[TCP_FRAME_MAX];
	struct packet p;

	if (!net->probes.open || packet_parse(&p, frame, len) != PACKET_OK ||
	    !is_to_probe(net, &p))
		return false;
	if ((p.payload[13] & (both | TCP_RST)) != both ||
	    get_be32(p.payload + 8) != (uint32_t)PROBE_SEQ + 1)
		return true;
	slirp_stack_deliver(net, reset, reject_tcp(&p, reset));
	note_answer(net, &p);
	return true;
}
