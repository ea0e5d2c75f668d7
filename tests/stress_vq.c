/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stress_vq [MILLISECONDS [FILTER]] - wake-ups between two real threads
 *
 * The queue runs on one thread, the model driver on another, and nothing
 * but shared memory and two doorbells is between them.  Data are checked on
 * both ends; when neither makes progress a watchdog ends the program.  Each
 * combination runs for that many milliseconds; FILTER picks those whose
 * name contains it.
 *
 * Either end waits in one of three ways: polling, with the other's signals
 * muted; sleeping on an eventfd; or watching, which is sleeping as far as
 * the queue can tell but sees the doorbell in memory, so that there are a
 * hundred times as many wake-ups to lose.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/litmus.h"
#include "tests/stress.h"

enum { WATCHDOG_S = 10 };

static void bell_ring_arg(void *arg)
{
	bell_ring(arg);
}

/* Fails when nothing has moved for a long time. */
static void *watchdog(void *arg)
{
	struct stress *s = arg;
	uint64_t last = UINT64_MAX;
	unsigned still = 0;

	while (!__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE)) {
		uint64_t now = __atomic_load_n(&s->progress, __ATOMIC_RELAXED);

		still = now == last ? still + 1 : 0;
		last = now;
		if (still == WATCHDOG_S * 100)
			stress_fail(
				s, "LOST WAKE-UP: neither side makes progress");
		usleep(10000);
	}
	return NULL;
}

static void run(struct stress *s, uint8_t *ram, unsigned ms)
{
	pthread_t dev, dog;

	s->kick.fd = eventfd(0, 0);
	s->irq.fd = eventfd(0, 0);
	driver_init(&s->d, &s->cfg,
		    s->cfg.indirect ? DRIVER_INDIRECT : DRIVER_DIRECT, ram, 0);
	s->end_ns = now_ns() + ms * UINT64_C(1000000);
	if (s->kick.fd < 0 || s->irq.fd < 0 ||
	    driver_start(&s->d, &s->vq, bell_ring_arg, &s->irq) ||
	    pthread_create(&dev, NULL, stress_device, s) ||
	    pthread_create(&dog, NULL, watchdog, s))
		abort();
	stress_drive(s);
	__atomic_store_n(&s->stop, true, __ATOMIC_RELEASE);
	bell_ring(&s->kick);
	pthread_join(dev, NULL);
	pthread_join(dog, NULL);
	stress_drain(s);
	if (s->driver_seq != s->device_seq)
		stress_fail(s, "the two ends don't agree on how many packets");
	printf("  %-58s %9llu packets %8llu kicks %8llu interrupts\n", s->name,
	       (unsigned long long)s->device_seq,
	       (unsigned long long)s->kick.rung - 1,
	       (unsigned long long)s->irq.rung);
	fflush(stdout);
	driver_free(&s->d);
	close(s->kick.fd);
	close(s->irq.fd);
}

/* Combination @i of the ways to wait and the ways the ring can be. */
static void combination(struct stress *s, unsigned i)
{
	static const enum wait waits[][2] = {
		{ POLLING, POLLING },	{ SLEEPING, POLLING },
		{ POLLING, SLEEPING },	{ SLEEPING, SLEEPING },
		{ WATCHING, POLLING },	{ POLLING, WATCHING },
		{ WATCHING, WATCHING },
	};
	static const char *const how[] = { "polls", "sleeps", "watches" };

	*s = (struct stress){
		.device_waits = waits[i / 16][0],
		.driver_waits = waits[i / 16][1],
		.one_in_flight = i & 4,
		.mergeable = i & 8,
		.cfg = { .size = i & 1 ? 13 : 16,
			 .packed = i & 1,
			 .event_idx = i & 2,
			 /* Either layout in every other way to wait. */
			 .indirect = (i ^ i / 16) & 1 },
	};
	snprintf(s->name, sizeof(s->name), "device %s, driver %s, %s%s%s%s%s",
		 how[s->device_waits], how[s->driver_waits],
		 s->cfg.packed ? "packed" : "split",
		 s->cfg.event_idx ? ", event idx" : "",
		 s->cfg.indirect ? ", indirect" : "",
		 s->one_in_flight ? ", one in flight" : "",
		 s->mergeable ? ", mergeable" : "");
}

static void litmus(int cpu)
{
	enum { ROUNDS = 4000 };
	unsigned without = litmus_run(ROUNDS, false, cpu);
	unsigned with = litmus_run(ROUNDS, true, cpu);

	printf("stress_vq: store-buffer litmus: %u of %d stale without a "
	       "fence, %u with\n",
	       without, ROUNDS * LITMUS_CELLS, with);
	if (!without)
		printf("stress_vq: this machine does not show the reordering "
		       "now: passing says nothing about fences\n");
}

int main(int argc, char **argv)
{
	unsigned ms = argc > 1 ? (unsigned)atoi(argv[1]) : 150;
	const char *filter = argc > 2 ? argv[2] : "";
	uint8_t *ram = driver_ram();
	unsigned done = 0;
	int cpu[2];

	if (!ram)
		abort();
	litmus_cpus(cpu);
	litmus_pin(cpu[0]);
	litmus(cpu[1]);
	for (unsigned i = 0; i < 7 * 16; i++) {
		struct stress s;

		combination(&s, i);
		s.cpu = cpu[1];
		if (!strstr(s.name, filter))
			continue;
		run(&s, ram, ms);
		done++;
	}
	printf("stress_vq: %u combinations, no wake-up lost\n", done);
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
