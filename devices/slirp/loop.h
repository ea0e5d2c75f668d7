/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loop.h - the thread net-rx
 */
#ifndef DEVICES_SLIRP_LOOP_H
#define DEVICES_SLIRP_LOOP_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct slirp_net;

struct slirp_loop {
	pthread_t thread;
	/* Its holder may call libslirp, see slirp.h. */
	pthread_mutex_t lock;
	/* Belongs to whoever starts and stops the network. */
	bool running;
	/* Set by stop, relaxed: the eventfd that it adds to next orders it.  A
	 * reader between two frames may see it a moment later. */
	bool quit;
	/* Until when net-rx sleeps, or slept last; 0: it was woken and has not
	 * come yet.  This and the next belong to the holder of the lock. */
	uint64_t deadline_ns;
	uint64_t turns;
};

/* Whether the thread is to end.  Any thread. */
static inline bool slirp_loop_is_ending(const struct slirp_loop *loop)
{
	return __atomic_load_n(&loop->quit, __ATOMIC_RELAXED);
}

/* One turn of the thread, with the lock held: wait, and handle what came. */
void slirp_loop_turn(struct slirp_net *net);
/* The thread; @arg is the struct slirp_net. */
void *slirp_loop_run(void *arg);

#endif
