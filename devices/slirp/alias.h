/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * alias.h - several forwards that lead to the same port of the guest
 *
 * Everything here belongs to the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_ALIAS_H
#define DEVICES_SLIRP_ALIAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packet;
struct slirp_net;

/* How many clients the guest may see at a port that is not their own.  Above
 * that, the oldest is forgotten. */
enum { ALIAS_MOVED = 64 };

/* Such a client: its address, the alias by which it came, its own port, and the
 * port that the guest sees. */
struct slirp_alias {
	uint8_t addr[16];
	size_t addr_len;
	uint16_t alias, port, shown;
};

struct slirp_aliases {
	/* Whether any forward has an alias. */
	bool any;
	struct slirp_alias moved[ALIAS_MOVED];
	unsigned next;
};

void slirp_alias_init(struct slirp_net *net);
/* Translate the ports of @packet, of TCP and from libslirp, for the guest.
 * False: the guest must not get it. */
bool slirp_alias_to(struct slirp_net *net, const struct packet *packet);
/* Translate the ports of @packet, from the guest and with a flow, for
 * libslirp. */
void slirp_alias_from(const struct packet *packet);

#endif
