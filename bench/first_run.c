/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * first_run.c - tell when a VMM first runs guest code
 *
 * Preloaded into the VMM: an ioctl(2) that writes the time of the first
 * KVM_RUN to the file FIRST_RUN_FD, which is mapped at once, as a VMM in a
 * sandbox closes it. The vCPU threads may race to be first.
 */
#define _GNU_SOURCE
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bench/first_run.h"

static int64_t *first = MAP_FAILED;

__attribute__((constructor)) static void map(void)
{
	first = mmap(NULL, sizeof(*first), PROT_READ | PROT_WRITE, MAP_SHARED,
		     FIRST_RUN_FD, 0);
}

static void tell(void)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;
	struct timespec t;

	/* Relaxed: nothing but the flag itself is shared. */
	if (atomic_flag_test_and_set_explicit(&told, memory_order_relaxed))
		return;
	clock_gettime(CLOCK_MONOTONIC, &t);
	if (first != MAP_FAILED)
		*first = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	long arg;

	va_start(args, request);
	arg = va_arg(args, long);
	va_end(args);
	if (request == KVM_RUN)
		tell();
	return (int)syscall(SYS_ioctl, fd, request, arg);
}
