/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/nat/udp_nat.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "base/util.h"
#include "devices/net/forward.h"
#include "devices/net/net_config.h"

int udp_nat_open(struct udp_nat *nat)
{
	/* The prefixes of libslirp's gateway, so that both have the same
	 * address. */
	static const uint8_t mac4[2] = { 0x52, 0x55 };
	static const uint8_t mac6[3] = { 0x52, 0x56, 0 };

	memcpy(nat->mac[0], mac4, 2);
	memcpy(nat->mac[0] + 2, &nat->config->gateway, 4);
	memcpy(nat->mac[1], mac6, 3);
	memcpy(nat->mac[1] + 3, nat->config->gateway6.s6_addr + 13, 3);
	udp_sockets_init(nat);
	udp_visitors_init(nat);
	nat->n_ports = nat->config->forwards.count;
	nat->ports = calloc(nat->n_ports + 1, sizeof(*nat->ports));
	nat->fd = nat->ports ? epoll_create1(EPOLL_CLOEXEC) : -1;
	return nat->fd < 0 ? -errno : 0;
}

void udp_nat_clear(struct udp_nat *nat)
{
	udp_nat_expire(nat, UINT64_MAX);
}

void udp_nat_close(struct udp_nat *nat)
{
	/* It may never have been opened. */
	if (!nat->ports)
		return;
	udp_nat_clear(nat);
	free(nat->ports);
	close_fd(&nat->fd);
}

void udp_nat_expire(struct udp_nat *nat, uint64_t now_ns)
{
	udp_sockets_expire(nat, now_ns);
	udp_visitors_expire(nat, now_ns);
}

uint64_t udp_nat_deadline(const struct udp_nat *nat)
{
	return MIN(udp_sockets_deadline(nat), udp_visitors_deadline(nat));
}
