/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/vcpu_trace.h"

#include <linux/kvm.h>
#include <stdio.h>

#include "base/trace.h"
#include "vmm/vcpu.h"

void vcpu_trace_init(struct vcpu *vcpu)
{
	char name[16];

	snprintf(name, sizeof(name), "vCPU %u", vcpu->index);
	vcpu->track = trace_track(vcpu->env->trace, name);
}

void vcpu_trace_exit(const struct vcpu *vcpu, int err, uint64_t begin_ns)
{
	const struct kvm_run *run = vcpu->run;
	enum trace_kind kind = err ? TRACE_SIGNAL : TRACE_OTHER;
	uint64_t addr = 0;

	if (!err && run->exit_reason == KVM_EXIT_IO) {
		kind = run->io.direction == KVM_EXIT_IO_OUT ? TRACE_PORT_WRITE :
							      TRACE_PORT_READ;
		addr = run->io.port;
	} else if (!err && run->exit_reason == KVM_EXIT_MMIO) {
		kind = run->mmio.is_write ? TRACE_MMIO_WRITE : TRACE_MMIO_READ;
		addr = run->mmio.phys_addr;
	}
	trace_span(vcpu->env->trace, vcpu->track, kind, addr, begin_ns);
}
