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

/* The socket that an instance of libslirp has accepted last. */
struct slirp_accepted {
	/* Its connection's first segment is yet to come. */
	bool waits;
	int fd;
	/* Its client's port; 0: it has that of the socket @port_fd, if it is
	 * what it seems. */
	int port, port_fd;
	/* Until then others may wait, too. */
	uint64_t alone_ns;
};

/* libslirp's @shard has opened @fd; it will close it. */
void slirp_pairing_open(struct slirp_shard *shard, int fd);
void slirp_pairing_close(struct slirp_shard *shard, int fd);
/* @packet, with SYN and a flow, is on its way from @shard to the guest: if it
 * is a connection's first, its flow gets the descriptor. */
void slirp_pairing_to(struct slirp_shard *shard, const struct packet *packet);
/* The port of the peer of the socket @fd; 0 when it has none, -1 when it isn't
 * connected. */
int slirp_peer_port(int fd);

#endif
