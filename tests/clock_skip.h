/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock_skip.h - a test program's clock that can be put forward
 *
 * Being defined in the program, this clock_gettime(2) stands before libc's.
 * CLOCK_MONOTONIC is ahead by what was skipped; threads may read it meanwhile.
 * What sleeps goes on sleeping, so wake it.
 */
#ifndef TESTS_CLOCK_SKIP_H
#define TESTS_CLOCK_SKIP_H

#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* In nanoseconds; atomic, relaxed: it stands for nothing else. */
static int64_t clock_skipped;

int clock_gettime(clockid_t id, struct timespec *t)
{
	int rc = (int)syscall(SYS_clock_gettime, id, t);
	int64_t ns = t->tv_nsec;

	if (rc != 0 || id != CLOCK_MONOTONIC)
		return rc;
	ns += __atomic_load_n(&clock_skipped, __ATOMIC_RELAXED);
	t->tv_sec += (time_t)(ns / 1000000000);
	t->tv_nsec = ns % 1000000000;
	return 0;
}

static inline void clock_skip(int64_t ns)
{
	__atomic_add_fetch(&clock_skipped, ns, __ATOMIC_RELAXED);
}

#endif
