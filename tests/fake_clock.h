/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_clock.h - a test program's own clock_gettime(2)
 *
 * Being defined in the program, it stands before libc's.  While
 * fake_clock.set is false it is the real one; the clock is per process, as
 * tests are.
 */
#ifndef TESTS_FAKE_CLOCK_H
#define TESTS_FAKE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FAKE_SECOND INT64_C(1000000000)

static struct {
	bool set;
	/* Nanoseconds: CLOCK_REALTIME, and any other clock. */
	int64_t real, monotonic;
} fake_clock;

static struct timespec fake_timespec(int64_t ns)
{
	struct timespec t = { ns / FAKE_SECOND, ns % FAKE_SECOND };

	return t;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	if (!fake_clock.set)
		return (int)syscall(SYS_clock_gettime, id, t);
	*t = fake_timespec(id == CLOCK_REALTIME ? fake_clock.real :
						  fake_clock.monotonic);
	return 0;
}

/* From now on time stands still but for fake_clock_advance().  Check itself
 * measures how long a test takes, so unset it at the end. */
static inline void fake_clock_set(int64_t seconds)
{
	struct timespec now;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	fake_clock.set = true;
	fake_clock.real = seconds * FAKE_SECOND;
	fake_clock.monotonic = now.tv_sec * FAKE_SECOND + now.tv_nsec;
}

static inline void fake_clock_advance(int64_t ns)
{
	fake_clock.real += ns;
	fake_clock.monotonic += ns;
}

#endif
