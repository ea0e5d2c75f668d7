/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp.c - UDP and ping go past libslirp (udp_nat.h)
 */
#include "devices/slirp/udp.h"

#include "base/count.h"
#include "devices/firewall/tcp_frame.h"
#include "devices/slirp/internal.h"

static void deliver(void *arg, const void *frame, size_t len)
{
	slirp_stack_cut(arg, frame, len);
}

static bool is_full(void *arg)
{
	const struct slirp_net *net = arg;

	return backlog_is_high(&net->delivery.backlog);
}

static bool is_answer(void *arg, const struct packet *packet)
{
	struct slirp_net *net = arg;

	return udp_nat_is_answer(&net->udp, packet);
}

int slirp_udp_open(struct slirp_net *net)
{
	net->udp.config = net->config;
	net->udp.deliver = deliver;
	net->udp.is_full = is_full;
	net->udp.arg = net;
	net->firewall.policy.is_answer = is_answer;
	net->firewall.policy.answer_arg = net;
	return udp_nat_open(&net->udp);
}

/* Whether @p has the address family that this network does not have.  libslirp
 * ignores such packets. */
static bool is_foreign(const struct slirp_net *net, const struct packet *p)
{
	return p->addr_len == 16 && !net->config->ipv6;
}

/* For TCP, libslirp finds the name server: the first one in the file that has
 * the guest's address family.  If there is none, libslirp would connect to the
 * address itself, outside of the network. */
bool slirp_udp_lacks_resolver(struct slirp_net *net,
			      const struct packet *packet)
{
	struct resolvers *resolvers = &net->udp.resolvers;

	if (!policy_is_resolver(&net->firewall.policy, packet))
		return false;
	resolvers_refresh(resolvers, net->now_ns);
	if (resolvers_have(resolvers,
			   packet->addr_len == 4 ? AF_INET : AF_INET6))
		return false;
	slirp_reject(net, packet);
	return true;
}

bool slirp_udp_take(struct slirp_net *net, const struct packet *packet)
{
	const struct packet *p = packet;

	if (p->ethertype == ETHERTYPE_ARP || is_foreign(net, p) ||
	    policy_is_local(&net->firewall.policy, p))
		return false;
	udp_nat_send(&net->udp, p, net->now_ns);
	return true;
}

void slirp_udp_receive(struct slirp_net *net)
{
	if (slirp_watch_came(net, net->udp.fd))
		udp_nat_receive(&net->udp, net->now_ns);
}

/* No error is sent about a packet for several hosts: RFC 1122, 3.2.2. */
void slirp_reject(struct slirp_net *net, const struct packet *packet)
{
	uint8_t frame[TCP_FRAME_MAX];

	if (packet->protocol == PROTOCOL_TCP)
		slirp_stack_deliver(net, frame, reject_tcp(packet, frame));
	else if (!is_foreign(net, packet) &&
		 !policy_is_group(&net->firewall.policy, packet))
		udp_nat_refuse(&net->udp, packet, ICMP_PROHIBITED);
}
