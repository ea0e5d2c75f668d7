/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/isolate/link.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

void link_ring(struct link *link)
{
	__atomic_add_fetch(&link->doorbell, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &link->doorbell, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void link_wait(struct link *link, uint32_t seen)
{
	syscall(SYS_futex, &link->doorbell, FUTEX_WAIT, seen, NULL, NULL, 0);
}
