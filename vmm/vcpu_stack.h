/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_stack.h - a copy of a processor's stack
 *
 * It is taken while the processor is outside of the guest, so that the
 * registers and the memory match.
 *
 * Threads: the vCPU's own outside of KVM_RUN, or the main thread once it has
 * ended.
 */
#ifndef VMM_VCPU_STACK_H
#define VMM_VCPU_STACK_H

#include <stddef.h>
#include <stdint.h>

#include "gdb/walk.h"

struct vcpu;

enum {
	/* At most so many bytes are copied. */
	VCPU_STACK = 8192,
	/* At most so many stacks, one after the other: that of an interrupt,
	 * and the one that it interrupted. */
	VCPU_STACK_PIECES = 3,
};

struct vcpu_stack {
	struct gdb_paging paging;
	/* The stack pointer and the frame pointer, linear addresses, and the
	 * size of a word: 4 or 8. */
	uint64_t sp, fp;
	unsigned word;
	/* The pieces that were copied: the address of each and its length;
	 * their bytes follow each other in @bytes. */
	unsigned n;
	struct {
		uint64_t addr;
		size_t len;
	} piece[VCPU_STACK_PIECES];
	uint8_t bytes[VCPU_STACK];
};

/* Copy the stack of @vcpu.  @stack->n is 0 if the stack is not in memory or KVM
 * does not tell where it is. */
void vcpu_stack_read(const struct vcpu *vcpu, struct vcpu_stack *stack);

struct mem;

/* The second half of vcpu_stack_read(): copy the memory at @stack's registers.
 * Public for its test. */
void vcpu_stack_copy(const struct mem *mem, struct vcpu_stack *stack);

#endif
