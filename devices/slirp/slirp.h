/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slirp.h - the user network: libslirp behind netdev.h
 *
 * libslirp keeps state of its own for the whole process and has no locks.  So
 * there is at most one user network, and one rule: between netdev_start() and
 * netdev_stop() only the holder of one lock calls libslirp; at other times,
 * only the caller of those two and of slirp_open().  The thread "net-rx" holds
 * the lock except while it sleeps.  Then the tx worker may take the lock to
 * pass on a frame that it has just put into the ring, which is faster than
 * waking another thread.  No other folder uses libslirp.
 *
 * The tx worker hands its frames over by a ring (frame_ring.h).  net-rx sleeps
 * in epoll_wait(2) and is woken by sockets, timers, the ring and
 * netdev_rx_room().  While no connection waits for anything (idle.h), the only
 * timer is that of IPv6's router advertisement, every few minutes.
 *
 * Frames for which the guest has no room wait (deliver.h).  While many do,
 * nothing is read from the host's sockets, so TCP loses nothing; UDP is lost in
 * the full buffer of its socket, as usual.  A frame that was first in the
 * backlog for a second is dropped, as the guest may never have room for a frame
 * so large.
 */
#ifndef DEVICES_SLIRP_SLIRP_H
#define DEVICES_SLIRP_SLIRP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/net/net_config.h"
#include "devices/net/netdev.h"
#include "devices/net/pcapng.h"

/*
 * Open the user network for @config, whose forwards are open (forwards_open()).
 * @config and @capture, NULL for none, must outlive it.  This changes one thing
 * for the whole process: RLIMIT_NOFILE is raised as far as that is allowed and
 * of use.
 *
 * Logs one line; -errno.
 */
int slirp_open(struct netdev **dev, const struct net_config *config,
	       const struct pcapng *capture);

/* The same, but the object that slirp_counters describes is in @memory,
 * slirp_size bytes of zeros that outlive it. */
int slirp_open_in(struct netdev **dev, const struct net_config *config,
		  const struct pcapng *capture, void *memory);
extern const size_t slirp_size;

/*
 * Have @answered called once when something in the guest listens on its TCP
 * port @port.  Its second argument is the number of calls of this function
 * before.  The guest is asked from netdev_start() on, again and again until it
 * answers.  To be called before the first netdev_start(), each time with the
 * same @answered and @arg.  @answered is called on any thread.  -ENOMEM.
 */
int slirp_await(struct netdev *dev, uint16_t port,
		void (*answered)(void *arg, size_t index), void *arg);

/* The network's counters. */
extern const struct count_table slirp_counters;

/* libslirp's version; *@faulty: whether it has faults that newer versions do
 * not have (libslirp_faults.h). */
const char *slirp_version(bool *faulty);

#endif
