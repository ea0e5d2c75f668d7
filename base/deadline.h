/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * deadline.h - ends the process in time, whatever it waits for
 *
 * The main thread may wait for something that never comes: from a dead file
 * server, a thread that hangs, or a reader.  So this module has a thread that
 * knows by when the process must have ended, and that waits for nothing but
 * that time and one descriptor.  If the main thread has not ended the process
 * by then, this thread does: it starts one more thread that says why, and ends
 * the process a moment later, whether that thread has finished or not.
 *
 * Threads: the main thread, except where a comment says otherwise.
 */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* There is no deadline. */
#define DEADLINE_NEVER UINT64_MAX

struct deadline_ops {
	/* The descriptor is readable.  Called on the deadline's thread, so it
	 * must not wait. */
	void (*ready)(void *arg);
	/* The time is over.  Called on the same thread.  The main thread stops
	 * at its next call of this module. */
	void (*overdue)(void *arg);
	/* Called next: tell the user, and that the main thread is waiting for
	 * @step.  It has a thread of its own, which may wait, but only for a
	 * moment. */
	void (*last_words)(void *arg, const char *step);
	/* End the process at once.  Does not return. */
	void (*end)(void *arg);
};

struct deadline {
	const struct deadline_ops *ops;
	void *arg;
	int fd;
	pthread_t thread;
	/* The thread is there; only the main thread looks at this. */
	bool runs;
	/* An eventfd: the times have changed. */
	int wake;
	pthread_mutex_t lock;
	/* Signalled when the last words were said. */
	pthread_cond_t spoken_cond;
	/* Everything below is under the lock. */
	uint64_t plan_ns, haste_ns;
	/* Don't end before this time, because the process was stopped. */
	uint64_t again_ns;
	const char *step;
	bool over, spoken, closing;
};

/*
 * Start the thread, with no deadline.  @fd stays the caller's and is watched
 * until deadline_close().  -errno, and there is nothing to close.
 */
int deadline_open(struct deadline *deadline, int fd,
		  const struct deadline_ops *ops, void *arg);

/* The main thread expects to end the process before @at_ns of now_ns(). */
void deadline_plan(struct deadline *deadline, uint64_t at_ns);

/* End the process by @at_ns, or earlier if the plan says so.  Any thread. */
void deadline_hasten(struct deadline *deadline, uint64_t at_ns);

/* The process was stopped for @ns.  That time does not count. */
void deadline_put_off(struct deadline *deadline, uint64_t ns);

/* The earlier of both times; DEADLINE_NEVER: there is none.  Any thread. */
uint64_t deadline_at(struct deadline *deadline);

/* Set what the main thread waits for from now on, in words for people: "the
 * processors to stop".  The string must stay. */
void deadline_step(struct deadline *deadline, const char *step);

/*
 * What overdue() and last_words() read may be changed only between these two
 * calls.  The main thread and ready() use them, but never around something that
 * waits.  They do not return once the time is over.
 */
void deadline_lock(struct deadline *deadline);
void deadline_unlock(struct deadline *deadline);

/*
 * deadline_pause() ends the thread, and deadline_resume() starts it again.  In
 * between, the process has only one thread, so settings can be made that are to
 * hold for all threads; nothing that may wait may be done.  deadline_resume():
 * -errno, and there is no thread.
 */
void deadline_pause(struct deadline *deadline);
int deadline_resume(struct deadline *deadline);

/* End the thread, because the process now ends without waiting for anything. */
void deadline_close(struct deadline *deadline);

#endif
