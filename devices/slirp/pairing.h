/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pairing.h - which of libslirp's descriptors a connection has
 *
 * Everything here belongs to the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_PAIRING_H
#define DEVICES_SLIRP_PAIRING_H

#include <stdbool.h>
#include <stdint.h>

struct packet;
struct slirp_shard;

/* The socket that an instance of libslirp accepted last. */
struct slirp_accepted {
	/* The first segment of its connection has yet to come. */
	bool waits;
	int fd;
	/* Its client's port.  0: the client came by a Unix socket and has the
	 * port of the socket @port_fd, if that proves to be the right one. */
	int port, port_fd;
	/* Until then, other accepted sockets may wait for their segments,
	 * too. */
	uint64_t alone_ns;
};

/* libslirp's @shard has opened @fd; it is about to close it. */
void slirp_pairing_open(struct slirp_shard *shard, int fd);
void slirp_pairing_close(struct slirp_shard *shard, int fd);
/* @packet, with SYN and a flow, is on its way from @shard to the guest.  If it
 * is a connection's first segment, the flow gets the descriptor. */
void slirp_pairing_to(struct slirp_shard *shard, const struct packet *packet);
/* The port of the peer of the socket @fd; 0: it has none; -1: the socket isn't
 * connected. */
int slirp_peer_port(int fd);

#endif
