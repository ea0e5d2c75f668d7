/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fds.h - libslirp's descriptors: none blocks, and there are not too many
 *
 * Everything here belongs to the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_FDS_H
#define DEVICES_SLIRP_FDS_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/slirp/fd_bits.h"

struct packet;
struct slirp_net;

/* How many connections to services may be without a socket.  libslirp opens the
 * socket only when the guest has acknowledged, and never if nobody listens. */
enum { SLIRP_BARE = 512 };

struct slirp_fds {
	/* Sockets of connections, and how many there may be; sockets of
	 * forwards; sockets of connections that have ended and from which
	 * libslirp still has to read. */
	struct fd_bits live;
	unsigned room;
	struct fd_bits listening, dead;
	/* How many clients libslirp was told of and has not accepted yet; when
	 * clients may be accepted again after a failure. */
	unsigned accepting;
	uint64_t accept_ns;
	/* An upper limit of how many connections have no socket now; when it is
	 * worth counting them again. */
	unsigned bare;
	uint64_t count_ns;
	/* Packets refused because there was no room for their socket. */
	uint64_t limited;
};

/* Raise the process's limit of descriptors, and decide how many of each kind
 * there may be. */
void slirp_fds_init(struct slirp_net *net);
/* libslirp has closed all its sockets. */
void slirp_fds_clear(struct slirp_net *net);
void slirp_fds_free(struct slirp_net *net);
/* Whether libslirp has any sockets except those of forwards. */
bool slirp_fds_any(const struct slirp_net *net);
/* libslirp's callbacks: it has opened @fd; it is about to close @fd.  @opaque
 * is the struct slirp_shard. */
void slirp_fd_open(int fd, void *opaque);
void slirp_fd_close(int fd, void *opaque);
/* Whether clients of forwards may be accepted now; when that may change without
 * an event, or UINT64_MAX. */
bool slirp_fds_accept(const struct slirp_net *net);
uint64_t slirp_fds_deadline(const struct slirp_net *net);
/* Whether libslirp may be told that @fd is readable. */
bool slirp_fds_offer(struct slirp_net *net, int fd);
/* libslirp has accepted the clients it was told of, or could not. */
void slirp_fds_accepted(struct slirp_net *net);
/* Whether there is room for the socket that libslirp would open for @packet,
 * from the guest; true if it opens none.  Counts the packets refused. */
bool slirp_fds_admit(struct slirp_net *net, const struct packet *packet);

#endif
