/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/instance.h"

#include "base/count.h"
#include "devices/slirp/info.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/output.h"

/* Included last, as it defines its own MIN and MAX. */
#include <glib.h>

/* ---- libslirp's clock, and its only timer. ---- */

/* libslirp compares times of 32 bits, in milliseconds.  The host's clock may be
 * close to their wrap, so the clock starts at 0 with the machine. */
static int64_t clock_ns(void *opaque)
{
	const struct slirp_shard *shard = opaque;

	return (int64_t)(now_ns() - shard->net->clock.epoch_ns);
}

/* libslirp has one kind of timer, and only one timer of it. */
static void *timer_new(SlirpTimerId id, void *cb_opaque, void *opaque)
{
	struct slirp_shard *shard = opaque;
	struct slirp_net *net = shard->net;

	if (slirp_shard_index(shard))
		return &shard->no_timer_ms;
	net->clock.timer_id = id;
	net->clock.timer_opaque = cb_opaque;
	net->clock.timer_ms = 0;
	return &net->clock.timer_ms;
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

uint64_t slirp_clock_deadline(const struct slirp_net *net)
{
	if (!net->clock.timer_ms)
		return UINT64_MAX;
	return net->clock.epoch_ns + net->clock.timer_ms * NSEC_PER_MSEC;
}

void slirp_clock_run(struct slirp_net *net)
{
	if (net->now_ns < slirp_clock_deadline(net))
		return;
	net->clock.timer_ms = 0;
	slirp_handle_timer(net->shards.list[0].slirp, net->clock.timer_id,
			   net->clock.timer_opaque);
}

/* ---- Messages. ---- */

static void guest_error(const char *msg, void *opaque)
{
	struct slirp_shard *shard = opaque;

	log_guest(&shard->net->limit, "network: %s", msg);
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
	net->shards.list[0].net = net;
	net->log_handler = g_log_set_handler(
		"Slirp",
		(GLogLevelFlags)(G_LOG_LEVEL_MASK | G_LOG_FLAG_FATAL |
				 G_LOG_FLAG_RECURSION),
		on_log, &net->shards.list[0]);
}

void slirp_stack_unlog(struct slirp_net *net)
{
	if (net->log_handler)
		g_log_remove_handler("Slirp", net->log_handler);
	net->log_handler = 0;
}

/* ---- Instances. ---- */

/* libslirp may want to read from a socket again: the next turn of the loop asks
 * it. */
static void notify(void *opaque)
{
	(void)opaque;
}

static const SlirpCb callbacks = {
	.send_packet = slirp_send_packet,
	.guest_error = guest_error,
	.clock_get_ns = clock_ns,
	.timer_new_opaque = timer_new,
	.timer_free = timer_free,
	.timer_mod = timer_mod,
	.register_poll_fd = slirp_fd_open,
	.unregister_poll_fd = slirp_fd_close,
	.notify = notify,
};

/*
 * libslirp announces that a window has opened only when it has opened by half
 * of its buffer, which is at least 128 KiB, or by two segments.  As a window is
 * at most 64 KiB, only the second can happen.  A sender may hold back while the
 * window is less than half open.  So two segments must fit into half a window,
 * or each side would wait for the other.
 */
enum { SEGMENT_MAX = 16384, SEGMENT_HEADERS = 40 };

static void configure(SlirpConfig *out, const struct net_config *c,
		      unsigned mtu)
{
	*out = (SlirpConfig){
		.version = 4,
		/* libslirp's own restricted is not used; policy.h does it
		 * instead.  With it, libslirp's DHCP would give no router, and
		 * a guest without a router can't answer those who come through
		 * a forward. */
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

/* The firewall has no other way to ask. */
static bool is_established(void *arg, const struct flow *flow)
{
	return slirp_info_established(arg, flow);
}

int slirp_shard_open(struct slirp_net *net)
{
	struct slirp_shards *all = &net->shards;
	struct slirp_shard *shard = &all->list[all->n];
	struct slirp_fd_list watched = shard->watched;
	SlirpConfig config;

	if (all->n == SLIRP_SHARDS)
		return -ENOSPC;
	*shard = (struct slirp_shard){ .net = net, .watched = watched };
	configure(&config, net->config, net->mtu);
	shard->slirp = slirp_new(&config, &callbacks, shard);
	if (!shard->slirp)
		return -EINVAL;
	all->n++;
	count_peak(&all->peak, all->n);
	slirp_shard_touch(shard);
	return slirp_services_add(shard);
}

int slirp_stack_open(struct slirp_net *net, unsigned mtu)
{
	struct libslirp_faults *faults = &net->firewall.faults;

	slirp_stack_close(net);
	net->mtu = mtu;
	libslirp_faults_init(faults, slirp_version_string());
	faults->established = is_established;
	faults->arg = net;
	faults->mtu = mtu;
	return slirp_shard_open(net);
}

/* Stop watching its descriptors before they are closed, so that this does not
 * hit a later owner of the same numbers. */
static void close_shard(struct slirp_shard *shard)
{
	while (shard->watched.n)
		slirp_watch_forget(shard->net,
				   shard->watched.fds[--shard->watched.n]);
	slirp_cleanup(shard->slirp);
}

void slirp_stack_close(struct slirp_net *net)
{
	while (net->shards.n)
		close_shard(&net->shards.list[--net->shards.n]);
	net->shards.accepting = 0;
	net->shards.touched = net->shards.ready = 0;
	slirp_fds_clear(net);
	net->leases = (struct dhcp_leases){ 0 };
	net->sender.addr.len = 0;
	conntrack_clear(&net->firewall.conntrack);
	slirp_forwards_forget(net);
}

/* The instance with the fewest connections.  If all are full, open a new
 * one. */
static struct slirp_shard *emptiest(struct slirp_net *net)
{
	struct slirp_shards *all = &net->shards;
	struct slirp_shard *best = all->list;

	for (unsigned i = 1; i < all->n; i++)
		if (all->list[i].live < best->live)
			best = &all->list[i];
	if (best->live >= SLIRP_SHARD_FULL && slirp_shard_open(net) == 0)
		best = &all->list[all->n - 1];
	return best;
}

void slirp_shard_deal(struct slirp_net *net, struct flow *flow)
{
	struct slirp_shard *shard = &net->shards.list[net->shards.accepting];

	/* The connection has begun already; its first segment is sent again. */
	if (flow->shard != FLOW_NO_SHARD && (flow->fd >= 0 || flow->known))
		return;
	if (shard->live >= SLIRP_SHARD_FULL)
		shard = emptiest(net);
	flow->shard = (uint16_t)slirp_shard_index(shard);
}

/* Don't move the forwards for one connection more or less, as that takes
 * time. */
void slirp_shards_accept(struct slirp_net *net)
{
	struct slirp_shards *all = &net->shards;
	struct slirp_shard *best, *shard = &all->list[all->accepting];

	if (shard->live < SLIRP_SHARD_FULL || !net->forwards.n ||
	    net->forwards.moving)
		return;
	best = emptiest(net);
	if (best->live + SLIRP_SHARD_FULL / 2 > shard->live)
		return;
	/* It is not to accept any more. */
	slirp_shard_touch(shard);
	all->accepting = slirp_shard_index(best);
	slirp_forwards_follow(net);
}
