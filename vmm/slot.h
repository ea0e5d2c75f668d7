/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slot.h - a virtio device's place on the PCI bus: its function and the
 * interrupt line that its slot has
 *
 * Threads: main thread.
 */
#ifndef VMM_SLOT_H
#define VMM_SLOT_H

#include "devices/virtio/virtio_pci.h"
#include "vmm/line.h"

struct virtio_config;

struct slot {
	struct kvm_line line;
	struct virtio_pci pci;
};

/* Plug @dev into slot @number (1 to 31), made as @config says.  Logs; -errno,
 * and then nothing is to be unplugged. */
int slot_plug(struct slot *slot, unsigned number, struct virtio_device *dev,
	      const struct virtio_config *config, const struct kvm *kvm,
	      struct loop *loop, struct pci_host *host, const struct mem *mem);

/* No vCPU may be running. */
void slot_unplug(struct slot *slot);

#endif
