/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timewait.h - connections that are over leave libslirp
 *
 * Everything here belongs to the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_TIMEWAIT_H
#define DEVICES_SLIRP_TIMEWAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/firewall/reject.h"

struct packet;
struct slirp_net;

enum { OVER_MAX = 256 };

/* A connection's ends, compared as a whole. */
struct slirp_timewait_ends {
	uint32_t addr_len;
	/* The guest's, then its peer's. */
	uint8_t addrs[32];
	uint16_t port, peer_port;
};

/* A connection that is over. */
struct slirp_timewait {
	struct slirp_timewait_ends ends;
	/* libslirp's descriptor of it, -1 if that isn't known; the peer's port
	 * in libslirp, see alias.c. */
	int fd;
	uint16_t peer_port;
	/* Not now, there may be something left to be written. */
	bool keep;
	/* libslirp doesn't know yet, and is not to. */
	bool held;
	/* The frame is the guest's end; else a reset, that makes libslirp
	 * forget it. */
	bool end;
	/* What libslirp gets when nothing is left to be written. */
	uint8_t frame[REJECT_MAX];
};

/* With @packet, from libslirp to the guest, a connection is over. */
void slirp_timewait_note(struct slirp_net *net, const struct packet *packet);
/* @packet, of TCP and from libslirp, begins a connection that is not to be: the
 * host's side is reset. */
void slirp_timewait_refuse(struct slirp_net *net, const struct packet *packet);
/* @packet, of TCP, is on its way: perhaps another's first. */
void slirp_timewait_renew(struct slirp_net *net, const struct packet *packet,
			  bool from_guest);
/* @packet, of TCP and from the guest, may make a connection over: true if
 * libslirp is to have it later.  What it is to have now is in @packet. */
bool slirp_timewait_hold(struct slirp_net *net, const struct packet *packet);
/* libslirp is about to say what it has to write; it has something to write
 * to @fd: keep its connection for now. */
void slirp_timewait_ask(struct slirp_net *net);
void slirp_timewait_keep(struct slirp_net *net, int fd);
/* Have libslirp forget the others; true if there were any. */
bool slirp_timewait_close(struct slirp_net *net);
/* Those whose end is kept are not idle. */
void slirp_timewait_feed(struct slirp_net *net);

#endif
