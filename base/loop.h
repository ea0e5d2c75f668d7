/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loop.h - the main thread: descriptors, timers and calls from elsewhere
 *
 * One loop per process, run by the main thread.  It sleeps in poll(2), which
 * unlike epoll takes regular files, and with nothing to do it causes no
 * wake-ups at all.  While there is a limit on something it wakes up once a
 * second, as a process does not learn otherwise that it was stopped (SIGSTOP, a
 * container that is paused): it then wakes up much too late.  Who watches many
 * descriptors makes room for them first (loop_reserve()), so that nothing fails
 * later.
 *
 * Threads: everything here is called on the loop's thread (or before it
 * runs), except loop_post() and loop_quit(), which any thread may call.
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pollfd;

/* A watched descriptor; embedded in its owner. */
struct loop_fd {
	int fd;
	/* POLLIN and POLLOUT; 0 pauses it (then POLLHUP is not seen). */
	short events;
	void (*ready)(void *arg, short revents);
	void *arg;
	bool added;
	struct loop_fd *next;
};

/* A one-shot timer; embedded in its owner. */
struct loop_timer {
	void (*expired)(void *arg);
	void *arg;
	uint64_t deadline_ns;
	/* The timer limits how long something may take: time in which the
	 * process was stopped does not count. */
	bool limit;
	bool armed;
	struct loop_timer *next;
};

/* A call to make on the loop's thread; embedded in its owner. */
struct loop_work {
	void (*fn)(void *arg);
	void *arg;
	bool queued;
	struct loop_work *next;
};

/* The descriptors that one virtual machine may watch: signals, serial line,
 * interrupt lines, the host's command, the wake-up. */
enum { LOOP_ROOM = 64 };

struct loop {
	struct loop_fd wake;
	struct loop_fd *fds;
	/* How many descriptors are watched, and for how many there is room. */
	size_t n_fds, room;
	/* For poll(2): @room entries each, filled again in each turn. */
	struct pollfd *pfd;
	struct loop_fd **src;
	struct loop_timer *timers;
	/* Since when timers that are limits are stopped; 0: they are not. */
	uint64_t held_ns;
	/* Posted work, under the lock. */
	pthread_mutex_t lock;
	struct loop_work *work, **work_tail;
	bool quit;
	/* Set by the user of the loop, if needed: the process, or the whole
	 * host, was stopped for about @ns.  Timers that are limits have been
	 * moved by that. */
	void (*stopped)(void *arg, uint64_t ns);
	void *stopped_arg;
};

/* Make room for LOOP_ROOM descriptors.  -errno when the host is out of
 * descriptors or memory; loop_free() must be called in any case. */
int loop_init(struct loop *loop);
void loop_free(struct loop *loop);

/* Make room for @n more descriptors; not from inside a callback.  -ENOMEM. */
int loop_reserve(struct loop *loop, size_t n);

/* Run until loop_quit(). */
void loop_run(struct loop *loop);

/* Make loop_run() return once it has made the calls posted so far, also if
 * it is yet to be called.  Any thread. */
void loop_quit(struct loop *loop);

/* Watch, change the events of, or forget a descriptor; removing one that
 * was never added is fine, also from inside a callback. */
void loop_add(struct loop *loop, struct loop_fd *src);
void loop_remove(struct loop *loop, struct loop_fd *src);

/* Call @timer->expired once now_ns() has reached @deadline_ns; arming an
 * armed timer moves it. */
void loop_arm(struct loop *loop, struct loop_timer *timer,
	      uint64_t deadline_ns);
void loop_disarm(struct loop *loop, struct loop_timer *timer);

/* loop_hold() stops timers that are limits. loop_release() lets them go on, and
 * returns for how many nanoseconds they were stopped; 0: they were not. */
void loop_hold(struct loop *loop);
uint64_t loop_release(struct loop *loop);

/* Call @work->fn(@work->arg) on the loop's thread, soon; posting what is
 * still queued does nothing.  Any thread; never blocks. */
void loop_post(struct loop *loop, struct loop_work *work);

/* Take a posted call back if it has not been made yet; after that @work may
 * be freed, as long as nobody posts it again.  Loop thread. */
void loop_cancel(struct loop *loop, struct loop_work *work);

#endif
