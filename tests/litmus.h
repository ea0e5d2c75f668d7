/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus.h - does this machine reorder a store and a later load?
 *
 * Two threads each store to one cell and then load the other's.  Without a
 * full fence between the two both loads may see the old value: the lost
 * wake-up in its smallest form.  A stress test that passes on a machine that
 * never shows this has proved nothing about fences.
 */
#ifndef TESTS_LITMUS_H
#define TESTS_LITMUS_H

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LITMUS_CELLS = 512 };

struct litmus {
	struct {
		_Alignas(64) uint16_t x;
		_Alignas(64) uint16_t y;
	} cell[LITMUS_CELLS];
	uint16_t saw_x[LITMUS_CELLS], saw_y[LITMUS_CELLS];
	_Alignas(64) unsigned arrived, phase;
	unsigned rounds;
	int cpu;
	bool fence;
};

/* Two CPUs that this process may use; the same one twice if there is no
 * other. */
static inline void litmus_cpus(int cpu[2])
{
	cpu_set_t may;
	int n = 0;

	CPU_ZERO(&may);
	sched_getaffinity(0, sizeof(may), &may);
	cpu[0] = 0;
	for (int i = 0; i < CPU_SETSIZE && n < 2; i++)
		if (CPU_ISSET(i, &may))
			cpu[n++] = i;
	if (n < 2)
		cpu[1] = cpu[0];
}

static inline void litmus_pin(int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
}

/* Both threads, and at the same time: it spins. */
static inline void litmus_meet(struct litmus *l)
{
	unsigned phase = __atomic_load_n(&l->phase, __ATOMIC_ACQUIRE);
	unsigned spins = 0;

	if (__atomic_fetch_add(&l->arrived, 1, __ATOMIC_ACQ_REL) & 1) {
		__atomic_store_n(&l->phase, phase + 1, __ATOMIC_RELEASE);
		return;
	}
	while (__atomic_load_n(&l->phase, __ATOMIC_ACQUIRE) == phase)
		if (!(++spins % 10000))
			sched_yield();
}

static inline void litmus_side(struct litmus *l, bool first)
{
	for (int i = 0; i < LITMUS_CELLS; i++) {
		uint16_t *mine = first ? &l->cell[i].x : &l->cell[i].y;
		uint16_t *other = first ? &l->cell[i].y : &l->cell[i].x;
		uint16_t *saw = first ? &l->saw_y[i] : &l->saw_x[i];

		__atomic_store_n(mine, 1, __ATOMIC_RELEASE);
		if (l->fence)
			__atomic_thread_fence(__ATOMIC_SEQ_CST);
		*saw = __atomic_load_n(other, __ATOMIC_ACQUIRE);
	}
}

static inline void *litmus_second(void *arg)
{
	struct litmus *l = arg;

	litmus_pin(l->cpu);
	for (unsigned n = 0; n < l->rounds; n++) {
		litmus_meet(l);
		litmus_side(l, false);
		litmus_meet(l);
	}
	return NULL;
}

/*
 * Of @rounds times LITMUS_CELLS trials, in how many were both loads stale?
 * The second thread runs on @cpu.
 */
static inline unsigned litmus_run(unsigned rounds, bool fence, int cpu)
{
	struct litmus *l = aligned_alloc(64, sizeof(*l));
	unsigned stale = 0;
	pthread_t second;

	if (!l)
		abort();
	memset(l, 0, sizeof(*l));
	l->rounds = rounds;
	l->fence = fence;
	l->cpu = cpu;
	if (pthread_create(&second, NULL, litmus_second, l))
		abort();
	for (unsigned n = 0; n < rounds; n++) {
		for (int i = 0; i < LITMUS_CELLS; i++)
			l->cell[i].x = l->cell[i].y = 0;
		litmus_meet(l);
		litmus_side(l, true);
		litmus_meet(l);
		for (int i = 0; i < LITMUS_CELLS; i++)
			stale += !l->saw_x[i] && !l->saw_y[i];
	}
	pthread_join(second, NULL);
	free(l);
	return stale;
}

#endif
