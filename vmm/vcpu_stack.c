/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/vcpu_stack.h"

#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/mem.h"
#include "base/util.h"
#include "vmm/vcpu.h"

enum { PAGE = 4096 };

/* Copy up to @room bytes from @addr on to @out, until an address that is not in
 * memory.  Returns the number of bytes. */
static size_t copy(const struct mem *mem, const struct gdb_paging *paging,
		   uint64_t addr, uint8_t *out, size_t room)
{
	size_t len = 0;

	while (len < room) {
		const size_t n =
			MIN(room - len, (size_t)(PAGE - (addr + len) % PAGE));
		struct gdb_walk walk;
		const void *from = NULL;

		if (gdb_walk(mem, paging, addr + len, &walk))
			from = mem_at(mem, walk.gpa, n);
		if (!from)
			break;
		memcpy(out + len, from, n);
		len += n;
	}
	return len;
}

/*
 * Linux runs interrupts on a stack of their own, whose last word is the stack
 * pointer of the interrupted code (x86-64). 0: the last word is not like that.
 */
static uint64_t interrupted_sp(const struct vcpu_stack *s, size_t used)
{
	uint64_t sp;

	if (s->word != sizeof(sp) || used < sizeof(sp) || used >= VCPU_STACK)
		return 0;
	memcpy(&sp, s->bytes + used - sizeof(sp), sizeof(sp));
	return sp % sizeof(sp) == 0 && sp >> 63 ? sp : 0;
}

void vcpu_stack_copy(const struct mem *mem, struct vcpu_stack *stack)
{
	struct vcpu_stack *s = stack;
	size_t used = 0;

	/* Sound code has an aligned stack. */
	for (uint64_t at = ALIGN_UP(s->sp, (uint64_t)s->word);
	     at && s->n < VCPU_STACK_PIECES; at = interrupted_sp(s, used)) {
		size_t len = copy(mem, &s->paging, at, s->bytes + used,
				  VCPU_STACK - used);

		if (!len)
			break;
		s->piece[s->n].addr = at;
		s->piece[s->n++].len = len;
		used += len;
	}
}

void vcpu_stack_read(const struct vcpu *vcpu, struct vcpu_stack *stack)
{
	struct kvm_regs regs;
	struct kvm_sregs s;

	stack->n = 0;
	if (ioctl(vcpu->fd, KVM_GET_REGS, &regs) < 0 ||
	    ioctl(vcpu->fd, KVM_GET_SREGS, &s) < 0)
		return;
	stack->paging = (struct gdb_paging){ s.cr0, s.cr3, s.cr4, s.efer };
	stack->word = s.cs.l ? 8 : 4;
	/* In 64-bit mode stacks have no base. */
	stack->sp = (s.cs.l ? 0 : s.ss.base) + regs.rsp;
	stack->fp = (s.cs.l ? 0 : s.ss.base) + regs.rbp;
	vcpu_stack_copy(vcpu->env->mem, stack);
}
