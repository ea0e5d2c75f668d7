/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostfwd.h - forwards from the host's sockets to the guest's address
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

/* What libslirp knows of a forward. */
struct slirp_forward {
	const struct forward *forward;
	/* libslirp's descriptor of the forward's socket, -1 while it has none;
	 * and the instance that has it. */
	int fd;
	unsigned shard;
	/* The port that this forward leads to in libslirp, if another forward
	 * leads to the same port of the guest; 0: the guest's own port. */
	uint16_t alias;
	/* The guest's address that it leads to; all zeros: none. */
	struct in_addr guest4;
	struct in6_addr guest6;
	/* That address is known; libslirp has yet to be told of it. */
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
	/* How many of them libslirp has yet to be told of. */
	size_t moving;
	/* How often the guest was asked for its address. */
	uint64_t asked;
};

int slirp_forwards_init(struct slirp_net *net);
void slirp_forwards_free(struct slirp_net *net);
/* Learn the guest's address from @packet, which it sent.  May ask the guest.
 * True if the address has changed: then call slirp_forwards_follow(). */
bool slirp_forwards_learn(struct slirp_net *net, const struct packet *packet);
/* The same if the guest did not answer for long. */
bool slirp_forwards_settle(struct slirp_net *net);
/* Lead all forwards to the guest's current address. */
void slirp_forwards_follow(struct slirp_net *net);
/* Tell libslirp of some of the forwards that are to lead elsewhere. */
void slirp_forwards_move(struct slirp_net *net);
/* libslirp has none of the forwards any more. */
void slirp_forwards_forget(struct slirp_net *net);
/* Poll the forwards that libslirp doesn't have yet; handle what the poll found;
 * when to be called again, or UINT64_MAX. */
void slirp_forwards_poll(struct slirp_net *net);
void slirp_forwards_ask(struct slirp_net *net);
uint64_t slirp_forwards_deadline(const struct slirp_net *net);

/* Where @forward leads now; false: nowhere yet. */
bool slirp_forward_target(const struct slirp_net *net,
			  const struct forward *forward, struct in_addr *guest4,
			  struct in6_addr *guest6);
/* Send an ARP request for the address that @forward leads to, if that is
 * IPv4. */
void slirp_forward_ask(struct slirp_net *net, const struct forward *forward);
/* A copy of the TCP forward to @port of the guest.  If there is none, what such
 * a forward would be. */
void slirp_forward_for(const struct slirp_net *net, uint16_t port,
		       struct forward *forward);

#endif
