/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/slirp_rig.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "devices/net/reject.h"
#include "devices/net/segment.h"
#include "tests/fuzz/check.h"
#include "vmm/util.h"

const uint8_t rig_guest4[4] = { 10, 0, 2, 15 };
const uint8_t rig_gateway4[4] = { 10, 0, 2, 2 };
const uint8_t rig_guest6[16] = { 0xfe, 0xc0, [15] = 15 };
const uint8_t rig_gateway6[16] = { 0xfe, 0xc0, [15] = 2 };

/* ---- libslirp's callbacks. ---- */

static ssize_t send_packet(const void *buf, size_t len, void *opaque)
{
	struct slirp_rig *rig = opaque;
	struct packet p;

	if (packet_parse(&p, (uint8_t *)(uintptr_t)buf, len) != PACKET_OK ||
	    p.ethertype == ETHERTYPE_ARP)
		return (ssize_t)len;
	if (p.protocol != PROTOCOL_TCP)
		return (ssize_t)len;
	tcp_order_to(&rig->sanitizer.order, &p);
	if (get_be16(p.payload) == RIG_PORT) {
		bool v6 = p.addr_len == 16;

		rig->expected[v6] =
			get_be32(p.payload + 4) +
			(uint32_t)(p.payload_len - packet_tcp_header(&p)) +
			!!(p.payload[13] & (TCP_SYN | TCP_FIN));
		rig->next[v6] = get_be32(p.payload + 8);
	}
	return (ssize_t)len;
}

static void ignore_text(const char *msg, void *opaque)
{
	(void)msg;
	(void)opaque;
}

static int64_t clock_get_ns(void *opaque)
{
	return (int64_t)((struct slirp_rig *)opaque)->now_ns;
}

static void *timer_new(SlirpTimerId id, void *cb_opaque, void *opaque)
{
	(void)id;
	(void)cb_opaque;
	return opaque;
}

static void timer_free(void *timer, void *opaque)
{
	(void)timer;
	(void)opaque;
}

static void timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
	(void)timer;
	(void)expire_ms;
	(void)opaque;
}

static void ignore_fd(int fd, void *opaque)
{
	(void)fd;
	(void)opaque;
}

static void ignore(void *opaque)
{
	(void)opaque;
}

static const SlirpCb callbacks = {
	.send_packet = send_packet,
	.guest_error = ignore_text,
	.clock_get_ns = clock_get_ns,
	.timer_new_opaque = timer_new,
	.timer_free = timer_free,
	.timer_mod = timer_mod,
	.register_poll_fd = ignore_fd,
	.unregister_poll_fd = ignore_fd,
	.notify = ignore,
};

static int add_poll(int fd, int events, void *opaque)
{
	struct slirp_rig *rig = opaque;

	if (rig->n_pfds == RIG_PFDS)
		return -1;
	rig->pfds[rig->n_pfds] = (struct pollfd){
		.fd = fd,
		.events = (short)((events & SLIRP_POLL_IN ? POLLIN : 0) |
				  (events & SLIRP_POLL_OUT ? POLLOUT : 0)),
	};
	return rig->n_pfds++;
}

static int get_revents(int i, void *opaque)
{
	struct slirp_rig *rig = opaque;
	short revents = i < 0 ? 0 : rig->pfds[i].revents;

	return (revents & POLLIN ? SLIRP_POLL_IN : 0) |
	       (revents & POLLOUT ? SLIRP_POLL_OUT : 0) |
	       (revents & POLLERR ? SLIRP_POLL_ERR : 0) |
	       (revents & POLLHUP ? SLIRP_POLL_HUP : 0);
}

void rig_turn(struct slirp_rig *rig)
{
	uint32_t timeout = 0;

	rig->n_pfds = 0;
	slirp_pollfds_fill(rig->slirp, &timeout, add_poll, rig);
	poll(rig->pfds, (nfds_t)rig->n_pfds, 0);
	slirp_pollfds_poll(rig->slirp, 0, get_revents, rig);
}

/* ---- The sanitizer. ---- */

/* What brings libslirp down is not in what it sees. */
static void check_clean(const struct packet *p)
{
	if (p->ethertype == ETHERTYPE_IPV4)
		check(!(get_be16(p->net + 6) & (IPV4_OFFSET | IPV4_MORE)));
	if (p->ethertype != ETHERTYPE_ARP && p->protocol == PROTOCOL_TCP)
		check(!(p->payload[13] & TCP_URG) &&
		      !get_be16(p->payload + 18));
	check(p->len <= ETHER_MAX);
}

/* Nor does a connection begin that the user forbids. */
static void check_allowed(const struct policy *policy, const struct packet *p)
{
	bool to_gateway =
		p->addr_len == 4 && !memcmp(p->addrs + 4, rig_gateway4, 4);

	if (p->ethertype == ETHERTYPE_ARP || p->protocol != PROTOCOL_TCP ||
	    (p->payload[13] & (TCP_SYN | TCP_ACK)) != TCP_SYN)
		return;
	check(policy->host || !to_gateway || policy->n_services);
	check(!policy->restricted || (to_gateway && policy->n_services &&
				      get_be16(p->payload + 2) == RIG_PORT));
}

