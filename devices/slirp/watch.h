/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * watch.h - what net-rx waits for
 *
 * epoll(7) keeps the set of descriptors, and is told only of changes; so idle
 * descriptors cost nothing.  An instance of libslirp is asked what it waits for
 * only after it was called (shard.h).
 *
 * Everything here belongs to the holder of the lock, see slirp.h, except that
 * net-rx waits without it.  Events may be out of date when it gets the lock:
 * - The descriptor may belong to something else by then.  Each has a number of
 *   its own, which comes with its events.
 * - The tx worker may have told libslirp of events meanwhile.  Then all events
 *   are dropped; those that are still true come again.
 * - libslirp may have been called for a packet, and not wait for the event any
 *   more.  So an instance that was called is not told before it is asked
 *   again.
 */
#ifndef DEVICES_SLIRP_WATCH_H
#define DEVICES_SLIRP_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "devices/slirp/shard.h"

struct flow;
struct slirp_net;

/* How many events can come in a turn. */
enum { SLIRP_EVENTS = 64 };

/* What is known of a descriptor. */
struct slirp_watch {
	/* Who waits for it; NULL: nobody. */
	struct slirp_fd_list *owner;
	/* pairing.c: the connection that has it, or had it; NULL: not known. */
	struct flow *flow;
	/* The events to wait for, and those that the kernel was told; EPOLLIN
	 * and the like. */
	uint32_t wanted, asked;
	/* The events that came in this turn. */
	uint32_t came;
	/* The number of the last fill in which it was wanted. */
	uint32_t fill;
	/* A number that no other descriptor has; the kernel returns it with
	 * events. */
	uint32_t number;
	/* The kernel has yet to be told of a change. */
	bool pending;
};

struct slirp_watches {
	/* The epoll descriptor. */
	int fd;
	/* The index is the descriptor. */
	struct slirp_watch *list;
	size_t n;
	/* Descriptors of the network itself; of the owner that is being asked
	 * now; and those about which the kernel has yet to be told. */
	struct slirp_fd_list own, asking, pending;
	uint32_t fills, numbers;
	/* How often slirp_watch_look() has looked. */
	size_t looks;
	/* The descriptors for which events came. */
	int came[SLIRP_EVENTS];
	unsigned n_came;
	/* When libslirp was last asked: whether the backlog was high, so that
	 * its sockets could not be read; whether clients could be accepted. */
	bool was_high, accepts;
	/* The tx worker has told libslirp of events since net-rx last began to
	 * wait. */
	bool outdated;
};

/* Returns 0 or -errno. */
int slirp_watch_open(struct slirp_net *net);
void slirp_watch_free(struct slirp_net *net);
/* Before and after an owner of descriptors is asked what to wait for. */
void slirp_watch_begin(struct slirp_net *net);
void slirp_watch_end(struct slirp_net *net, struct slirp_fd_list *owner);
/* Begin the list of the network's own descriptors anew.  slirp_watch_own_end()
 * ends it. */
void slirp_watch_own_begin(struct slirp_net *net);
/* Wait for @events, EPOLLIN and the like, of @fd.  Returns @fd; -1 when out of
 * memory. */
int slirp_watch_add(struct slirp_net *net, int fd, uint32_t events);
void slirp_watch_own_end(struct slirp_net *net);
/* Tell the kernel all changes.  False: it refuses some, because the user has as
 * many watches as there may be; these are to be looked at by slirp_watch_look()
 * until it takes them. */
bool slirp_watch_commit(struct slirp_net *net);
/* Take the @n events.  True: somebody has added to the eventfd. */
bool slirp_watch_take(struct slirp_net *net, const struct epoll_event *events,
		      int n);
/* Look for events that the kernel has yet to be told to wait for.  True: there
 * were some. */
bool slirp_watch_look(struct slirp_net *net);
/* The events that came for @fd in this turn. */
uint32_t slirp_watch_came(const struct slirp_net *net, int fd);
/* End the turn: forget the events that came. */
void slirp_watch_done(struct slirp_net *net);
/* @fd is about to be closed, or to get another owner. */
void slirp_watch_forget(struct slirp_net *net, int fd);
/* Note that @fd belongs to @flow's connection; false when out of memory.
 * slirp_watch_paired() returns that flow, or NULL. */
bool slirp_watch_pair(struct slirp_net *net, int fd, struct flow *flow);
struct flow *slirp_watch_paired(const struct slirp_net *net, int fd);

#endif
