/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exit_places.h - which ports and addresses a vCPU's exits were for
 *
 * A histogram for --stats.  Who looks for what a boot costs needs to know which
 * registers the guest uses, and how often.  A vCPU that has none (NULL) pays
 * one comparison for each exit.
 *
 * Threads: the vCPU's thread counts; any thread shows.
 */
#ifndef VMM_EXIT_PLACES_H
#define VMM_EXIT_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/count.h"

/* How many places are told apart.  Exits for further places are counted
 * together: a guest decides which addresses it uses. */
enum { EXIT_PLACES = 256 };

/* One kind of access to one address. */
struct exit_place {
	uint64_t addr;
	bool mmio, write;
	/* 0: the place is free.  Stored with release after the other fields,
	 * loaded with acquire before them. */
	uint64_t exits;
};

/* All zero is empty. */
struct exit_places {
	struct exit_place place[EXIT_PLACES];
	/* Exits for places that found no room; relaxed. */
	uint64_t others;
};

/* Count one exit for @addr, a guest-physical address (@mmio) or a port.  The
 * vCPU's thread. */
void exit_places_count(struct exit_places *places, uint64_t addr, bool mmio,
		       bool write);

/* Show the places, those with most exits first, as a group `places`.  A name is
 * like "port 0x3f8 write".  Any thread. */
void exit_places_show(const struct exit_places *places,
		      const struct count_view *view);

#endif
