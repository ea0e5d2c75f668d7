/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/vcpu_failure.h"

#include <linux/kvm.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/util.h"
#include "vmm/vcpu.h"

/* Intel SDM volume 3D, appendix C: an entry that failed (bit 31) as the guest's
 * state is invalid.  AMD APM volume 2, appendix C: VMEXIT_INVALID, which KVM
 * passes on as 32 or 64 bits. */
#define VMX_INVALID_STATE UINT64_C(0x80000021)
#define SVM_INVALID_STATE UINT32_MAX

/* The longest instruction; Intel SDM volume 2A, section 2.3.11. */
#define INSTRUCTION_MAX 15u

/* Write the bytes of the instruction that KVM could not emulate, as far as KVM
 * could fetch them, as " 0f c7 0b".  Returns the number of bytes. */
static unsigned format_instruction(const struct kvm_run *run, char *out,
				   size_t room)
{
	unsigned n = 0;
	size_t len = 0;

	if (run->internal.ndata > 1 &&
	    (run->emulation_failure.flags &
	     KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES))
		n = MIN(run->emulation_failure.insn_size, INSTRUCTION_MAX);
	out[0] = '\0';
	for (unsigned i = 0; i < n && len < room; i++)
		len += (size_t)snprintf(out + len, room - len, " %02x",
					run->emulation_failure.insn_bytes[i]);
	return n;
}

/* Whether there is memory at byte @n of the next instruction, which begins at
 * *@rip.  If that cannot be found out, the answer is yes. */
static bool is_in_memory(const struct vcpu *vcpu, unsigned n, uint64_t *rip)
{
	struct kvm_translation at = { 0 };
	struct kvm_regs regs;
	struct kvm_sregs sregs;

	*rip = 0;
	if (ioctl(vcpu->fd, KVM_GET_REGS, &regs) < 0 ||
	    ioctl(vcpu->fd, KVM_GET_SREGS, &sregs) < 0)
		return true;
	*rip = regs.rip;
	at.linear_address = sregs.cs.base + regs.rip + n;
	if (ioctl(vcpu->fd, KVM_TRANSLATE, &at) < 0)
		return true;
	return at.valid && mem_at(vcpu->env->mem, at.physical_address, 1);
}

/* KVM had to emulate an instruction and could not.  If the instruction could
 * not even be fetched, the guest's jump is at fault, not the instruction. */
static enum power_request emulation(const struct vcpu *vcpu, const char **by)
{
	char insn[64];
	unsigned n = format_instruction(vcpu->run, insn, sizeof(insn));
	uint64_t rip;

	if (!is_in_memory(vcpu, n, &rip) && n < INSTRUCTION_MAX) {
		log_err("vCPU %u: the guest jumped to 0x%llx, where there is "
			"no memory",
			vcpu->index, (unsigned long long)rip);
		*by = "a jump to where there is no memory";
		return POWER_CRASHED;
	}
	log_err("vCPU %u: KVM cannot execute the guest's instruction%s at "
		"0x%llx",
		vcpu->index, insn, (unsigned long long)rip);
	*by = "KVM internal error";
	return POWER_FAILED;
}

static enum power_request internal_error(const struct vcpu *vcpu,
					 const char **by)
{
	unsigned error = vcpu->run->internal.suberror;

	switch (error) {
	case KVM_INTERNAL_ERROR_EMULATION:
		return emulation(vcpu, by);
	case KVM_INTERNAL_ERROR_SIMUL_EX:
	case KVM_INTERNAL_ERROR_DELIVERY_EV:
		log_err("vCPU %u: an exception or interrupt cannot be "
			"delivered, as the guest's tables or stack for it are "
			"not in memory (internal error %u)",
			vcpu->index, error);
		*by = "an exception without a way to deliver it";
		return POWER_CRASHED;
	default:
		log_err("vCPU %u: KVM: internal error %u", vcpu->index, error);
		*by = "KVM internal error";
		return POWER_FAILED;
	}
}

/* Whether the vCPU has exited for a reason of the guest before. */
static bool has_run(const struct vcpu *vcpu)
{
	/* This exit itself counts as OTHER.  A kick does not tell that guest
	 * code has run. */
	return vcpu->exits[VCPU_EXIT_PORT] || vcpu->exits[VCPU_EXIT_MMIO] ||
	       vcpu->exits[VCPU_EXIT_OTHER] > 1;
}

/* A guest can put the processor into a state that the processor refuses; but if
 * the very first state is refused, that is our fault or KVM's. */
static enum power_request failed_entry(const struct vcpu *vcpu, const char **by)
{
	uint64_t reason = vcpu->run->fail_entry.hardware_entry_failure_reason;
	bool state = reason == VMX_INVALID_STATE ||
		     (uint32_t)reason == SVM_INVALID_STATE;

	log_err("vCPU %u: the processor refused the guest's state (reason "
		"0x%llx)",
		vcpu->index, (unsigned long long)reason);
	*by = "failed VM entry";
	return state && has_run(vcpu) ? POWER_CRASHED : POWER_FAILED;
}

enum power_request vcpu_failure(const struct vcpu *vcpu, const char **by)
{
	switch (vcpu->run->exit_reason) {
	case KVM_EXIT_INTERNAL_ERROR:
		return internal_error(vcpu, by);
	case KVM_EXIT_FAIL_ENTRY:
		return failed_entry(vcpu, by);
	default:
		log_err("vCPU %u: unexpected exit %u from KVM", vcpu->index,
			vcpu->run->exit_reason);
		*by = "unexpected KVM exit";
		return POWER_FAILED;
	}
}
