/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest-tests/lib/virtio.h"

#include <stddef.h>

#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/pci.h"

enum {
	VENDOR = 0x1af4,
	TRANSITIONAL_ID = 0x1000,
	MODERN_ID = 0x1040,
	ID_END = 0x1080,

	/* In a capability: 4.1.4. */
	CAP_TYPE = 3,
	CAP_BAR = 4,
	CAP_OFFSET = 8,
	CAP_MULTIPLIER = 16,
	CAP_COMMON = 1,
	CAP_NOTIFY = 2,
	CAP_ISR = 3,
	CAP_DEVICE = 4,

	/* A device that takes longer to reset is stuck. */
	RESET_MS = 10000,
};

struct virtio_want virtio_want(void)
{
	return (struct virtio_want){
		.features =
			(boot_has("event") ? BIT64(VIRTIO_F_EVENT_IDX) : 0) |
			(boot_has("indirect") ? BIT64(VIRTIO_F_INDIRECT_DESC) :
						0),
		.legacy = boot_has("legacy"),
		.packed = boot_has("packed"),
		.mute = boot_has("mute"),
		.msix = !boot_has("intx"),
		.size = boot_number("size=", 0),
	};
}

static bool is_type(unsigned devfn, unsigned type)
{
	unsigned id = pci_read16(devfn, PCI_DEVICE);

	if (pci_read16(devfn, PCI_VENDOR) != VENDOR || id < TRANSITIONAL_ID ||
	    id >= ID_END)
		return false;
	if (id >= MODERN_ID)
		return id - MODERN_ID == type;
	return pci_read16(devfn, PCI_SUBSYSTEM) == type;
}

static void take_capability(struct virtio_dev *dev, unsigned at)
{
	uint64_t addr =
		pci_bar(dev->devfn, pci_read8(dev->devfn, at + CAP_BAR));

	addr += pci_read32(dev->devfn, at + CAP_OFFSET);
	switch (pci_read8(dev->devfn, at + CAP_TYPE)) {
	case CAP_COMMON:
		dev->common = addr;
		break;
	case CAP_NOTIFY:
		dev->notify = addr;
		dev->notify_multiplier =
			pci_read32(dev->devfn, at + CAP_MULTIPLIER);
		break;
	case CAP_ISR:
		dev->isr = addr;
		break;
	case CAP_DEVICE:
		dev->config = addr;
		break;
	}
}

