/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/count.h"
#include "base/util.h"
#include "devices/firewall/segment.h"
#include "devices/slirp/internal.h"

/* Last, as it brings its own MIN and MAX. */
#include <glib.h>

/* Types of messages: RFC 792, RFC 4443. */
enum { ICMP_UNREACHABLE = 3, ICMPV6_UNREACHABLE = 1 };

/* The callbacks of one thread at a time, see slirp.h. */

static uint64_t wall_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

static void deliver(struct slirp_net *net, const void *frame, size_t len)
{
	if (net->capture)
		pcapng_frame(net->capture, true, wall_ns(), frame, len);
	count_add(&net->rx_frames, 1);
	count_add(&net->rx_bytes, len);
	net->delivered = true;
	if (!net->backlog.first && net->nic.rx(net->nic.arg, frame, len))
		return;
	if (!net->backlog.first)
		net->first_ns = net->now_ns;
	count_add(&net->rx_waited, 1);
	backlog_add(&net->backlog, frame, len);
}

void slirp_stack_deliver(struct slirp_net *net, const void *frame, size_t len)
{
	uint8_t padded[ETHER_MIN] = { 0 };

	if (len >= ETHER_MIN) {
		deliver(net, frame, len);
		return;
	}
	memcpy(padded, frame, len);
	deliver(net, padded, sizeof(padded));
}

long slirp_stack_word(const char *line, unsigned n)
{
	for (; n; n--) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return strtol(line, NULL, 10);
}

const char *slirp_stack_tcp_line(const char *line)
{
	line += strspn(line, " ");
	return strncmp(line, "TCP[", 4) == 0 ? line : NULL;
}

/* One line of it: whether it is about a connection with
 * these ports, as far as it says, and if it is, in *@other if it is in any
 * other state. */
static bool is_about(const struct slirp_net *net, const char *line,
		     uint16_t port, uint16_t peer_port, bool *other)
{
	static const char established[] = "TCP[ESTABLISHED]";
	long from, to;

	/* TCP[STATE] FD SOURCE PORT DESTINATION PORT ...; a connection to the
	 * guest has the host's own port for the other's. */
	line = slirp_stack_tcp_line(line);
	if (!line || strncmp(line, "TCP[HOST_FORWARD]", 17) == 0)
		return false;
	from = slirp_stack_word(line, 3);
	to = slirp_alias_port(net, (uint16_t)slirp_stack_word(line, 5));
	if ((from != port || to != peer_port) && to != port)
		return false;
	if (strncmp(line, established, strlen(established)) != 0)
		*other = true;
	return true;
}

/* libslirp's own word for it; there is no other way to ask. */
static bool is_established(void *arg, uint16_t port, uint16_t peer_port)
{
	struct slirp_net *net = arg;
	char *info = slirp_connection_info(net->slirp), *rest = info, *line;
	bool found = false, other = false;

	while ((line = strsep(&rest, "\n")))
		if (is_about(net, line, port, peer_port, &other))
			found = true;
	g_free(info);
	return found && !other;
}

void slirp_stack_input(struct slirp_net *net, uint8_t *frame, size_t len)
{
	slirp_alias_from(net, frame, len);
	slirp_input(net->slirp, frame, (int)MAX(len, (size_t)ETHER_MIN));
}

/* False if it is not for the guest. */
static bool learn_from(struct slirp_net *net, const struct packet *p)
{
	if (p->ethertype == ETHERTYPE_ARP)
		return true;
	if (p->protocol == PROTOCOL_TCP) {
		if (!slirp_alias_to(net, p)) {
			slirp_timewait_refuse(net, p);
			return false;
		}
		slirp_timewait_renew(net, p, false);
		slirp_pairing_to(net, p);
		if (conntrack_to(&net->firewall.order, p))
			slirp_timewait_note(net, p);
	}
	if (p->protocol == PROTOCOL_UDP &&
	    get_be16(p->payload) == DHCP_SERVER_PORT)
		dhcp_leases_to(&net->leases, p);
	if (p->protocol == PROTOCOL_UDP)
		guest_addr_to(&net->guest, p);
	return true;
}

/* What its answers say about the guest and about libslirp itself; false if it
 * is not for the guest. */
static bool learn(struct slirp_net *net, const void *buf, size_t len)
{
	/* A buffer of libslirp's, which doesn't look at it any more. */
	uint8_t *frame = (uint8_t *)(uintptr_t)buf;
	struct packet p;

	return packet_parse(&p, frame, len) != PACKET_OK || learn_from(net, &p);
}

static size_t fragment(struct slirp_net *net, const struct packet *p, size_t n,
		       uint8_t *out)
{
	uint32_t id = net->fragment_id;

	return p->ethertype == ETHERTYPE_IPV4 ?
		       segment_fragment4(p, net->mtu, (uint16_t)id, n, out) :
		       segment_fragment6(p, net->mtu, id, n, out);
}

static bool deliver_fragments(struct slirp_net *net, const void *buf,
			      size_t buf_len)
{
	uint8_t *frame = (uint8_t *)(uintptr_t)buf;
	uint8_t out[ETHER_HEADER + NET_MTU_MAX] UNINITIALIZED;
	struct packet p;
	size_t len;

	if (packet_parse(&p, frame, buf_len) != PACKET_OK ||
	    p.ethertype == ETHERTYPE_ARP ||
	    (p.ethertype == ETHERTYPE_IPV6 && net->mtu < NET_MTU_IPV6))
		return false;
	net->fragment_id++;
	for (size_t i = 0; (len = fragment(net, &p, i, out)); i++)
		slirp_stack_deliver(net, out, len);
	return true;
}

