/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll.h - what net-rx waits for
 *
 * Everything here belongs to the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_POLL_H
#define DEVICES_SLIRP_POLL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slirp_net;

/* A set of descriptors for poll(2). */
struct slirp_pollfds {
	struct pollfd *fds;
	size_t n, max;
};

struct slirp_poll {
	/* What there is to wait for; and what net-rx waits for, or did last. */
	struct slirp_pollfds wanted, polled;
	/* Of which of the two libslirp is being told the results. */
	const struct slirp_pollfds *results;
	/* A descriptor of @polled may be another one's by now, even if it has
	 * the same number. */
	bool outdated;
};

/* The first descriptors of each set: the eventfd, and that of UDP. */
enum { SLIRP_WAKE_PFD, SLIRP_UDP_PFD };

/* Fill the wanted set anew.  For how many milliseconds libslirp can wait at
 * most. */
uint32_t slirp_poll_fill(struct slirp_net *net);
/* Add @fd to the wanted set.  Its index there; -1 when out of memory. */
int slirp_poll_add(struct slirp_net *net, int fd, short events);
/* Tell libslirp the time and, unless poll(2) has @failed, the results. */
void slirp_poll_tell(struct slirp_net *net, bool failed);
void slirp_poll_free(struct slirp_net *net);

#endif
