/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/racer.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>

static struct {
	pthread_t thread;
	sem_t start;
	/* Written by the first thread while the second one sleeps. */
	void (*turn)(void *arg);
	void *arg;
	bool running, created;
	/* Cleared by the first thread; the second then clears busy.  Release
	 * by the one, acquire by the other, both ways. */
	bool go_on, busy;
} racer;

bool race_wanted(const uint8_t *data, size_t size, unsigned one_in)
{
	/* FNV-1a. */
	uint32_t h = 2166136261;

	for (size_t i = 0; i < size; i++)
		h = (h ^ data[i]) * 16777619;
	return (h >> 16) % one_in == 0;
}

static void *race(void *arg)
{
	(void)arg;
	for (;;) {
		sem_wait(&racer.start);
		__atomic_store_n(&racer.busy, true, __ATOMIC_RELEASE);
		while (__atomic_load_n(&racer.go_on, __ATOMIC_ACQUIRE))
			racer.turn(racer.arg);
		__atomic_store_n(&racer.busy, false, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void create(void)
{
	sem_init(&racer.start, 0, 0);
	if (pthread_create(&racer.thread, NULL, race, NULL))
		abort();
	racer.created = true;
}

static void await(bool busy)
{
	while (__atomic_load_n(&racer.busy, __ATOMIC_ACQUIRE) != busy)
		sched_yield();
}

void race_start(void (*turn)(void *arg), void *arg)
{
	if (!racer.created)
		create();
	racer.turn = turn;
	racer.arg = arg;
	racer.running = true;
	__atomic_store_n(&racer.go_on, true, __ATOMIC_RELEASE);
	sem_post(&racer.start);
	await(true);
}

void race_stop(void)
{
	if (!racer.running)
		return;
	__atomic_store_n(&racer.go_on, false, __ATOMIC_RELEASE);
	await(false);
	racer.running = false;
}

uint32_t race_dice(uint32_t sides)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return (state >> 8) % sides;
}

void race_scribble(uint8_t *at, uint32_t len)
{
	uint8_t value = race_dice(8) ? 0 : (uint8_t)race_dice(256);

	__atomic_store_n(&at[race_dice(len)], value, __ATOMIC_RELAXED);
}