bool virtio_find(struct virtio_dev *dev, unsigned type)
{
	static unsigned vectors;
	unsigned devfn, at;

	for (devfn = 0; devfn < 8 * PCI_SLOTS; devfn += 8)
		if (is_type(devfn, type))
			break;
	if (devfn == 8 * PCI_SLOTS)
		return false;
	*dev = (struct virtio_dev){ .devfn = devfn,
				    .vector = VECTOR_MSIX + vectors };
	vectors = (vectors + VECTORS_EACH) % (VECTOR_MSIX_END - VECTOR_MSIX);
	pci_write16(devfn, PCI_COMMAND,
		    PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	if (pci_read16(devfn, PCI_DEVICE) < MODERN_ID)
		dev->port = pci_bar(devfn, 0);
	for (at = 0; (at = pci_capability(devfn, PCI_CAP_VENDOR, at));)
		take_capability(dev, at);
	return true;
}

uint8_t virtio_status(const struct virtio_dev *dev)
{
	return dev->legacy ? inb(dev->port + LEGACY_STATUS) :
			     mmio_read8(dev->common + COMMON_STATUS);
}

void virtio_set_status(const struct virtio_dev *dev, uint8_t status)
{
	if (dev->legacy)
		outb(dev->port + LEGACY_STATUS, status);
	else
		mmio_write8(dev->common + COMMON_STATUS, status);
}

uint8_t virtio_config(const struct virtio_dev *dev, unsigned offset)
{
	if (dev->legacy)
		return inb(dev->port + LEGACY_CONFIG + 4 * dev->msix + offset);
	return mmio_read8(dev->config + offset);
}

void virtio_notify(const struct virtq *q)
{
	if (q->dev->legacy)
		outw(q->notify, q->index);
	else
		mmio_write16(q->notify, q->index);
}

/* The line is ours alone, or others that share it have ISR bits of their own
 * and keep it up. */
void virtio_ack(struct virtio_dev *dev)
{
	unsigned count;

	if (dev->msix || !dev->gsi)
		return;
	count = irq_count[VECTOR_INTX + dev->gsi % VECTORS_INTX];
	if (count == dev->acked)
		return;
	dev->acked = count;
	/* Read first: the line must be low at the EOI. */
	dev->isr_seen |= dev->legacy ? inb(dev->port + LEGACY_ISR) :
				       mmio_read8(dev->isr);
	irq_eoi();
}

/* Nothing comes from the pin after this. */
static void pin_off(struct virtio_dev *dev)
{
	if (!dev->gsi)
		return;
	irq_mask_gsi(dev->gsi);
	/* What was on its way comes right after the end of another. */
	virtio_ack(dev);
	virtio_ack(dev);
	dev->gsi = 0;
}

void virtio_reset(struct virtio_dev *dev)
{
	uint64_t end = clock_after(RESET_MS);

	virtio_set_status(dev, 0);
	while (virtio_status(dev) && clock_tsc() < end)
		clock_nap();
	pin_off(dev);
}

void virtio_irq_on(struct virtio_dev *dev, bool msix, unsigned n_queues)
{
	unsigned i;

	dev->msix = pci_msix_enable(dev->devfn, msix) && msix;
	if (dev->msix) {
		for (i = 0; i <= n_queues; i++)
			pci_msix_route(dev->devfn, i, dev->vector + i);
		return;
	}
	dev->gsi = pci_read8(dev->devfn, PCI_INTERRUPT_LINE);
	irq_route_isa(dev->gsi, VECTOR_INTX + dev->gsi % VECTORS_INTX);
}

uint64_t virtio_offered(const struct virtio_dev *dev)
{
	uint64_t low;

	if (dev->legacy)
		return inl(dev->port + LEGACY_DEVICE_FEATURES);
	mmio_write32(dev->common + COMMON_DEVICE_FEATURE_SELECT, 0);
	low = mmio_read32(dev->common + COMMON_DEVICE_FEATURE);
	mmio_write32(dev->common + COMMON_DEVICE_FEATURE_SELECT, 1);
	return low | (uint64_t)mmio_read32(dev->common + COMMON_DEVICE_FEATURE)
			     << 32;
}

bool virtio_accept(struct virtio_dev *dev, uint64_t features)
{
	dev->features = features;
	if (dev->legacy) {
		outl(dev->port + LEGACY_DRIVER_FEATURES, features);
		return true;
	}
	mmio_write32(dev->common + COMMON_DRIVER_FEATURE_SELECT, 0);
	mmio_write32(dev->common + COMMON_DRIVER_FEATURE, features);
	mmio_write32(dev->common + COMMON_DRIVER_FEATURE_SELECT, 1);
	mmio_write32(dev->common + COMMON_DRIVER_FEATURE, features >> 32);
	virtio_set_status(dev, virtio_status(dev) | STATUS_FEATURES_OK);
	return virtio_status(dev) & STATUS_FEATURES_OK;
}

/* One that was chosen, at most; or as large as the device has it. */
static uint16_t choose_size(uint16_t offered, uint16_t wanted)
{
	uint16_t size = offered < VIRTQ_SIZE_MAX ? offered : VIRTQ_SIZE_MAX;

	return wanted && wanted < size ? wanted : size;
}

static bool queue_legacy(struct virtio_dev *dev, struct virtq *q)
{
	uint32_t size;

	outw(dev->port + LEGACY_QUEUE_SELECT, q->index);
	size = inw(dev->port + LEGACY_QUEUE_SIZE);
	if (!size || size > VIRTQ_SIZE_MAX)
		return false;
	virtq_init(q, size, false);
	q->notify = dev->port + LEGACY_QUEUE_NOTIFY;
	if (dev->msix)
		outw(dev->port + LEGACY_QUEUE_VECTOR, q->index + 1);
	outl(dev->port + LEGACY_QUEUE_PFN, q->desc >> LEGACY_PAGE_SHIFT);
	return inl(dev->port + LEGACY_QUEUE_PFN) ==
	       q->desc >> LEGACY_PAGE_SHIFT;
}

static void write_address(uint64_t reg, uint64_t value)
{
	mmio_write32(reg, value);
	mmio_write32(reg + 4, value >> 32);
}

static bool queue_modern(struct virtio_dev *dev, struct virtq *q,
			 const struct virtio_want *how)
{
	uint64_t common = dev->common;
	uint16_t size, off;

	mmio_write16(common + COMMON_QUEUE_SELECT, q->index);
	size = choose_size(mmio_read16(common + COMMON_QUEUE_SIZE), how->size);
	if (!size)
		return false;
	virtq_init(q, size, how->packed);
	mmio_write16(common + COMMON_QUEUE_SIZE, size);
	off = mmio_read16(common + COMMON_QUEUE_NOTIFY_OFF);
	q->notify = dev->notify + off * dev->notify_multiplier;
	if (dev->msix)
		mmio_write16(common + COMMON_QUEUE_VECTOR, q->index + 1);
	write_address(common + COMMON_QUEUE_DESC, q->desc);
	write_address(common + COMMON_QUEUE_DRIVER, q->driver);
	write_address(common + COMMON_QUEUE_DEVICE, q->device);
	mmio_write16(common + COMMON_QUEUE_ENABLE, 1);
	return mmio_read16(common + COMMON_QUEUE_ENABLE) == 1;
}

bool virtio_queue_on(struct virtio_dev *dev, struct virtq *q, unsigned index,
		     const struct virtio_want *how)
{
	q->dev = dev;
	q->index = index;
	q->event_idx = virtio_has(dev, VIRTIO_F_EVENT_IDX);
	q->indirect = virtio_has(dev, VIRTIO_F_INDIRECT_DESC);
	q->vector = dev->msix ? dev->vector + 1 + index :
				VECTOR_INTX + dev->gsi % VECTORS_INTX;
	return dev->legacy ? queue_legacy(dev, q) : queue_modern(dev, q, how);
}

const char *virtio_start(struct virtio_dev *dev, const struct virtio_want *how,
			 struct virtq *q, unsigned n)
{
	uint64_t wanted = how->features;
	unsigned i;

	dev->legacy = how->legacy;
	if (dev->legacy ? !dev->port : !dev->common)
		return "no such interface";
	if (!dev->legacy)
		wanted |= BIT64(VIRTIO_F_VERSION_1);
	if (how->packed)
		wanted |= BIT64(VIRTIO_F_RING_PACKED);
	virtio_reset(dev);
	if (virtio_status(dev))
		return "it does not reset";
	virtio_set_status(dev, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	dev->offered = virtio_offered(dev);
	if (how->packed && !(dev->offered & BIT64(VIRTIO_F_RING_PACKED)))
		return "no packed rings";
	dev->features = 0;
	if (!how->mute && !virtio_accept(dev, wanted & dev->offered))
		return "features are refused";
	virtio_irq_on(dev, how->msix, n);
	if (dev->msix != how->msix)
		return "no MSI-X";
	if (dev->msix && !dev->legacy)
		mmio_write16(dev->common + COMMON_CONFIG_VECTOR, 0);
	else if (dev->msix)
		outw(dev->port + LEGACY_CONFIG_VECTOR, 0);
	for (i = 0; i < n; i++)
		if (!virtio_queue_on(dev, &q[i], i, how))
			return "a queue is refused";
	virtio_set_status(dev, virtio_status(dev) | STATUS_DRIVER_OK);
	return NULL;
}
