/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slirp.h - the user network: libslirp behind netdev.h
 *
 * libslirp keeps state of its own for the whole process and has no locks, so
 * there is at most one of these, and one rule: between netdev_start() and
 * netdev_stop() libslirp is called by the holder of one lock, else by whoever
 * calls those two and slirp_open().  The thread "net-rx" holds it but while it
 * sleeps; then the tx worker may take it, to pass on what it has just put,
 * which saves the frame the way to another thread.  No other folder uses
 * libslirp.
 *
 * The tx worker hands its frames over by a ring (frame_ring.h); net-rx
 * sleeps in epoll_wait(2), woken by sockets, timers, the ring and
 * netdev_rx_room(). While no connection waits for anything (idle.h) there is no
 * timer but that of IPv6's router advertisement, every few minutes.
 *
 * Frames for which the guest has no room wait (backlog.h), and while many do,
 * nothing is read from the host's sockets: TCP loses nothing.  UDP is lost
 * where it always is, in a socket's full buffer.  A frame that has been the
 * first to wait for a second is dropped, as the guest may never have room
 * for one as large.
 */
#ifndef DEVICES_SLIRP_SLIRP_H
#define DEVICES_SLIRP_SLIRP_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/net/net_config.h"
#include "devices/net/netdev.h"
#include "devices/net/pcapng.h"

/*
 * Open the user network @config asks for, whose forwards are open
 * (forwards_open()); @config and @capture, NULL for none, must outlive it.
 * Takes of process-wide things the right to many descriptors: RLIMIT_NOFILE
 * is raised as far as that is allowed and of use.
 *
 * Logs one line; -errno.
 */
int slirp_open(struct netdev **dev, const struct net_config *config,
	       const struct pcapng *capture);

/*
 * Call @answered(@arg, how many calls of this came before) once, when somebody
 * in the guest listens on its TCP port @port.  The guest is asked from
 * netdev_start() on, and after that again, for as long as it doesn't answer.
 * Before the first netdev_start(); @answered and @arg are the same each time.
 * It is called on any thread.  -ENOMEM.
 */
int slirp_await(struct netdev *dev, uint16_t port,
		void (*answered)(void *arg, size_t index), void *arg);

/* What it counts. */
extern const struct count_table slirp_counters;

/* libslirp's version, and whether it has faults that newer ones do not have
 * (libslirp_faults.h). */
const char *slirp_version(bool *faulty);

#endif
