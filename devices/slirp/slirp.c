/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/slirp/slirp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/count.h"
#include "devices/slirp/instance.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/tftp_service.h"
#include "devices/slirp/udp.h"

enum {
	/* In bytes: some of the largest frames. */
	RING_SIZE = 1 << 20,
};

static struct slirp_net *to_net(struct netdev *dev)
{
	return (struct slirp_net *)(void *)dev;
}

/* The NIC while the network is stopped: libslirp's frames are then only about
 * itself, and nobody needs them. */
static bool ignore(void *arg, const void *frame, size_t len)
{
	(void)arg;
	(void)frame;
	(void)len;
	return true;
}

static const struct netdev_nic nobody = { .rx = ignore };

static int slirp_start(struct netdev *dev, const struct netdev_nic *nic,
		       unsigned mtu)
{
	struct slirp_net *net = to_net(dev);
	int rc = 0;

	if (net->loop.running)
		return 0;
	mtu = MIN(MAX(mtu, (unsigned)NET_MTU_MIN), (unsigned)NET_MTU_MAX);
	net->now_ns = now_ns();
	if (mtu != net->mtu)
		rc = slirp_stack_open(net, mtu);
	if (rc < 0)
		return rc;
	frame_ring_reset(&net->tx.ring);
	net->nic = *nic;
	slirp_burnin_start(net);
	net->delivery.delivered = 0;
	net->tx.sending = net->tx.sent = false;
	__atomic_store_n(&net->loop.quit, false, __ATOMIC_RELAXED);
	rc = pthread_create(&net->loop.thread, NULL, slirp_loop_run, net);
	net->loop.running = rc == 0;
	return -rc;
}

static void slirp_stop(struct netdev *dev)
{
	struct slirp_net *net = to_net(dev);

	if (!net->loop.running)
		return;
	__atomic_store_n(&net->loop.quit, true, __ATOMIC_RELAXED);
	netdev_rx_room(dev);
	pthread_join(net->loop.thread, NULL);
	net->loop.running = false;
	net->nic = nobody;
	slirp_deliver_clear(net);
	slirp_tftp_reset(net);
	/* The next driver may use another address. */
	memset(&net->guest, 0, sizeof(net->guest));
	slirp_forwards_follow(net);
}

/* The next start opens another instance.  The forwards' sockets belong to
 * minivmm, so clients that wait there go on waiting. */
static void slirp_unplug(struct netdev *dev)
{
	struct slirp_net *net = to_net(dev);

	slirp_stop(dev);
	slirp_stack_close(net);
	firewall_reset(&net->firewall);
	udp_nat_clear(&net->udp);
	net->mtu = 0;
}

static void release(struct slirp_net *net)
{
	if (net->allocated)
		free(net);
}

static void slirp_free(struct netdev *dev)
{
	struct slirp_net *net = to_net(dev);

	slirp_stop(dev);
	slirp_stack_close(net);
	slirp_stack_unlog(net);
	slirp_forwards_free(net);
	slirp_fds_free(net);
	udp_nat_close(&net->udp);
	slirp_tftp_close(net);
	slirp_services_close(net);
	frame_ring_free(&net->tx.ring);
	close_fd(&net->dev.wake_fd);
	host_route_close(&net->host_route);
	pthread_mutex_destroy(&net->loop.lock);
	free(net->policy_services);
	slirp_watch_free(net);
	slirp_probes_free(net);
	release(net);
}

static const struct netdev_ops slirp_ops = {
	.start = slirp_start,
	.stop = slirp_stop,
	.tx = slirp_tx,
	.tx_done = slirp_tx_done,
	.unplug = slirp_unplug,
	.counters = &slirp_counters,
	.free = slirp_free,
};

static bool is_local(void *arg, const void *addr, size_t len)
{
	return host_route_is_local(arg, addr, len);
}

static int set_policy(struct slirp_net *net)
{
	const struct net_config *c = net->config;
	struct policy *policy = &net->firewall.policy;

	net->policy_services =
		calloc(c->n_services + 1, sizeof(*net->policy_services));
	if (!net->policy_services)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_services; i++)
		net->policy_services[i] =
			(struct policy_service){ c->services[i].addr,
						 c->services[i].port };
	/* Members are set one by one, as the rest of the struct is large and
	 * already zero. */
	policy->restricted = c->restricted;
	policy->host = c->host;
	policy->is_local = is_local;
	policy->arg = &net->host_route;
	policy->tftp = c->tftp;
	policy->subnet = c->subnet;
	policy->netmask = c->netmask;
	policy->gateway = c->gateway;
	policy->dns = c->dns;
	policy->gateway6 = c->gateway6;
	policy->dns6 = c->dns6;
	policy->services = net->policy_services;
	policy->n_services = c->n_services;
	return 0;
}

/* Open the route socket, unless all addresses of the host are allowed
 * anyway. */
static int open_route(struct slirp_net *net)
{
	int rc = 0;

	if (!net->config->host && !net->config->restricted)
		rc = host_route_open(&net->host_route);
	if (rc == 0)
		return 0;
	return log_fail(rc,
			"user network: no list of the host's own addresses: "
			"netlink: %s: allow AF_NETLINK, or let "
			"the guest reach them by host=on",
			strerror(-rc));
}

static int set_up(struct slirp_net *net)
{
	int rc = frame_ring_init(&net->tx.ring, RING_SIZE);

	net->dev.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (net->dev.wake_fd < 0)
		return -errno;
	if (rc == 0)
		rc = slirp_watch_open(net);
	if (rc == 0)
		rc = set_policy(net);
	if (rc == 0)
		rc = slirp_udp_open(net);
	if (rc == 0)
		rc = slirp_forwards_init(net);
	if (rc == 0)
		rc = slirp_stack_open(net, net->config->mtu);
	return rc;
}

const size_t slirp_size = sizeof(struct slirp_net);

int slirp_open_in(struct netdev **dev, const struct net_config *config,
		  const struct pcapng *capture, void *memory)
{
	struct slirp_net *net = memory;
	int rc;

	net->config = config;
	net->watches.fd = -1;
	rc = slirp_tftp_open(net);
	if (rc == 0)
		rc = slirp_services_open(net);
	if (rc < 0) {
		slirp_tftp_close(net);
		release(net);
		return rc;
	}
	net->dev = (struct netdev){ .ops = &slirp_ops,
				    .kind = THREAD_NET,
				    .wake_fd = -1 };
	net->host_route.fd = -1;
	net->clock.epoch_ns = now_ns();
	pthread_mutex_init(&net->loop.lock, NULL);
	net->nic = nobody;
	net->capture = capture;
	slirp_stack_log(net);
	slirp_fds_init(net);
	rc = open_route(net);
	if (rc == 0) {
		rc = set_up(net);
		if (rc < 0)
			log_fail(rc, "user network: %s: use --net none",
				 strerror(-rc));
	}
	if (rc < 0) {
		slirp_free(&net->dev);
		return rc;
	}
	if (capture)
		pcapng_begin(capture);
	*dev = &net->dev;
	return 0;
}

int slirp_open(struct netdev **dev, const struct net_config *config,
	       const struct pcapng *capture)
{
	struct slirp_net *net = calloc(1, sizeof(*net));

	if (!net)
		return -ENOMEM;
	net->allocated = true;
	return slirp_open_in(dev, config, capture, net);
}

const char *slirp_version(bool *faulty)
{
	const char *version = slirp_version_string();
	struct libslirp_faults faults;

	libslirp_faults_init(&faults, version);
	*faulty = libslirp_faults_any(&faults);
	return version;
}
