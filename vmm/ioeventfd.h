/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ioeventfd.h - doorbells: writes that KVM turns into an eventfd's signal
 *
 * The vCPU that rings goes on at once, without leaving the kernel.
 *
 * Threads: any.  Reference: KVM_IOEVENTFD in Documentation/virt/kvm/api.rst.
 */
#ifndef VMM_IOEVENTFD_H
#define VMM_IOEVENTFD_H

struct doorbell_ops;

/* For struct pci_host; the argument is a struct kvm with a VM. */
extern const struct doorbell_ops kvm_doorbell_ops;

#endif
