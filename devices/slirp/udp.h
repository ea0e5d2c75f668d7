/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp.h - UDP and ping go past libslirp; with the lock held
 */
#ifndef DEVICES_SLIRP_UDP_H
#define DEVICES_SLIRP_UDP_H

#include <stdbool.h>

struct packet;
struct slirp_net;

/* Returns 0 or -errno.  udp_nat_close() undoes it. */
int slirp_udp_open(struct slirp_net *net);
/* True if @packet, a TCP connection's first from the guest, is for a name
 * server that does not exist; the guest gets an error. */
bool slirp_udp_lacks_resolver(struct slirp_net *net,
			      const struct packet *packet);
/* True if @packet, which the guest may send and which is not TCP, is not for
 * libslirp: it was sent here. */
bool slirp_udp_take(struct slirp_net *net, const struct packet *packet);
/* Give the guest the datagrams that have come. */
void slirp_udp_receive(struct slirp_net *net);
/* Tell the guest that it may not send @packet: UDP, an echo request, or a
 * connection's first segment. */
void slirp_reject(struct slirp_net *net, const struct packet *packet);

#endif
