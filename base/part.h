/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * part.h - a kind of device, as a machine has it in its list of parts
 *
 * vmm/vm.c has the list.  It makes each part from what the user asked for, on
 * the board (base/board.h), and drops them in reverse order.  A reset drops
 * all and makes a new machine, so a part is made once and never reset.
 *
 * Threads: all functions are called by the main thread, while no vCPU runs,
 * but for show(), which is called while they do.
 */
#ifndef BASE_PART_H
#define BASE_PART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/board.h"

struct count_table;
struct count_view;

struct part {
	/* "RTC": in logs. */
	const char *name;
	/* Bytes of a part's state, which is all zero before make(); 0 for a
	 * piece of the board itself, whose state the board has. */
	size_t size;
	/* It has a slot on the PCI bus.  If the machine has no such part the
	 * slot stays empty, so that later parts have the same slots on every
	 * machine. */
	bool on_pci;
	/* How many parts of this kind a machine has: called for @i from 0 on,
	 * until it returns NULL.  It returns the configuration of part @i in
	 * @config, which is what the user asked for of this kind.  Without this
	 * function there is one part, made from @config. */
	const void *(*instance)(const void *config, unsigned i);
	/* Plug a part, made from @config, which outlives it, into @board.
	 * Logs; -errno, and then nothing is left of it.  -EEXIST: a port that
	 * the user chose is in use. */
	int (*make)(void *self, struct board *board, const void *config);
	/* Unplug and free it. */
	void (*drop)(void *self, struct board *board);
	/* Show its counters, in a group whose name no other part has.  NULL: it
	 * has none. */
	void (*show)(const void *self, const struct count_view *view);
	/* For the manual: the counters of its own that show() shows. */
	const struct count_table *counters;
};

/* An `instance` for a @config that is a bool: there is one if it is true. */
const void *part_if_true(const void *config, unsigned i);

/* The same for a port number: there is one unless it is 0. */
const void *part_if_port(const void *config, unsigned i);

#endif
