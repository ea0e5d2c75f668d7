/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * alias.h - forwards that lead to one port
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

/* How many clients the guest may see at another port; the oldest gives way. */
enum { ALIAS_MOVED = 64 };

/* Such a client: its address, the alias it came to, its own port, and the port
 * at which the guest sees it. */
struct slirp_alias {
	uint8_t addr[16];
	size_t addr_len;
	uint16_t alias, port, shown;
};

struct slirp_aliases {
	/* A forward has one. */
	bool any;
	struct slirp_alias moved[ALIAS_MOVED];
	unsigned next;
};

void slirp_alias_init(struct slirp_net *net);
/* Make @packet, of TCP and from libslirp, one that the guest may see; false: it
 * may not. */
bool slirp_alias_to(struct slirp_net *net, const struct packet *packet);
/* Make @packet, from the guest and with a flow, one for libslirp. */
void slirp_alias_from(const struct packet *packet);

#endif
