/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dhcp_leases.h - DHCP leases that were released can be used again
 *
 * libslirp has sixteen leases.  It keeps each for one hardware address for ever
 * and ignores a release, so the seventeenth address gets none.  Here a new
 * hardware address is replaced by one whose lease was released before libslirp
 * sees it, and libslirp's answers are translated back.
 *
 * Packets are from the guest and not trusted.  All on one thread.
 */
#ifndef DEVICES_SLIRP_DHCP_LEASES_H
#define DEVICES_SLIRP_DHCP_LEASES_H

#include "devices/firewall/packet.h"

enum { DHCP_LEASES = 16, DHCP_SERVER_PORT = 67 };

struct dhcp_lease {
	/* The guest's hardware address, and the one that libslirp has the lease
	 * for. */
	uint8_t mac[6], known_as[6];
	bool used, released;
};

/* To be zero-initialised, again whenever libslirp is opened anew. */
struct dhcp_leases {
	struct dhcp_lease list[DHCP_LEASES];
};

/* Change @packet, a UDP packet to libslirp's DHCP server, so that libslirp
 * answers it, if there is a lease. */
void dhcp_leases_from(struct dhcp_leases *leases, const struct packet *packet);

/* Change @packet, a UDP packet from that server, back for the guest. */
void dhcp_leases_to(const struct dhcp_leases *leases,
		    const struct packet *packet);

#endif
