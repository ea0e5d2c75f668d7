/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/slirp/tftp_worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread.h"
#include "base/util.h"
#include "devices/slirp/tftp.h"

/* A request, and later its answer. */
struct job {
	struct job *next;
	/* The epoch of the guest that sent it. */
	unsigned epoch, mtu;
	size_t len;
	uint8_t frame[ETHER_MAX];
};

struct queue {
	struct job *first, **last;
};

struct tftp_worker {
	pthread_mutex_t lock;
	/* The thread waits for a request, a reset or the end. */
	pthread_cond_t changed;
	/* Under the lock, like everything here that has no other owner. */
	struct queue requests, answers;
	unsigned n_jobs, epoch;
	/* The thread may be stuck in a file; the owner has closed the worker;
	 * it has left everything to the thread, which frees it. */
	bool busy, closed, left;
	void (*wake)(void *arg);
	void *arg;

	/* Used by the owner only. */
	pthread_t thread;
	bool started;

	/* Used by the thread only, once it runs; and the epoch of these
	 * transfers. */
	struct tftp tftp;
	unsigned serves;
};

static void put(struct queue *queue, struct job *job)
{
	if (!queue->first)
		queue->last = &queue->first;
	job->next = NULL;
	*queue->last = job;
	queue->last = &job->next;
}

static struct job *take(struct queue *queue)
{
	struct job *job = queue->first;

	if (job)
		queue->first = job->next;
	return job;
}

static void drop_all(struct tftp_worker *w, struct queue *queue)
{
	struct job *job;

	while ((job = take(queue))) {
		free(job);
		w->n_jobs--;
	}
}

static void destroy(struct tftp_worker *w)
{
	drop_all(w, &w->requests);
	drop_all(w, &w->answers);
	tftp_close(&w->tftp);
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* ---- The thread. ---- */

/* Answer @job, if it has an answer; transfers of other epochs than @epoch end.
 * Called without the lock, as it may wait for ever. */
static void work(struct tftp_worker *w, struct job *job, unsigned epoch)
{
	uint8_t out[ETHER_MAX] UNINITIALIZED;
	struct packet p;

	if (w->serves != epoch)
		tftp_reset(&w->tftp);
	w->serves = epoch;
	if (!job)
		return;
	w->tftp.mtu = job->mtu;
	/* It was checked when it was put. */
	if (packet_parse(&p, job->frame, job->len) != PACKET_OK) {
		job->len = 0;
		return;
	}
	job->len = tftp_input(&w->tftp, &p, out);
	memcpy(job->frame, out, job->len);
}

/* Hand in the answer, unless nobody wants it any more. */
static void finish(struct tftp_worker *w, struct job *job)
{
	if (!job)
		return;
	if (!job->len || job->epoch != w->epoch || w->closed) {
		free(job);
		w->n_jobs--;
		return;
	}
	put(&w->answers, job);
	w->wake(w->arg);
}

static void serve(struct tftp_worker *w)
{
	while (!w->closed) {
		struct job *job = take(&w->requests);
		unsigned epoch = w->epoch;

		if (!job && w->serves == epoch) {
			pthread_cond_wait(&w->changed, &w->lock);
			continue;
		}
		w->busy = true;
		pthread_mutex_unlock(&w->lock);
		work(w, job, epoch);
		pthread_mutex_lock(&w->lock);
		w->busy = false;
		finish(w, job);
	}
}

static void *run(void *arg)
{
	struct tftp_worker *w = arg;
	bool left;

	thread_block_signals();
	thread_begin("tftp", THREAD_NET);
	pthread_mutex_lock(&w->lock);
	serve(w);
	left = w->left;
	pthread_mutex_unlock(&w->lock);
	if (left)
		destroy(w);
	return NULL;
}

/* ---- The owner. ---- */

int tftp_worker_open(struct tftp_worker **worker, const char *path,
		     void (*wake)(void *arg), void *arg)
{
	struct tftp_worker *w = calloc(1, sizeof(*w));
	int rc;

	if (!w)
		return -ENOMEM;
	rc = tftp_open(&w->tftp, path);
	if (rc < 0) {
		free(w);
		return rc;
	}
	w->wake = wake;
	w->arg = arg;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	*worker = w;
	return 0;
}

void tftp_worker_close(struct tftp_worker *worker)
{
	struct tftp_worker *w = worker;
	pthread_t thread;
	bool left;

	if (!w)
		return;
	thread = w->thread;
	if (!w->started) {
		destroy(w);
		return;
	}
	pthread_mutex_lock(&w->lock);
	w->closed = true;
	w->left = left = w->busy;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
	if (left) {
		pthread_detach(thread);
		return;
	}
	pthread_join(thread, NULL);
	destroy(w);
}

static bool start(struct tftp_worker *w)
{
	if (!w->started)
		w->started = pthread_create(&w->thread, NULL, run, w) == 0;
	return w->started;
}

void tftp_worker_put(struct tftp_worker *worker, const struct packet *request,
		     unsigned mtu)
{
	struct tftp_worker *w = worker;
	struct job *job = NULL;

	/* A frame that was put together from fragments may be too long. */
	if (request->len <= sizeof(job->frame) && start(w))
		job = malloc(sizeof(*job));
	if (!job)
		return;
	job->mtu = mtu;
	job->len = request->len;
	memcpy(job->frame, request->frame, request->len);
	pthread_mutex_lock(&w->lock);
	job->epoch = w->epoch;
	if (w->n_jobs < TFTP_JOBS) {
		put(&w->requests, job);
		w->n_jobs++;
		pthread_cond_signal(&w->changed);
		job = NULL;
	}
	pthread_mutex_unlock(&w->lock);
	free(job);
}

size_t tftp_worker_take(struct tftp_worker *worker, uint8_t out[ETHER_MAX])
{
	struct tftp_worker *w = worker;
	struct job *job;
	size_t len = 0;

	if (!w->started)
		return 0;
	pthread_mutex_lock(&w->lock);
	job = take(&w->answers);
	if (job)
		w->n_jobs--;
	pthread_mutex_unlock(&w->lock);
	if (job) {
		len = job->len;
		memcpy(out, job->frame, len);
	}
	free(job);
	return len;
}

bool tftp_worker_is_busy(struct tftp_worker *worker)
{
	struct tftp_worker *w = worker;
	bool busy;

	pthread_mutex_lock(&w->lock);
	busy = w->busy || w->requests.first;
	pthread_mutex_unlock(&w->lock);
	return busy;
}

void tftp_worker_reset(struct tftp_worker *worker)
{
	struct tftp_worker *w = worker;

	if (!w->started)
		return;
	pthread_mutex_lock(&w->lock);
	w->epoch++;
	drop_all(w, &w->requests);
	drop_all(w, &w->answers);
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
}
