/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostfwd.h - forwards, from the host's sockets to the guest's address
 *
 * Everything here belongs to the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_HOSTFWD_H
#define DEVICES_SLIRP_HOSTFWD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct forward;
struct packet;
struct slirp_net;

/* A forward as libslirp has it. */
struct slirp_forward {
	const struct forward *forward;
	/* libslirp's descriptor of the same socket, -1 while it has none; and
	 * which instance has it. */
	int fd;
	unsigned shard;
	/* Its port of the guest in libslirp, if another leads there, too; 0: it
	 * is the guest's own. */
	uint16_t alias;
	/* Where it leads, all zeros for none. */
	struct in_addr guest4;
	struct in6_addr guest6;
	/* There is such an address; libslirp is yet to be told of it. */
	bool known, moving;
	/* A client waits for the guest to be heard of, which is asked again at
	 * this time; or for libslirp to be told, which failed. */
	uint64_t ask_ns;
	/* Its socket is waited for, as libslirp has no copy of it. */
	bool asks;
};

struct slirp_forwards {
	struct slirp_forward *list;
	size_t n;
	/* How many of them libslirp is yet to be told of. */
	size_t moving;
	/* How often the guest was asked for its address. */
	uint64_t asked;
};

int slirp_forwards_init(struct slirp_net *net);
void slirp_forwards_free(struct slirp_net *net);
/* Learn from @packet, of the guest's, where it is; it may be asked.  True if it
 * is elsewhere than before: then slirp_forwards_follow(). */
bool slirp_forwards_learn(struct slirp_net *net, const struct packet *packet);
/* The same when the guest has not answered for long. */
bool slirp_forwards_settle(struct slirp_net *net);
/* Lead all forwards to where the guest is. */
void slirp_forwards_follow(struct slirp_net *net);
/* Tell libslirp of some of those that are led elsewhere. */
void slirp_forwards_move(struct slirp_net *net);
/* libslirp has none of them any more. */
void slirp_forwards_forget(struct slirp_net *net);
/* Poll the forwards that libslirp doesn't have yet; look what came of it; when
 * to be called again, or UINT64_MAX. */
void slirp_forwards_poll(struct slirp_net *net);
void slirp_forwards_ask(struct slirp_net *net);
uint64_t slirp_forwards_deadline(const struct slirp_net *net);

/* Where @forward leads now; false: nowhere yet. */
bool slirp_forward_target(const struct slirp_net *net,
			  const struct forward *forward, struct in_addr *guest4,
			  struct in6_addr *guest6);
/* Ask the guest at which @forward leads for its address, if that is one of
 * IPv4. */
void slirp_forward_ask(struct slirp_net *net, const struct forward *forward);
/* A copy of the forward to TCP's @port or, if there is none, of what it would
 * be. */
void slirp_forward_for(const struct slirp_net *net, uint16_t port,
		       struct forward *forward);

#endif
