/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fence.h - a memory fence that also compiles with ThreadSanitizer
 *
 * Some hand-shakes have two threads that each write one thing and then read
 * what the other writes.  They need a full fence between write and read on both
 * sides: then at least one thread sees what the other has written.  Fences are
 * used rather than sequentially consistent accesses, because emulators of
 * weakly ordered processors implement fences more reliably.
 */
#ifndef BASE_FENCE_H
#define BASE_FENCE_H

static inline void memory_fence(int order)
{
	/* ThreadSanitizer ignores fences, and gcc warns of that. */
#ifdef __SANITIZE_THREAD__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan"
#endif
	__atomic_thread_fence(order);
#ifdef __SANITIZE_THREAD__
#pragma GCC diagnostic pop
#endif
}

static inline void full_fence(void)
{
	memory_fence(__ATOMIC_SEQ_CST);
}

/* In a loop that waits for another processor. */
static inline void cpu_relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

#endif
