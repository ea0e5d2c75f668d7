/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/instance.h"

#include "base/count.h"
#include "devices/slirp/info.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/output.h"

/* Included last, as it defines its own MIN and MAX. */
#include <glib.h>

/* The callbacks run on one thread at a time, see slirp.h. */

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

/* libslirp may want to read from a socket again: the next turn of the loop asks
 * it. */
static void notify(void *opaque)
{
	(void)opaque;
}

static const SlirpCb callbacks = {
	.send_packet = slirp_send_packet,
	.guest_error = guest_error,
	.clock_get_ns = slirp_clock_get_ns,
	.timer_new_opaque = slirp_clock_timer_new,
	.timer_free = slirp_clock_timer_free,
	.timer_mod = slirp_clock_timer_mod,
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
