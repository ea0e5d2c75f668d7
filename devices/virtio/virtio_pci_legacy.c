/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_pci_legacy.c - the registers of drivers from before VIRTIO 1.0
 * (VIRTIO 1.2, sections 2.6.2, 2.7.2, 4.1.4.10)
 *
 * Ports in BAR 0, for devices made transitional.  The driver sets a queue up
 * by one page number, and may use it from then on; everything else happens
 * as for modern drivers.  Fields are in the guest's byte order, which here is
 * little-endian.
 *
 * The first write of a legacy driver to a device that is reset makes it its
 * own; until the next reset modern registers are closed, and the other way
 * round.
 */
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>

#include "base/util.h"
#include "devices/virtio/virtio_pci_parts.h"

/* The ring of queue @q at page @pfn: 2.7.2. */
static void lay_out(struct vq_config *c, uint64_t pfn)
{
	uint64_t avail_len = 2 * (3 + (uint64_t)c->size);

	c->desc = pfn << VIRTIO_PCI_QUEUE_ADDR_SHIFT;
	c->driver = c->desc + 16 * (uint64_t)c->size;
	c->device = ALIGN_UP(c->driver + avail_len,
			     (uint64_t)VIRTIO_PCI_VRING_ALIGN);
}

static uint32_t read_features(struct virtio_pci *vp)
{
	return (uint32_t)vp->offered | (uint32_t)BIT(VIRTIO_F_ANY_LAYOUT);
}

static uint32_t read_driver_features(struct virtio_pci *vp)
{
	return (uint32_t)vp->driver_features;
}

/* A legacy driver never sets FEATURES_OK, so it can't be refused that. Features
 * that were not offered, or lack one that they need, are left out instead. */
static uint64_t possible(const struct virtio_pci *vp, uint64_t features)
{
	const struct virtio_device *dev = vp->dev;

	features &= vp->offered;
	for (unsigned i = 0; i < dev->n_rules; i++)
		if (!(features & dev->rules[i].needs))
			features &= ~BIT64(dev->rules[i].feature);
	return features;
}

static bool any_enabled(const struct virtio_pci *vp)
{
	for (unsigned i = 0; i < vp->dev->n_queues; i++)
		if (vp->queue[i].enabled)
			return true;
	return false;
}

static void write_driver_features(struct virtio_pci *vp, uint32_t value)
{
	if (any_enabled(vp) || vp->status & VIRTIO_CONFIG_S_DRIVER_OK)
		return;
	vp->driver_features = possible(vp, value);
	vp->dev->negotiated = vp->driver_features;
}

static uint32_t read_pfn(struct virtio_pci *vp)
{
	const struct virtio_pci_queue *q = virtio_pci_selected(vp);

	return q && q->enabled ? (uint32_t)(q->config.desc >>
					    VIRTIO_PCI_QUEUE_ADDR_SHIFT) :
				 0;
}

/* Page 0 takes the queue out of use. */
static void write_pfn(struct virtio_pci *vp, uint32_t value)
{
	struct virtio_pci_queue *q = virtio_pci_selected(vp);

	if (!q)
		return;
	if (!value) {
		virtio_pci_reset_queue(vp, q);
	} else if (virtio_pci_open(vp, q)) {
		lay_out(&q->config, value);
		virtio_pci_enable(vp, q);
	}
}

static uint32_t read_size(struct virtio_pci *vp)
{
	return virtio_pci_selected(vp) ? vp->dev->queue_size : 0;
}

static uint32_t read_notify(struct virtio_pci *vp)
{
	(void)vp;
	return 0;
}

static void write_notify(struct virtio_pci *vp, uint32_t value)
{
	virtio_pci_kick(vp, value);
}

