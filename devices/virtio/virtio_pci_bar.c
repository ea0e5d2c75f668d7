/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_pci_bar.c - accesses to the PCI transport's structures (VIRTIO 1.2,
 * sections 4.1.3.1, 4.1.4.4 and 4.1.4.6)
 *
 * Drivers access each register whole; what others get is said at
 * virtio_pci_regs_read().
 */
#include <linux/virtio_pci.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/virtio/virtio_pci_parts.h"

static bool covers(const struct virtio_pci_reg *reg, uint64_t offset,
		   unsigned size)
{
	return reg->offset < offset + size && offset < reg->offset + reg->size;
}

static uint32_t low_bytes(uint32_t value, unsigned n)
{
	return n < 4 ? value & (BIT(8 * n) - 1) : value;
}

static void trace(const struct virtio_pci *vp, const char *what,
		  const struct virtio_pci_reg *reg, uint32_t value)
{
	if (log_enabled(LOG_DEBUG))
		log_debug("%s: %s %s (queue %u): 0x%x", vp->dev->name, what,
			  reg->name, vp->queue_select, value);
}

uint32_t virtio_pci_regs_read(struct virtio_pci *vp,
			      const struct virtio_pci_regs *regs,
			      uint64_t offset, unsigned size)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < regs->n; i++) {
		const struct virtio_pci_reg *reg = &regs->reg[i];
		uint32_t value;

		if (!covers(reg, offset, size))
			continue;
		value = low_bytes(reg->read(vp), reg->size);
		trace(vp, "read", reg, value);
		if (reg->offset >= offset)
			all |= (uint64_t)value << 8 * (reg->offset - offset);
		else
			all |= value >> 8 * (offset - reg->offset);
	}
	return low_bytes((uint32_t)all, size);
}

static void lint_write(struct virtio_pci *vp, const struct virtio_pci_reg *reg,
		       uint64_t offset, unsigned size)
{
	if (offset != reg->offset || size != reg->size)
		virtio_lint(vp->dev, LINT_WIDTH, reg->name);
	else if (!reg->write)
		virtio_lint(vp->dev, LINT_READ_ONLY, reg->name);
}

void virtio_pci_regs_write(struct virtio_pci *vp,
			   const struct virtio_pci_regs *regs, uint64_t offset,
			   unsigned size, uint32_t value)
{
	for (unsigned i = 0; i < regs->n; i++) {
		const struct virtio_pci_reg *reg = &regs->reg[i];
		uint32_t part;

		if (covers(reg, offset, size) && regs == &virtio_pci_modern)
			lint_write(vp, reg, offset, size);
		if (!reg->write || reg->offset < offset ||
		    reg->offset + reg->size > offset + size)
			continue;
		part = low_bytes(value >> 8 * (reg->offset - offset),
				 reg->size);
		trace(vp, "write", reg, part);
		reg->write(vp, part);
	}
}

uint32_t virtio_pci_config_read(struct virtio_pci *vp, uint64_t offset,
				unsigned size)
{
	const struct virtio_device *dev = vp->dev;
	uint32_t value = 0;

	if (offset < dev->config_len)
		memcpy(&value, dev->config + offset,
		       MIN(size, dev->config_len - offset));
	return value;
}

void virtio_pci_config_write(struct virtio_pci *vp, uint64_t offset,
			     unsigned size, uint32_t value)
{
	struct virtio_device *dev = vp->dev;

	if (dev->ops->config_write && offset + size <= dev->config_len)
		dev->ops->config_write(dev, (unsigned)offset, size, value);
}

void virtio_pci_kick(struct virtio_pci *vp, unsigned index)
{
	if (index < vp->dev->n_queues)
		raise_event(vp->dev->queue[index].doorbell);
}

static uint64_t bar_read(void *owner, uint64_t offset, unsigned size)
{
	struct virtio_pci *vp = owner;

	if (offset >= VIRTIO_PCI_NOTIFY)
		return 0;
	if (offset >= VIRTIO_PCI_DEVICE)
		return virtio_pci_config_read(vp, offset - VIRTIO_PCI_DEVICE,
					      size);
	return virtio_pci_regs_read(vp, &virtio_pci_modern, offset, size);
}

static void write_notify(struct virtio_pci *vp, uint64_t offset)
{
	if (offset % VIRTIO_PCI_NOTIFY_MULTIPLIER == 0)
		virtio_pci_kick(vp, (unsigned)offset /
					    VIRTIO_PCI_NOTIFY_MULTIPLIER);
}

static void write_config(struct virtio_pci *vp, uint64_t offset, unsigned size,
			 uint32_t value)
{
	if (!vp->dev->ops->config_write)
		virtio_lint(vp->dev, LINT_CONFIG, NULL);
	virtio_pci_config_write(vp, offset, size, value);
}

/* While a legacy driver is at work it can only be reset from here. */
static void bar_write(void *owner, uint64_t offset, unsigned size,
		      uint64_t value)
{
	struct virtio_pci *vp = owner;
	bool reset = offset == VIRTIO_PCI_COMMON_STATUS && size == 1 && !value;

	if (vp->legacy && !reset)
		return;
	if (offset >= VIRTIO_PCI_NOTIFY)
		write_notify(vp, offset - VIRTIO_PCI_NOTIFY);
	else if (offset >= VIRTIO_PCI_DEVICE)
		write_config(vp, offset - VIRTIO_PCI_DEVICE, size,
			     (uint32_t)value);
	else
		virtio_pci_regs_write(vp, &virtio_pci_modern, offset, size,
				      (uint32_t)value);
}

const struct bus_ops virtio_pci_bar_ops = { bar_read, bar_write, 4 };
