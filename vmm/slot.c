/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/slot.h"

#include "devices/virtio/virtio_config.h"
#include "firmware/acpi.h"

int slot_plug(struct slot *slot, unsigned number, struct virtio_device *dev,
	      const struct virtio_config *config, const struct kvm *kvm,
	      struct loop *loop, struct pci_host *host, const struct mem *mem)
{
	const struct virtio_pci_options options = {
		.packed = config->packed,
		.in_order = config->in_order,
		.transitional = config->transitional,
	};
	unsigned gsi = ACPI_PCI_GSI(number);
	int err = kvm_line_init(&slot->line, kvm, loop, gsi);

	if (err)
		return err;
	err = virtio_pci_init(&slot->pci, dev, host, (uint8_t)(number << 3),
			      mem, &slot->line.line, (uint8_t)gsi, &options);
	if (err)
		kvm_line_free(&slot->line);
	return err;
}

void slot_unplug(struct slot *slot)
{
	virtio_pci_free(&slot->pci);
	kvm_line_free(&slot->line);
}
