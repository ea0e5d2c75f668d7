/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * event.h - event descriptors, by which threads under test are told and tell
 *
 * Any thread may call these.  Who waits fails the test after a minute.
 */
#ifndef TESTS_EVENT_H
#define TESTS_EVENT_H

#include <check.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/eventfd.h>

static inline void signal_fd(int fd)
{
	ck_assert_int_eq(eventfd_write(fd, 1), 0);
}

/* Wait until @fd was signalled, and take that. */
static inline void await(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	eventfd_t count;

	ck_assert_int_eq(poll(&p, 1, 60000), 1);
	ck_assert_int_eq(eventfd_read(fd, &count), 0);
}

/* Whether @fd, which does not block, was signalled; take that. */
static inline bool signalled(int fd)
{
	eventfd_t count;

	return eventfd_read(fd, &count) == 0;
}

#endif
