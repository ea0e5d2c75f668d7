/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "tests/fuzz/vq_guest.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
	PAGE = 4096,
	/* Where good drivers put indirect tables, and buffers. */
	TABLES = 4096,
	BUFFERS = 5120,
};

/* What the second thread does: the writes among these commands. */
static struct {
	const struct command *command;
	size_t n;
	uint8_t *ram;
	sem_t start;
	/* Cleared by the first thread; the second then clears busy. */
	bool go_on, busy;
} racer;

uint8_t *guest_ram(void)
{
	uint8_t *p = mmap(NULL, RAM + 2 * PAGE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + PAGE, RAM, PROT_READ | PROT_WRITE))
		abort();
	return p + PAGE;
}

void guest_write(uint8_t *ram, const struct command *c)
{
	/* The rings, mostly: they are in the first part of RAM. */
	uint32_t at = c->op & 0x80 ? c->arg * 64u : c->arg * 8u;

	at += (c->op >> 4 & 7) * 2u;
	__atomic_store_n((uint16_t *)(ram + at % RAM), c->value,
			 __ATOMIC_RELAXED);
}

static void put_desc(uint8_t *p, uint64_t addr, uint32_t len, uint16_t a,
		     uint16_t b)
{
	memcpy(p, &addr, 8);
	memcpy(p + 8, &len, 4);
	memcpy(p + 12, &a, 2);
	memcpy(p + 14, &b, 2);
}

/* The @k-th of @n descriptors of a buffer, good ones. */
static void put_nth(const struct guest *g, uint8_t *p, const struct command *c,
		    uint16_t k, uint16_t n, uint16_t next)
{
	uint32_t len = 1 + (c->value & 0xff);
	uint16_t flags = (uint16_t)((c->arg & 4 ? 2 : 0) | (k + 1 < n ? 1 : 0));
	bool wrap = !((g->made + k) / g->cfg.size & 1);

	if (g->cfg.packed)
		put_desc(p, BUFFERS + len * k, len, c->value,
			 flags | (wrap ? 0x80 : 0x8000));
	else
		put_desc(p, BUFFERS + len * k, len, flags, next);
}

/* In the ring slot we are at: a table of @n descriptors, or of whatever
 * the ring itself contains. */
static void put_table(const struct guest *g, const struct command *c,
		      uint16_t n)
{
	uint16_t i = g->made % g->cfg.size;
	uint64_t table = c->arg & 16 ? g->cfg.desc : TABLES + 64 * (i & 15);
	uint8_t *d = g->ram + g->cfg.desc + 16 * i;

	for (uint16_t k = 0; k < n && !(c->arg & 16); k++)
		put_nth(g, g->ram + table + 16 * k, c, k, n, k + 1);
	put_nth(g, d, c, 0, 1, 0);
	memcpy(d, &table, 8);
	memcpy(d + 8, &(uint32_t){ 16u * n }, 4);
	d[g->cfg.packed ? 14 : 12] |= 4;
}

void guest_lend(struct guest *g, const struct command *c)
{
	uint16_t *avail = (uint16_t *)(g->ram + g->cfg.driver);
	uint16_t size = g->cfg.size, head = g->made % size;
	uint16_t n = 1 + (c->arg & 3), slots = c->arg & 8 ? 1 : n;

	if (c->arg & 8)
		put_table(g, c, n);
	for (uint16_t k = 0; k < n && !(c->arg & 8); k++) {
		uint16_t i = (uint16_t)(g->made + k) % size;

		put_nth(g, g->ram + g->cfg.desc + 16 * i, c, k, n,
			(uint16_t)((i + 1) % size));
	}
	if (g->cfg.packed) {
		g->made = (uint16_t)((g->made + slots) % (2 * size));
		return;
	}
	avail[2 + avail[1] % size] = head;
	avail[1]++;
	g->made = (uint16_t)(g->made + slots);
}

static void *race(void *arg)
{
	(void)arg;
	for (;;) {
		sem_wait(&racer.start);
		__atomic_store_n(&racer.busy, true, __ATOMIC_RELEASE);
		while (__atomic_load_n(&racer.go_on, __ATOMIC_ACQUIRE))
			for (size_t i = 0; i < racer.n; i++)
				if (racer.command[i].op % N_OPS == OP_WRITE)
					guest_write(racer.ram,
						    &racer.command[i]);
		__atomic_store_n(&racer.busy, false, __ATOMIC_RELEASE);
	}
	return NULL;
}

void racer_init(void)
{
	pthread_t thread;

	sem_init(&racer.start, 0, 0);
	if (pthread_create(&thread, NULL, race, NULL))
		abort();
}

static void await_racer(bool busy)
{
	while (__atomic_load_n(&racer.busy, __ATOMIC_ACQUIRE) != busy)
		sched_yield();
}

void race_start(struct guest *g, const struct command *c, size_t n)
{
	racer.command = c;
	racer.n = n;
	racer.ram = g->ram;
	__atomic_store_n(&racer.go_on, true, __ATOMIC_RELEASE);
	sem_post(&racer.start);
	await_racer(true);
}

void race_stop(void)
{
	__atomic_store_n(&racer.go_on, false, __ATOMIC_RELEASE);
	await_racer(false);
}