static void pass(struct slirp_rig *rig, const struct packet *p)
{
	static uint8_t out[ETHER_HEADER + RIG_MTU];
	size_t len;

	check_clean(p);
	check_allowed(&rig->sanitizer.policy, p);
	/* The rest of UDP goes past libslirp. */
	if (p->ethertype != ETHERTYPE_ARP && p->protocol != PROTOCOL_TCP &&
	    !policy_is_local(&rig->sanitizer.policy, p))
		return;
	if (p->ethertype != ETHERTYPE_IPV6 || p->protocol != PROTOCOL_TCP ||
	    p->len <= sizeof(out)) {
		slirp_input(rig->slirp, p->frame, (int)p->len);
		return;
	}
	for (size_t n = 0; (len = segment_tcp6(p, RIG_MTU, n, out)); n++)
		slirp_input(rig->slirp, out, (int)len);
}

void rig_input(struct slirp_rig *rig, const uint8_t *frame, size_t len)
{
	/* As large as the frame, so that reading past its end is seen. */
	uint8_t *copy = malloc(MAX(len, (size_t)ETHER_MIN));
	uint8_t answer[REJECT_MAX];
	struct packet p;

	memcpy(copy, frame, len);
	switch (sanitizer_judge(&rig->sanitizer, &p, copy, len, rig->now_ns)) {
	case SANITIZER_PASS:
		pass(rig, &p);
		break;
	case SANITIZER_REJECT:
		reject_tcp(&p, answer);
		break;
	case SANITIZER_DROP:
		break;
	}
	free(copy);
}

/* ---- The stack. ---- */

/* If libslirp has no connection but established ones. */
static bool is_established(void *arg, uint16_t port, uint16_t peer_port)
{
	struct slirp_rig *rig = arg;
	char *info = slirp_connection_info(rig->slirp);
	bool all = strstr(info, "TCP[ESTABLISHED]");

	(void)port;
	(void)peer_port;
	for (char *at = info; (at = strstr(at, "TCP[")); at++)
		all &= strncmp(at, "TCP[ESTABLISHED]", 16) == 0;
	free(info);
	return all;
}

/* Asking the kernel would make a run depend on the host. */
static bool is_local(void *arg, const void *addr, size_t len)
{
	(void)arg;
	(void)addr;
	(void)len;
	return false;
}

void rig_open(struct slirp_rig *rig)
{
	SlirpConfig c = { .version = 4,
			  .in_enabled = true,
			  .in6_enabled = true,
			  .vprefix_len = 64,
			  .tftp_path = "/nonexistent",
			  .if_mtu = RIG_MTU,
			  .if_mru = RIG_MTU };
	struct policy *policy = &rig->sanitizer.policy;

	memset(&rig->sanitizer, 0, sizeof(rig->sanitizer));
	inet_pton(AF_INET, "10.0.2.0", &c.vnetwork);
	inet_pton(AF_INET, "255.255.255.0", &c.vnetmask);
	memcpy(&c.vhost, rig_gateway4, 4);
	inet_pton(AF_INET, "10.0.2.3", &c.vnameserver);
	memcpy(&c.vdhcp_start, rig_guest4, 4);
	inet_pton(AF_INET6, "fec0::", &c.vprefix_addr6);
	memcpy(&c.vhost6, rig_gateway6, 16);
	inet_pton(AF_INET6, "fec0::3", &c.vnameserver6);
	rig->sanitizer.order.established = is_established;
	rig->sanitizer.order.arg = rig;
	rig->sanitizer.order.mtu = RIG_MTU;
	policy->host = policy->tftp = true;
	policy->is_local = is_local;
	policy->subnet = c.vnetwork;
	policy->netmask = c.vnetmask;
	policy->gateway = c.vhost;
	policy->dns = c.vnameserver;
	policy->gateway6 = c.vhost6;
	policy->dns6 = c.vnameserver6;
	rig->now_ns = 1000 * NSEC_PER_SEC;
	/* Near the end of sequence numbers, where they begin anew. */
	rig->next[0] = 0xffffff00;
	rig->next[1] = 0xfffffff0;
	rig->expected[0] = rig->expected[1] = 0;
	rig->slirp = slirp_new(&c, &callbacks, rig);
	rig_announce(rig);
}

void rig_restrict(struct slirp_rig *rig, uint8_t arg)
{
	static struct policy_service service = { .port = RIG_PORT };
	struct policy *policy = &rig->sanitizer.policy;

	service.addr = policy->gateway;
	policy->restricted = arg & 1;
	policy->host = !(arg & 2);
	policy->tftp = !(arg & 4);
	policy->services = &service;
	policy->n_services = arg >> 3 & 1;
}

void rig_close(struct slirp_rig *rig)
{
	slirp_cleanup(rig->slirp);
}
