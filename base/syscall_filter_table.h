/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syscall_filter_table.h - which system calls a thread may make, and how
 *
 * Only syscall_filter.c uses this header: its names are short, so that the
 * table can be read.
 */
#ifndef BASE_SYSCALL_FILTER_TABLE_H
#define BASE_SYSCALL_FILTER_TABLE_H

#include <stdint.h>

#include "base/thread.h"
#include "base/util.h"

/* Calls beyond these did not exist when the table was written.  x32's are
 * there, too. */
#define NEWEST 450

/* Which arguments of a call decide. */
enum syscall_check {
	ANY,
	IOCTL,
	SOCKET,
	/* No memory that can be executed. */
	NO_EXEC,
	/* A thread, not a process: the flags tell. */
	THREAD,
	/* The first argument is our own process. */
	SELF,
	/* It is 0, which means ourselves. */
	ZERO,
	PRCTL,
	FCNTL,
	UNSHARE,
	/* As if the kernel did not have it: its arguments are in memory, where
	 * a filter can't look, and the C library has an older call. */
	ABSENT,
	/* Not in the table: what comes of other calls. */
	REFUSED,
	UNKNOWN,
};

/* Who may make a call; the main thread may do what any other may. */
enum {
	VCPU = BIT(THREAD_VCPU),
	NET = BIT(THREAD_NET),
	WORKER = BIT(THREAD_WORKER),
	FILES = BIT(THREAD_FILES),
	SINK = BIT(THREAD_SINK),
	MAIN = BIT(THREAD_MAIN),
	ALL = VCPU | NET | WORKER | FILES | SINK | MAIN,
	/* To others it is an error, not the end; and to the main thread, too,
	 * where a run has no thread of a kind that may. */
	SOFT = BIT(15),
};

/* A system call. */
struct syscall_row {
	/* Its number. */
	uint16_t call;
	/* Bits of the enum above: who may make it. */
	uint16_t who;
	/* enum syscall_check. */
	uint8_t check;
};

/* An ioctl whose bits of @mask are @value. */
struct ioctl_row {
	uint32_t mask, value;
	uint16_t who;
};

/* In no order.  The end is a row with nobody in @who. */
extern const struct syscall_row syscall_rows[];

/* The end is a row with no bit in @mask. */
extern const struct ioctl_row syscall_ioctls[];

#endif
