/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/exit_places.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t load(const uint64_t *exits)
{
	/* Acquire: pairs with the release in add(). */
	return __atomic_load_n(exits, __ATOMIC_ACQUIRE);
}

static void add(uint64_t *exits)
{
	/* Release: pairs with the acquire in load().  The place's other fields
	 * were written before its first exit. */
	__atomic_store_n(exits, *exits + 1, __ATOMIC_RELEASE);
}

void exit_places_count(struct exit_places *places, uint64_t addr, bool mmio,
		       bool write)
{
	/* A guest that chooses addresses with equal remainders makes each of
	 * its exits slower by the length of the table, and by no more. */
	for (unsigned i = 0; i < EXIT_PLACES; i++) {
		struct exit_place *p = &places->place[(addr + i) % EXIT_PLACES];

		if (!p->exits) {
			p->addr = addr;
			p->mmio = mmio;
			p->write = write;
		}
		if (p->addr == addr && p->mmio == mmio && p->write == write) {
			add(&p->exits);
			return;
		}
	}
	count_add(&places->others, 1);
}

static int more_first(const void *a, const void *b)
{
	const struct exit_place *x = a, *y = b;

	return (x->exits < y->exits) - (x->exits > y->exits);
}

/* Copy the places that are in use to @out; returns how many. */
static unsigned copy(const struct exit_places *places, struct exit_place *out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < EXIT_PLACES; i++) {
		const struct exit_place *p = &places->place[i];
		uint64_t exits = load(&p->exits);

		if (exits)
			out[n++] = (struct exit_place){ p->addr, p->mmio,
							p->write, exits };
	}
	return n;
}

static void show(const char *name, const uint64_t *exits,
		 const struct count_view *view)
{
	const struct count_spec spec = { .name = name, .kind = COUNT_SUM };

	view->counter(view->arg, &spec, exits);
}

void exit_places_show(const struct exit_places *places,
		      const struct count_view *view)
{
	struct exit_place sorted[EXIT_PLACES];
	unsigned n = copy(places, sorted);
	uint64_t others = count_get(&places->others);
	char name[40];

	qsort(sorted, n, sizeof(*sorted), more_first);
	view->begin(view->arg, "places");
	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s 0x%llx %s",
			 sorted[i].mmio ? "mmio" : "port",
			 (unsigned long long)sorted[i].addr,
			 sorted[i].write ? "write" : "read");
		show(name, &sorted[i].exits, view);
	}
	show("others", &others, view);
	view->end(view->arg);
}
