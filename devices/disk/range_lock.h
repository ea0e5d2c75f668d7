/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * range_lock.h - one thread at a time for each of many numbers
 *
 * A thread holds a range of them at most, so nobody waits in a circle.
 *
 * Any thread.
 */
#ifndef DEVICES_DISK_RANGE_LOCK_H
#define DEVICES_DISK_RANGE_LOCK_H

#include <pthread.h>
#include <stdint.h>

/* What a thread holds, from @first to @last; on its stack. */
struct range {
	uint64_t first, last;
	struct range *next;
};

struct range_lock {
	pthread_mutex_t mutex;
	/* A range was released. */
	pthread_cond_t released;
	/* Those that are held; by the mutex. */
	struct range *held;
};

void range_lock_init(struct range_lock *lock);
/* Nobody holds a range any more. */
void range_lock_free(struct range_lock *lock);

/* Wait until nobody holds a number of @range, and hold them. */
void range_acquire(struct range_lock *lock, struct range *range);
void range_release(struct range_lock *lock, struct range *range);

#endif
