/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fence.h - a memory fence that ThreadSanitizer's compiler takes
 *
 * A hand-shake in which each of two threads writes one thing and then reads
 * what the other writes needs a full fence between the two on both sides: then
 * at least one of them sees the other's.  Such fences stand where they are
 * needed rather than in sequentially consistent accesses, as emulators of
 * weakly ordered processors keep them more reliably.
 */
#ifndef BASE_FENCE_H
#define BASE_FENCE_H

static inline void memory_fence(int order)
{
	/* ThreadSanitizer ignores fences, and gcc says so. */
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
