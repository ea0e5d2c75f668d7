/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kvm.h - the virtual machine as KVM sees it
 *
 * /dev/kvm is opened once; a virtual machine is created on it for every
 * boot, with the interrupt controllers and the timer in the kernel.  What
 * the host can do is asked of KVM itself, never guessed from CPUID flags or
 * from the modes of files.
 *
 * Threads: set-up on the main thread.  Reference: Documentation/virt/kvm/
 * api.rst of the Linux kernel.
 */
#ifndef VMM_KVM_H
#define VMM_KVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct irq;
struct irq_line;
struct mem;

#define KVM_DEVICE "/dev/kvm"

struct kvm {
	/* /dev/kvm, and the VM on it (-1: none yet). */
	int fd, vm;
	/* Size of each vCPU's shared run area. */
	size_t run_size;
	unsigned max_cpus;
};

/*
 * Open /dev/kvm and check that it can do all that minivmm needs.  Logs one
 * line that ends in the remedy; -errno.
 */
int kvm_open(struct kvm *kvm);
void kvm_close(struct kvm *kvm);

/* Create a VM whose memory is @mem, with PICs, IOAPIC, local APICs and PIT in
 * the kernel. kvm_msi_init() says where their inputs lead.  Logs; -errno. */
int kvm_vm_create(struct kvm *kvm, const struct mem *mem);
/* All vCPUs must be closed.  A VM that was not created is fine. */
void kvm_vm_destroy(struct kvm *kvm);

/* Wire an edge, or a level with its resample eventfd, to interrupt input @gsi:
 * an IOAPIC pin and, below 16, a PIC's input as well.  A level makes the PIC's
 * input level-triggered.  Call it before any vCPU runs.  Logs; -errno. */
int kvm_wire_irq(const struct kvm *kvm, unsigned gsi, const struct irq *irq);
int kvm_wire_irq_line(const struct kvm *kvm, unsigned gsi,
		      const struct irq_line *line);

/* Drive interrupt input @gsi to @level, beside whatever else is wired to it.
 * Any thread. */
void kvm_set_line(const struct kvm *kvm, unsigned gsi, bool level);

/* For `minivmm check`: what KVM offers, as "  name: value" lines. */
void kvm_describe(const struct kvm *kvm, FILE *out);

#endif
