/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * msi.h - messages from eventfds, and where interrupt inputs lead
 *
 * KVM has one table of interrupt routes, replaced as a whole.  The first
 * inputs (GSIs) lead to the PICs and the IOAPIC as on a PC; each message is an
 * input of its own behind them, with an irqfd.
 *
 * Threads: set-up on the main thread; the struct msi_ops are called from any.
 * Reference: KVM_SET_GSI_ROUTING in Documentation/virt/kvm/api.rst.
 */
#ifndef VMM_MSI_H
#define VMM_MSI_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct kvm;
struct msi_ops;

enum { KVM_MSI_MAX = 256 };

struct kvm_messages {
	const struct kvm *kvm;
	pthread_mutex_t lock;
	/* Under the lock. */
	struct kvm_message {
		uint64_t addr;
		uint32_t data;
		/* In use, and with a message set. */
		bool used, routed;
	} message[KVM_MSI_MAX];
};

/* For struct pci_msix; the argument is a struct kvm_messages. */
extern const struct msi_ops kvm_msi_ops;

/* Begin on a VM whose interrupt controllers exist, and set the routes of their
 * inputs.  Logs; -errno. */
int kvm_msi_init(struct kvm_messages *msi, const struct kvm *kvm);
void kvm_msi_free(struct kvm_messages *msi);

#endif
