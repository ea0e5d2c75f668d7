/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * deadline.h - the process ends in time, whatever it waits for
 *
 * The main thread may come to wait for what never comes: a file server that is
 * gone, a thread that hangs, a reader.  So a thread of this module's own knows
 * by when the process is to be gone, and itself waits for nothing but that time
 * and one descriptor.  If the main thread has not ended the process by then, it
 * is ended without it: one more thread says what is to be said, and whether it
 * comes to an end or not, a moment later the process does.
 *
 * Threads: the main thread, but for what says otherwise.
 */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* No time at all. */
#define DEADLINE_NEVER UINT64_MAX

struct deadline_ops {
	/* The descriptor is readable; on the deadline's thread, so it must not
	 * wait. */
	void (*ready)(void *arg);
	/* Time is over; the same.  The main thread stops at its next call of
	 * this module. */
	void (*overdue)(void *arg);
	/* Then: say so, and that the main thread is waiting for @step.  On a
	 * thread of its own, which may wait, for a moment. */
	void (*last_words)(void *arg, const char *step);
	/* End the process, at once.  Does not return. */
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
	/* The last words are said. */
	pthread_cond_t spoken_cond;
	/* All below under the lock. */
	uint64_t plan_ns, haste_ns;
	/* Not before this time: the process was stopped. */
	uint64_t again_ns;
	const char *step;
	bool over, spoken, closing;
};

/*
 * Start its thread, with no time set.  @fd stays the caller's and is watched
 * until deadline_close().  -errno, and nothing is to be closed.
 */
int deadline_open(struct deadline *deadline, int fd,
		  const struct deadline_ops *ops, void *arg);

/* The process will be gone by @at_ns of now_ns(), the main thread plans. */
void deadline_plan(struct deadline *deadline, uint64_t at_ns);

/* It is to be gone by @at_ns if not earlier, whatever the plan.  Any thread.
 */
void deadline_hasten(struct deadline *deadline, uint64_t at_ns);

/* The process was stopped for @ns, which is not to count. */
void deadline_put_off(struct deadline *deadline, uint64_t ns);

/* The earlier of both; DEADLINE_NEVER: there is none.  Any thread. */
uint64_t deadline_at(struct deadline *deadline);

/* What the main thread waits for from now on, as it is said to people: "the
 * processors to stop".  The string stays. */
void deadline_step(struct deadline *deadline, const char *step);

/*
 * What overdue() and last_words() read may only be changed between these two.
 * The main thread and ready() use them, not for anything that waits.  They do
 * not return when time is over.
 */
void deadline_lock(struct deadline *deadline);
void deadline_unlock(struct deadline *deadline);

/*
 * End the thread, until deadline_resume() starts it again: what is to hold for
 * all threads can only be set while there is one.  Nothing that may wait is to
 * be done meanwhile.  deadline_resume(): -errno, and there is no thread.
 */
void deadline_pause(struct deadline *deadline);
int deadline_resume(struct deadline *deadline);

/* End the thread: the process will now end by itself, without waiting. */
void deadline_close(struct deadline *deadline);

#endif