void slirp_stack_cut(struct slirp_net *net, const void *frame, size_t len)
{
	if (len <= ETHER_HEADER + net->mtu ||
	    !deliver_fragments(net, frame, len))
		slirp_stack_deliver(net, frame, len);
}

/* libslirp cuts what is too large for the guest of IPv4 only. */
static ssize_t send_packet(const void *buf, size_t len, void *opaque)
{
	struct slirp_net *net = opaque;

	if (learn(net, buf, len))
		slirp_stack_cut(net, buf, len);
	return (ssize_t)len;
}

static void guest_error(const char *msg, void *opaque)
{
	struct slirp_net *net = opaque;

	log_guest(&net->limit, "network: %s", msg);
}

static void on_log(const gchar *domain, GLogLevelFlags level,
		   const gchar *message, gpointer data)
{
	(void)domain;
	(void)level;
	guest_error(message, data);
}

void slirp_stack_log(struct slirp_net *net)
{
	net->log_handler = g_log_set_handler(
		"Slirp",
		(GLogLevelFlags)(G_LOG_LEVEL_MASK | G_LOG_FLAG_FATAL |
				 G_LOG_FLAG_RECURSION),
		on_log, net);
}

void slirp_stack_unlog(struct slirp_net *net)
{
	if (net->log_handler)
		g_log_remove_handler("Slirp", net->log_handler);
	net->log_handler = 0;
}

/* libslirp compares times of 32 bits, in milliseconds.  The host may have been
 * up for long, so that they are close to their wrap; the machine has not. */
static int64_t clock_get_ns(void *opaque)
{
	const struct slirp_net *net = opaque;

	return (int64_t)(now_ns() - net->epoch_ns);
}

/* There is one kind of timer, and one of it. */
static void *timer_new(SlirpTimerId id, void *cb_opaque, void *opaque)
{
	struct slirp_net *net = opaque;

	net->timer_id = id;
	net->timer_opaque = cb_opaque;
	net->timer_ms = 0;
	return &net->timer_ms;
}

static void timer_free(void *timer, void *opaque)
{
	(void)opaque;
	*(uint64_t *)timer = 0;
}

static void timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
	(void)opaque;
	*(uint64_t *)timer = (uint64_t)expire_ms;
}

uint64_t slirp_stack_deadline(const struct slirp_net *net)
{
	if (!net->timer_ms)
		return UINT64_MAX;
	return net->epoch_ns + net->timer_ms * NSEC_PER_MSEC;
}

void slirp_stack_timer(struct slirp_net *net)
{
	if (net->now_ns < slirp_stack_deadline(net))
		return;
	net->timer_ms = 0;
	slirp_handle_timer(net->slirp, net->timer_id, net->timer_opaque);
}

/* A socket may be read from again: the next turn of the loop finds out. */
static void notify(void *opaque)
{
	(void)opaque;
}

static const SlirpCb callbacks = {
	.send_packet = send_packet,
	.guest_error = guest_error,
	.clock_get_ns = clock_get_ns,
	.timer_new_opaque = timer_new,
	.timer_free = timer_free,
	.timer_mod = timer_mod,
	.register_poll_fd = slirp_fd_open,
	.unregister_poll_fd = slirp_fd_close,
	.notify = notify,
};

/*
 * libslirp tells that a window has opened again when that is by half of its
 * buffer, at least 128 KiB, or by two segments: and a window is 64 KiB at most.
 * Senders may hold back for as long as it is less than half open, so that two
 * segments have to fit into the other half, or each would wait for the other.
 */
enum { SEGMENT_MAX = 16384, SEGMENT_HEADERS = 40 };

static void configure(SlirpConfig *out, const struct net_config *c,
		      unsigned mtu)
{
	*out = (SlirpConfig){
		.version = 4,
		/* Not libslirp's restricted, for which policy.h stands: its
		 * DHCP would give no router, and without one the guest can't
		 * answer those who come through a forward. */
		.in_enabled = true,
		.vnetwork = c->subnet,
		.vnetmask = c->netmask,
		.vhost = c->gateway,
		.in6_enabled = c->ipv6,
		.vprefix_addr6 = c->prefix6,
		.vprefix_len = 64,
		.vhost6 = c->gateway6,
		.vhostname = c->hostname,
		.bootfile = c->bootfile,
		.vdhcp_start = c->dhcp_start,
		.vnameserver = c->dns,
		.vnameserver6 = c->dns6,
		.vdnssearch = (const char **)(void *)c->dns_search.strings,
		.vdomainname = c->domain,
		.if_mtu = mtu,
		.if_mru = MIN(mtu, (unsigned)SEGMENT_MAX + SEGMENT_HEADERS),
		.disable_host_loopback = !c->host,
	};
}

int slirp_stack_open(struct slirp_net *net, unsigned mtu)
{
	SlirpConfig config;

	slirp_stack_close(net);
	configure(&config, net->config, mtu);
	net->slirp = slirp_new(&config, &callbacks, net);
	if (!net->slirp)
		return -EINVAL;
	net->mtu = mtu;
	net->firewall.order.established = is_established;
	net->firewall.order.arg = net;
	net->firewall.order.mtu = mtu;
	return slirp_services_add(net);
}

void slirp_stack_close(struct slirp_net *net)
{
	if (net->slirp)
		slirp_cleanup(net->slirp);
	net->slirp = NULL;
	slirp_fds_clear(net);
	net->n_over = 0;
	net->leases = (struct dhcp_leases){ 0 };
	net->neighbour.len = 0;
	conntrack_forget(&net->firewall.order);
	slirp_forwards_forget(net);
}
