/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dhcp_leases.h - leases that are given back can be had again
 *
 * libslirp has sixteen leases, each for one hardware address for ever, and
 * doesn't listen when one is released: the seventeenth address gets none.  Here
 * a new hardware address is shown to libslirp as one whose lease was released,
 * and its answers are led back.
 *
 * Packets are from the guest and not trusted.  All on one thread.
 */
#ifndef DEVICES_SLIRP_DHCP_LEASES_H
#define DEVICES_SLIRP_DHCP_LEASES_H

#include "devices/firewall/packet.h"

enum { DHCP_LEASES = 16, DHCP_SERVER_PORT = 67 };

struct dhcp_lease {
	/* The guest's hardware address, and the one that libslirp knows. */
	uint8_t mac[6], known_as[6];
	bool used, released;
};

/* To be zero-initialised, as often as libslirp begins anew. */
struct dhcp_leases {
	struct dhcp_lease list[DHCP_LEASES];
};

/* @packet, a UDP packet to libslirp's DHCP server, is made one that it answers,
 * if there is a lease. */
void dhcp_leases_from(struct dhcp_leases *leases, const struct packet *packet);

/* @packet, a UDP packet from that server, is made one for the guest. */
void dhcp_leases_to(const struct dhcp_leases *leases,
		    const struct packet *packet);

#endif
