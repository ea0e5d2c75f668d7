/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/vcpu_crash.h"

#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "base/mem.h"
#include "base/util.h"
#include "vmm/vcpu.h"
#include "vmm/vcpu_state.h"

/* A processor's first instruction after a reset; Intel SDM volume 3A, section
 * 9.1.4. */
enum { RESET_RIP = 0xfff0, CR0_PE = BIT(0) };
#define RESET_CS_BASE UINT64_C(0xffff0000)

static bool read_registers(int fd, struct vcpu_crash *c)
{
	struct kvm_regs regs;
	struct kvm_sregs s;

	if (ioctl(fd, KVM_GET_REGS, &regs) < 0 ||
	    ioctl(fd, KVM_GET_SREGS, &s) < 0)
		return false;
	c->rip = regs.rip;
	c->rsp = regs.rsp;
	c->rflags = regs.rflags;
	c->cs_base = s.cs.base;
	c->ring = s.ss.dpl;
	c->cr0 = s.cr0;
	c->cr2 = s.cr2;
	c->cr3 = s.cr3;
	c->cr4 = s.cr4;
	c->efer = s.efer;
	c->idt_base = s.idt.base;
	c->idt_limit = s.idt.limit;
	c->gdt_base = s.gdt.base;
	c->gdt_limit = s.gdt.limit;
	return true;
}

static void read_exception(int fd, struct vcpu_crash *c)
{
	struct kvm_vcpu_events events;

	c->vector = -1;
	if (ioctl(fd, KVM_GET_VCPU_EVENTS, &events) < 0)
		return;
	if (!events.exception.injected && !events.exception.nr)
		return;
	c->vector = events.exception.nr;
	c->has_error_code = events.exception.has_error_code;
	c->error_code = events.exception.error_code;
}

/* The byte of memory at the linear address @addr; NULL: there is none. */
static const uint8_t *byte_at(const struct vcpu *vcpu, uint64_t addr)
{
	struct kvm_translation t = { .linear_address = addr };

	if (ioctl(vcpu->fd, KVM_TRANSLATE, &t) < 0 || !t.valid)
		return NULL;
	return mem_at(vcpu->env->mem, t.physical_address, 1);
}

static void read_code(const struct vcpu *vcpu, struct vcpu_crash *c)
{
	uint64_t addr = c->cs_base + c->rip - VCPU_CRASH_BEFORE;

	for (unsigned i = 0; i < VCPU_CRASH_CODE; i++) {
		const uint8_t *byte = byte_at(vcpu, addr + i);

		if (!byte)
			continue;
		c->code[i] = *byte;
		c->code_known |= BIT(i);
	}
}

void vcpu_crash_read(const struct vcpu *vcpu, struct vcpu_crash *crash)
{
	*crash = (struct vcpu_crash){ .index = vcpu->index };
	read_exception(vcpu->fd, crash);
	if (!read_registers(vcpu->fd, crash)) {
		crash->unknown = true;
		return;
	}
	crash->forgotten = vcpu->run->exit_reason == KVM_EXIT_SHUTDOWN &&
			   crash->rip == RESET_RIP &&
			   crash->cs_base == RESET_CS_BASE &&
			   !(crash->cr0 & CR0_PE);
	if (crash->forgotten)
		return;
	crash->syscall_entry = vcpu_state_syscall_entry(vcpu->fd);
	read_code(vcpu, crash);
}
