/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/blk/pool.h"

#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "base/thread.h"

/* The next job, or NULL: the end.  Locked. */
static struct pool_job *take_job(struct pool *pool)
{
	struct pool_job *job;

	while (STAILQ_EMPTY(&pool->waiting) && !pool->quit)
		pthread_cond_wait(&pool->more, &pool->lock);
	job = STAILQ_FIRST(&pool->waiting);
	if (job)
		STAILQ_REMOVE_HEAD(&pool->waiting, next);
	return job;
}

/* True: it is the first of those to be taken. */
static bool give_finished(struct pool *pool, struct pool_job *job)
{
	bool first = STAILQ_EMPTY(&pool->finished);

	STAILQ_INSERT_TAIL(&pool->finished, job, next);
	return first;
}

static void *run(void *arg)
{
	struct pool *pool = arg;
	struct pool_job *job;
	bool first;

	thread_begin(pool->name, THREAD_WORKER);
	pthread_mutex_lock(&pool->lock);
	while ((job = take_job(pool))) {
		pthread_mutex_unlock(&pool->lock);
		pool->ops.run(pool->ops.arg, job);
		pthread_mutex_lock(&pool->lock);
		first = give_finished(pool, job);
		if (!first)
			continue;
		pthread_mutex_unlock(&pool->lock);
		pool->ops.finished(pool->ops.arg);
		pthread_mutex_lock(&pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

int pool_init(struct pool *pool, const char *name, unsigned n,
	      const struct pool_ops *ops)
{
	int err = 0;

	assert(n <= POOL_THREADS_MAX);
	*pool = (struct pool){ .name = name, .ops = *ops };
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->more, NULL);
	STAILQ_INIT(&pool->waiting);
	STAILQ_INIT(&pool->finished);
	while (pool->n_threads < n && !err) {
		err = -pthread_create(&pool->thread[pool->n_threads], NULL, run,
				      pool);
		if (!err)
			pool->n_threads++;
	}
	if (!err)
		return 0;
	pool_free(pool);
	return log_fail(err, "%s: %s", name, thread_failure(err));
}

void pool_free(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->quit = true;
	pthread_cond_broadcast(&pool->more);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->n_threads; i++)
		pthread_join(pool->thread[i], NULL);
	assert(STAILQ_EMPTY(&pool->finished));
	pthread_cond_destroy(&pool->more);
	pthread_mutex_destroy(&pool->lock);
}

void pool_submit(struct pool *pool, struct pool_job *job)
{
	pthread_mutex_lock(&pool->lock);
	STAILQ_INSERT_TAIL(&pool->waiting, job, next);
	pthread_cond_signal(&pool->more);
	pthread_mutex_unlock(&pool->lock);
}

void pool_take_finished(struct pool *pool, struct pool_jobs *jobs)
{
	pthread_mutex_lock(&pool->lock);
	STAILQ_CONCAT(jobs, &pool->finished);
	pthread_mutex_unlock(&pool->lock);
}
