/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * watch.h - what net-rx waits for
 *
 * The kernel knows it, by epoll(7), and hears only of differences; so what is
 * idle costs nothing.  An instance of libslirp is asked what it wants to wait
 * for after it was called, and no other (shard.h).
 *
 * Everything here belongs to the holder of the lock, see slirp.h, but that
 * net-rx waits without it.  What comes may be old by the time it has the lock:
 * - A descriptor may be another one's.  Each has a number of its own, which
 *   comes with its events.
 * - The tx worker may have told libslirp already: then nothing that came is
 *   believed.  What is still true comes again.
 * - libslirp may have been called for a packet, and not want to know any more:
 *   an instance that was not asked since is not told.
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

/* How much can come in a turn. */
enum { SLIRP_EVENTS = 64 };

/* A descriptor. */
struct slirp_watch {
	/* Who wants to wait for it; NULL: nobody. */
	struct slirp_fd_list *owner;
	/* pairing.c: whose connection it has, or had; NULL: not known. */
	struct flow *flow;
	/* What is to be waited for, and what the kernel was told; EPOLLIN and
	 * the like. */
	uint32_t wanted, asked;
	/* What came in this turn. */
	uint32_t came;
	/* The last time that it was wanted. */
	uint32_t fill;
	/* Its number of its own, as the kernel has it. */
	uint32_t number;
	/* The kernel is yet to be told. */
	bool pending;
};

struct slirp_watches {
	/* Of epoll(7). */
	int fd;
	/* By descriptor. */
	struct slirp_watch *list;
	size_t n;
	/* Those of our own; those of the owner who is being asked; and those of
	 * which the kernel is yet to be told. */
	struct slirp_fd_list own, asking, pending;
	uint32_t fills, numbers;
	/* Those to which something came. */
	int came[SLIRP_EVENTS];
	unsigned n_came;
	/* Whether libslirp's sockets could be read, and clients accepted, when
	 * libslirp was asked. */
	bool was_high, accepts;
	/* The tx worker has told libslirp of events since net-rx last waited.
	 */
	bool outdated;
};

/* -errno. */
int slirp_watch_open(struct slirp_net *net);
void slirp_watch_free(struct slirp_net *net);
/* Somebody is about to be asked what there is to wait for; @owner was. */
void slirp_watch_begin(struct slirp_net *net);
void slirp_watch_end(struct slirp_net *net, struct slirp_fd_list *owner);
/* Begin the list of our own descriptors anew; add one.  It ends with
 * slirp_watch_own_end(). */
void slirp_watch_own_begin(struct slirp_net *net);
/* Wait for @events, EPOLLIN and the like, of @fd.  @fd; -1 when out of memory.
 */
int slirp_watch_add(struct slirp_net *net, int fd, uint32_t events);
void slirp_watch_own_end(struct slirp_net *net);
/* Tell the kernel what there is to wait for. */
void slirp_watch_commit(struct slirp_net *net);
/* Take what came; true: the eventfd was added to. */
bool slirp_watch_take(struct slirp_net *net, const struct epoll_event *events,
		      int n);
/* Look for what the kernel is yet to be told to wait for; true: something came
 * already. */
bool slirp_watch_look(struct slirp_net *net);
/* What came to @fd. */
uint32_t slirp_watch_came(const struct slirp_net *net, int fd);
/* What came was for this turn. */
void slirp_watch_done(struct slirp_net *net);
/* @fd is about to be closed, or to become another one's. */
void slirp_watch_forget(struct slirp_net *net, int fd);
/* @fd is that of @flow's connection; false when out of memory.  And whose
 * it is, or NULL. */
bool slirp_watch_pair(struct slirp_net *net, int fd, struct flow *flow);
struct flow *slirp_watch_paired(const struct slirp_net *net, int fd);

#endif
