/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tftp_service.c - TFTP is answered in libslirp's place
 *
 * libslirp's server opens whatever has a name in its directory, a FIFO too,
 * which may wait for ever, and writes its answer to memory that it has freed
 * when the name is a directory's.
 */
#include "devices/slirp/tftp_service.h"

#include <string.h>

#include "base/util.h"
#include "devices/slirp/internal.h"

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

bool slirp_tftp_take(struct slirp_net *net, const struct packet *packet)
{
	uint8_t out[ETHER_MAX];
	size_t len;

	if (!is_request(net, packet))
		return false;
	len = tftp_input(&net->tftp, packet, out);
	if (len)
		slirp_stack_deliver(net, out, len);
	return true;
}
