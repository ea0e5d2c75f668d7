/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backtrace.h - by whom the function was called that a processor is in
 *
 * Return addresses on a copy of its stack: those that the chain of frame
 * pointers leads to, and all others that may be ones, marked '?' as Linux does:
 * some of those are left from calls that are over.  One that may be is in a
 * function that has a name, behind an instruction that calls.
 *
 * Nothing here believes the guest: what is read is bounded, and the worst that
 * it can do is to show a wrong name.
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
 * Add to @text up to BACKTRACE_FRAMES callers, from the last one on, as
 * "f+0x10, ? g+0x24", of a kernel that was moved by @slide.  Code is read from
 * @mem.  How many there are.
 */
unsigned backtrace_put(struct text *text, const struct vcpu_stack *stack,
		       const struct mem *mem, const struct symbols *symbols,
		       uint64_t slide);

/* A report on the processors of one machine. */
struct backtrace_log {
	const struct mem *mem;
	const struct symbols *symbols;
	uint64_t slide;
	/* What was said last, and of which processor; none at the beginning. */
	unsigned index;
	char said[BACKTRACE_LINE];
};

/* Log in a line by whom vCPU @index was called, or that it was by the same as
 * the one before; nothing if there is nothing to tell. */
void backtrace_log(struct backtrace_log *log, unsigned index,
		   const struct vcpu_stack *stack);

#endif
