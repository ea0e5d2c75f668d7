/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_disk.h - an image in memory, for tests of a block device
 *
 * It can be slow (calls stop until let go on), fail, and say what it was asked
 * for, in order.  Its contents are what a model compares with.
 *
 * Threads: any, like a real one's.
 */
#ifndef TESTS_FAKE_DISK_H
#define TESTS_FAKE_DISK_H

#include <pthread.h>

#include "devices/blk/disk.h"

enum { FAKE_DISK_CALLS = 4096 };

enum fake_call {
	FAKE_READ,
	FAKE_READ_NOW,
	FAKE_WRITE,
	FAKE_WRITE_DURABLE,
	FAKE_FLUSH,
	FAKE_DISCARD,
	FAKE_ZERO,
	FAKE_ZERO_UNMAP,
	FAKE_CALLS,
};

struct fake_disk {
	struct disk disk;
	uint8_t *data;
	/* All below under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Calls stop until it is cleared; how many have stopped. */
	bool slow;
	unsigned stopped;
	/* What calls of each kind return; 0: they work. */
	int err[FAKE_CALLS];
	/* Calls that began, of each kind and in their order; those that ended,
	 * likewise. */
	unsigned n[FAKE_CALLS];
	struct {
		enum fake_call what;
		uint64_t offset, len;
		bool end;
	} log[FAKE_DISK_CALLS];
	unsigned n_log;
	bool cancelled;
};

/* Of @size bytes, all 0xd5. */
void fake_disk_init(struct fake_disk *fake, uint64_t size);
/* No call is under way. */
void fake_disk_free(struct fake_disk *fake);

void fake_disk_slow(struct fake_disk *fake, bool slow);
void fake_disk_fail(struct fake_disk *fake, enum fake_call what, int err);
/* Until @n calls have stopped. */
void fake_disk_await_stopped(struct fake_disk *fake, unsigned n);
/* How many calls of that kind have begun. */
unsigned fake_disk_calls(struct fake_disk *fake, enum fake_call what);
/* The place in the log of the @i-th call of that kind: its beginning or its
 * end; FAKE_DISK_CALLS: there is none. */
unsigned fake_disk_at(struct fake_disk *fake, enum fake_call what, unsigned i,
		      bool end);

#endif