/* The last two are there while MSI-X is enabled. */
static const struct virtio_pci_reg legacy[] = {
	{ VIRTIO_PCI_HOST_FEATURES, 4, "legacy device features", read_features,
	  NULL },
	{ VIRTIO_PCI_GUEST_FEATURES, 4, "legacy driver features",
	  read_driver_features, write_driver_features },
	{ VIRTIO_PCI_QUEUE_PFN, 4, "legacy queue address", read_pfn,
	  write_pfn },
	{ VIRTIO_PCI_QUEUE_NUM, 2, "legacy queue size", read_size, NULL },
	{ VIRTIO_PCI_QUEUE_SEL, 2, "legacy queue select",
	  virtio_pci_read_select, virtio_pci_write_select },
	{ VIRTIO_PCI_QUEUE_NOTIFY, 2, "legacy queue notify", read_notify,
	  write_notify },
	{ VIRTIO_PCI_STATUS, 1, "legacy device status", virtio_pci_read_status,
	  virtio_pci_write_status },
	{ VIRTIO_PCI_ISR, 1, "legacy isr status", virtio_pci_take_isr, NULL },
	{ VIRTIO_MSI_CONFIG_VECTOR, 2, "legacy config_msix_vector",
	  virtio_pci_read_config_vector, virtio_pci_write_config_vector },
	{ VIRTIO_MSI_QUEUE_VECTOR, 2, "legacy queue_msix_vector",
	  virtio_pci_read_queue_vector, virtio_pci_write_queue_vector },
};

static struct virtio_pci_regs registers(bool msix)
{
	return (struct virtio_pci_regs){ legacy,
					 ARRAY_SIZE(legacy) - (msix ? 0 : 2) };
}

static uint64_t bar_read(void *owner, uint64_t offset, unsigned size)
{
	struct virtio_pci *vp = owner;
	bool msix = pci_msix_enabled(&vp->msix);
	unsigned config = VIRTIO_PCI_CONFIG_OFF(msix);
	struct virtio_pci_regs regs = registers(msix);

	if (offset >= config)
		return virtio_pci_config_read(vp, offset - config, size);
	return virtio_pci_regs_read(vp, &regs, offset, size);
}

/* Whether a driver of this kind may write: it has the device already, or nobody
 * has and it gets the device now. */
static bool own(struct virtio_pci *vp)
{
	if (vp->resetting)
		return false;
	if (!vp->status && !vp->driver_features)
		vp->legacy = true;
	return vp->legacy;
}

static void bar_write(void *owner, uint64_t offset, unsigned size,
		      uint64_t value)
{
	struct virtio_pci *vp = owner;
	bool msix = pci_msix_enabled(&vp->msix);
	unsigned config = VIRTIO_PCI_CONFIG_OFF(msix);
	struct virtio_pci_regs regs = registers(msix);
	bool reset = offset == VIRTIO_PCI_STATUS && size == 1 && !value;

	if (!reset && !own(vp))
		return;
	if (offset >= config)
		virtio_pci_config_write(vp, offset - config, size,
					(uint32_t)value);
	else
		virtio_pci_regs_write(vp, &regs, offset, size, (uint32_t)value);
}

/* Room for the registers, the vectors and the configuration. */
static uint64_t bar_size(const struct virtio_device *dev)
{
	uint64_t size = 32;

	while (size < VIRTIO_PCI_CONFIG_OFF(true) + (uint64_t)dev->config_len)
		size *= 2;
	return size;
}

/* Writes of other values go the long way, to be ignored. */
static void add_doorbell(struct virtio_pci *vp, unsigned i)
{
	struct virtio_pci_queue *q = &vp->queue[i];

	q->legacy_bell = (struct pci_doorbell){
		.bell = { .addr = VIRTIO_PCI_QUEUE_NOTIFY,
			  .fd = vp->dev->queue[i].doorbell,
			  .size = 2,
			  .match = true,
			  .value = (uint16_t)i },
		.bar = VIRTIO_PCI_BAR_LEGACY,
	};
	pci_bar_add_doorbell(&vp->bars, &q->legacy_bell);
}

int virtio_pci_legacy_init(struct virtio_pci *vp)
{
	static const struct bus_ops ops = { bar_read, bar_write, 4 };
	int err = pci_bar_add(&vp->bars, VIRTIO_PCI_BAR_LEGACY, PCI_BAR_IO,
			      bar_size(vp->dev), &ops, vp, vp->dev->name);

	for (unsigned i = 0; i < vp->dev->n_queues && !err; i++)
		add_doorbell(vp, i);
	return err;
}
