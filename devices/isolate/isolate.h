/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * isolate.h - a back end in a process of its own
 *
 * Somebody who takes over a back end then has that process, which has neither
 * the guest's memory nor KVM nor any file of ours.  The card sees a back end
 * like any other (devices/net/netdev.h), which hands frames over by memory that
 * both processes share (link.h).  Everything in there may be nonsense, and then
 * the network is dead, not the machine: after one line the guest's frames are
 * dropped, and its link is down.
 *
 * Threads: isolate_open(), isolate_fork() and isolate_start() on the main
 * thread, in this order, before there is a machine; there must be no other
 * thread at the second.  The tx worker puts frames into one ring.  A thread
 * "net-rx" takes those of the other ring, and is the owner of the receive queue
 * while it holds the lock.
 *
 * Files: isolate.c begins and ends it, isolate_tx.c and isolate_rx.c each have
 * one direction, isolate_both.c what these share; backend.c is the other
 * process.
 */
#ifndef DEVICES_ISOLATE_ISOLATE_H
#define DEVICES_ISOLATE_ISOLATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "devices/isolate/link.h"
#include "devices/net/netdev.h"

struct backend;
struct pcapng;

/* How many ports can be waited for: so many answers have room in the ring,
 * whatever else is there. */
enum { ISOLATE_PORTS_MAX = SHARED_RING_RESERVE / 32 };

struct isolate_plan {
	/*
	 * In the new process: open the back end, and give up what it does not
	 * need.  @object is @object_size zero bytes for the object that
	 * @counters describes.  What has answered is told by
	 * backend_answered(@backend).  Logs; -errno.
	 */
	int (*open)(void *arg, struct netdev **dev, void *object,
		    struct backend *backend);
	void *arg;
	const struct count_table *counters;
	size_t object_size;
	/* NULL: none. */
	const struct pcapng *capture;
};

/* Make the netdev of a back end that is in no process yet.  @plan is copied.
 * SIGCHLD is blocked from here on, in this thread and those that it starts.
 * Logs; -errno. */
int isolate_open(struct netdev **dev, const struct isolate_plan *plan);

/* Have @answered called once, on any thread, for each of @n ports that has
 * answered.  Before isolate_fork().  Logs; -E2BIG. */
int isolate_await(struct netdev *dev, size_t n,
		  void (*answered)(void *arg, size_t index), void *arg);

/* Start the process.  It keeps the descriptors 0 to 2, of which the first two
 * lead nowhere, and the @n in @fds.  Returns when the back end is open.  Logs;
 * -errno. */
int isolate_fork(struct netdev *dev, const int *fds, size_t n);

/* Start the thread.  Logs; -errno. */
int isolate_start(struct netdev *dev);

/* The process; 0: there is none yet. */
pid_t isolate_pid(const struct netdev *dev);

/* The counters of this end of it; the back end's are those of the plan. */
extern const struct count_table isolate_counters;

/* For isolate*.c only. */

struct isolate {
	struct netdev dev;
	struct netdev_ops ops;
	struct isolate_plan plan;
	void (*answered)(void *arg, size_t index);
	void *answered_arg;
	size_t n_ports;
	struct link *link;
	size_t link_size;
	/* The network's process writes to the first.  The second has SIGCHLD,
	 * which tells that a child was stopped.  The third waits for these, for
	 * the card's kicks, and for the process's end. */
	int event_fd, signal_fd, epoll_fd;
	pid_t pid;
	int pidfd;

	/* The tx worker's. */
	struct ring_putter tx;
	uint32_t epoch;
	/* There are frames of which the sleeping process was not told; the
	 * first of this turn was told of. */
	bool sending, sent;
	uint64_t rings, tx_full, tx_dropped;
	/* A frame found no room.  Set by the tx worker, relaxed, before the
	 * ring's flag, which orders it; taken by net-rx. */
	bool full;

	/* net-rx's, and with the lock that of who starts and stops. */
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock;
	/* Held for each frame of the capture, whose times are in order. */
	pthread_mutex_t capturing;
	/* Relaxed: an eventfd orders it. */
	bool quit;
	bool running;
	struct netdev_nic nic;
	uint32_t len_max;
	struct ring_taker rx;
	/* The first frame has been captured; it waits for the guest's room
	 * since then. */
	bool captured, waits;
	uint64_t waits_ns;
	/* When to look whether the process is still stopped; 0: it isn't. */
	uint64_t stopped_ns;
	uint64_t wakes, rx_waited, rx_aged;
};

/* Why the network may be dead. */
#define ISOLATE_NONSENSE "its process wrote nonsense into memory that it shares"
#define ISOLATE_SILENT	 "its process does not answer"

/* The network is dead: log why, once, and tell the card.  On the tx worker, or
 * with the lock held. */
void isolate_lost(struct isolate *isolate, const char *why);
void isolate_capture(struct isolate *isolate, bool to_guest, const void *frame,
		     size_t len);

enum netdev_tx isolate_tx(struct netdev *dev, const struct iovec *iov,
			  unsigned n, const struct netdev_offload *offload);
void isolate_tx_done(struct netdev *dev);
/* Put a record without data, which finds room before any frame does. */
void isolate_tell(struct isolate *isolate, struct shared_head head);

/* The thread net-rx; @arg is the struct isolate. */
void *isolate_rx_run(void *arg);

#endif
