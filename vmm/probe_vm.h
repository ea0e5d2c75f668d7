/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * probe_vm.h - a machine of four pages, to find out what a KVM does
 *
 * One processor in long mode, in ring 0 or 3.  The first 2 MiB of addresses are
 * mapped for every ring.  Their first GUEST_SIZE bytes are memory, in which the
 * code to be tried begins at PROBE_CODE; a store behind them is an MMIO exit.
 * There are no interrupt controllers and no interrupt table.
 *
 * Threads: any, one at a time.
 */
#ifndef VMM_PROBE_VM_H
#define VMM_PROBE_VM_H

#include <stddef.h>
#include <stdint.h>

struct kvm_run;

enum {
	PROBE_CODE = 0x3000,
	PROBE_SIZE = 0x4000,
	/* Mapped, but no memory. */
	PROBE_DOORBELL = 0x100000,
};

/* The descriptors are -1 until probe_vm_open(). */
struct probe_vm {
	int vm, vcpu;
	uint8_t *mem;
	struct kvm_run *run;
	size_t run_size;
};

/* Make a machine on the open /dev/kvm @kvm_fd with @len bytes of @code.
 * -errno; does not log, and probe_vm_close() must be called all the same. */
int probe_vm_open(struct probe_vm *probe, int kvm_fd, const uint8_t *code,
		  size_t len);
void probe_vm_close(struct probe_vm *probe);

/* Set the processor to PROBE_CODE, in @ring, with @rcx in RCX.  -errno. */
int probe_vm_start(const struct probe_vm *probe, uint8_t ring, uint64_t rcx);

/* Run until the next exit.  -errno; -EINTR: too many signals. */
int probe_vm_run(const struct probe_vm *probe);

#endif
