/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backtrace.h - the callers of the function that a processor is in
 *
 * Finds return addresses in a copy of the processor's stack: first those that
 * the chain of frame pointers leads to, then all other words that look like
 * return addresses.  The latter are marked '?', as Linux does, because some of
 * them are left over from calls that have returned.  A word looks like a return
 * address if it lies in a function that has a name, directly behind a call
 * instruction.
 *
 * Nothing here believes the guest: what is read is bounded, and a guest can at
 * worst have a wrong name shown.
 *
 * Threads: main thread.
 */
#ifndef VMM_BACKTRACE_H
#define VMM_BACKTRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mem;
struct symbols;
struct text;
struct vcpu_stack;

enum { BACKTRACE_FRAMES = 16, BACKTRACE_LINE = 900 };

/*
 * Add to @text up to BACKTRACE_FRAMES callers, the innermost first, as "f+0x10,
 * ? g+0x24".  @slide is how far the kernel was moved from where it was linked.
 * Code is read from @mem.  Returns the number of callers.
 */
unsigned backtrace_put(struct text *text, const struct vcpu_stack *stack,
		       const struct mem *mem, const struct symbols *symbols,
		       uint64_t slide);

/* A report on the processors of one machine. */
struct backtrace_log {
	const struct mem *mem;
	const struct symbols *symbols;
	uint64_t slide;
	/* The last line that was logged, and the vCPU it was about; empty at
	 * the beginning. */
	unsigned index;
	char said[BACKTRACE_LINE];
};

/* Log one line with the callers on vCPU @index, or that they are the same as in
 * the line before.  Logs nothing if no caller is found. */
void backtrace_log(struct backtrace_log *log, unsigned index,
		   const struct vcpu_stack *stack);

#endif
