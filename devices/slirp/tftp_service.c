/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tftp_service.c - a TFTP server instead of libslirp's
 *
 * libslirp's server opens and reads files of any kind under the network's lock:
 * a FIFO or a dead file server would stop the network.  Up to 4.7.0, a request
 * for a directory also makes it write its answer to memory that it has freed.
 */
#include "devices/slirp/tftp_service.h"

#include <string.h>

#include "base/util.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/tftp.h"

static bool is_request(const struct slirp_net *net, const struct packet *p)
{
	const uint8_t *to;

	if (p->ethertype == ETHERTYPE_ARP || p->protocol != PROTOCOL_UDP ||
	    get_be16(p->payload + 2) != TFTP_PORT)
		return false;
	to = p->addrs + p->addr_len;
	return p->addr_len == 4 ? memcmp(to, &net->config->gateway, 4) == 0 :
				  memcmp(to, &net->config->gateway6, 16) == 0;
}

static void wake(void *arg)
{
	netdev_rx_room(arg);
}

int slirp_tftp_open(struct slirp_net *net)
{
	const char *path = net->config->tftp;
	int err = tftp_worker_open(&net->tftp, path, wake, &net->dev);

	if (err == 0)
		return 0;
	return log_fail(err,
			"tftp directory %s: %s: name a directory that can be "
			"read",
			path ? path : "-", strerror(-err));
}

void slirp_tftp_close(struct slirp_net *net)
{
	tftp_worker_close(net->tftp);
	net->tftp = NULL;
}

bool slirp_tftp_take(struct slirp_net *net, const struct packet *packet)
{
	if (!is_request(net, packet))
		return false;
	tftp_worker_put(net->tftp, packet, net->mtu);
	return true;
}

void slirp_tftp_deliver(struct slirp_net *net)
{
	uint8_t out[ETHER_MAX] UNINITIALIZED;
	size_t len;

	while ((len = tftp_worker_take(net->tftp, out)))
		slirp_stack_deliver(net, out, len);
}

void slirp_tftp_reset(struct slirp_net *net)
{
	tftp_worker_reset(net->tftp);
}
