/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool.h - threads that wait for the host, so that a device's thread does not
 *
 * A job is handed in, one of the threads runs it, and it is handed back with
 * all that have been finished meanwhile.  A job belongs to whom it was handed
 * to; the lock that passes it on orders all that was written to it.
 *
 * Threads: pool_init() and pool_free() by the one that owns the device; the
 * others by the device's thread.  Jobs are run by the pool's own, which touch
 * nothing else of the device.
 */
#ifndef DEVICES_BLK_POOL_H
#define DEVICES_BLK_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/queue.h>

enum { POOL_THREADS_MAX = 8 };

/* Part of what a caller has to do. */
struct pool_job {
	STAILQ_ENTRY(pool_job) next;
};

STAILQ_HEAD(pool_jobs, pool_job);

struct pool_ops {
	/* Do @job, however long it takes; any number run at once. */
	void (*run)(void *arg, struct pool_job *job);
	/* There are finished jobs where there were none.  A thread of the
	 * pool's, without its lock. */
	void (*finished)(void *arg);
	void *arg;
};

struct pool {
	const char *name;
	struct pool_ops ops;
	pthread_t thread[POOL_THREADS_MAX];
	unsigned n_threads;
	pthread_mutex_t lock;
	pthread_cond_t more;
	/* All below under the lock. */
	struct pool_jobs waiting, finished;
	bool quit;
};

/* Start @n threads, called @name (at most 15 characters), which stays.  Logs;
 * -errno, and then nothing is to be freed. */
int pool_init(struct pool *pool, const char *name, unsigned n,
	      const struct pool_ops *ops);

/* End the threads.  No job is waiting or under way. */
void pool_free(struct pool *pool);

/* Have @job run. */
void pool_submit(struct pool *pool, struct pool_job *job);

/* Move to the end of @jobs those that are finished. */
void pool_take_finished(struct pool *pool, struct pool_jobs *jobs);

#endif
