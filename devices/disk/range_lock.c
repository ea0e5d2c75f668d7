/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/disk/range_lock.h"

#include <stdbool.h>

void range_lock_init(struct range_lock *lock)
{
	pthread_mutex_init(&lock->mutex, NULL);
	pthread_cond_init(&lock->released, NULL);
	lock->held = NULL;
}

void range_lock_free(struct range_lock *lock)
{
	pthread_cond_destroy(&lock->released);
	pthread_mutex_destroy(&lock->mutex);
}

static bool is_held(const struct range_lock *lock, const struct range *range)
{
	for (const struct range *r = lock->held; r; r = r->next)
		if (r->first <= range->last && range->first <= r->last)
			return true;
	return false;
}

void range_acquire(struct range_lock *lock, struct range *range)
{
	pthread_mutex_lock(&lock->mutex);
	while (is_held(lock, range))
		pthread_cond_wait(&lock->released, &lock->mutex);
	range->next = lock->held;
	lock->held = range;
	pthread_mutex_unlock(&lock->mutex);
}

void range_release(struct range_lock *lock, struct range *range)
{
	struct range **at = &lock->held;

	pthread_mutex_lock(&lock->mutex);
	while (*at != range)
		at = &(*at)->next;
	*at = range->next;
	pthread_cond_broadcast(&lock->released);
	pthread_mutex_unlock(&lock->mutex);
}
