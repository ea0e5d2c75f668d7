/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_pci_regs.c - the registers of the PCI transport (VIRTIO 1.2,
 * sections 4.1.4.3 and 4.1.4.5), all in one table
 */
#include <linux/virtio_pci.h>
#include <stddef.h>

#include "base/util.h"
#include "devices/virtio/virtio_pci_parts.h"

struct virtio_pci_queue *virtio_pci_selected(struct virtio_pci *vp)
{
	return vp->queue_select < vp->dev->n_queues ?
		       &vp->queue[vp->queue_select] :
		       NULL;
}

/* The 32 bits of @features that @select names; there are two such words. */
static uint32_t feature_word(uint64_t features, uint32_t select)
{
	return select < 2 ? (uint32_t)(features >> 32 * select) : 0;
}

static uint32_t read_device_feature_select(struct virtio_pci *vp)
{
	return vp->device_feature_select;
}

static void write_device_feature_select(struct virtio_pci *vp, uint32_t value)
{
	vp->device_feature_select = value;
}

static uint32_t read_device_feature(struct virtio_pci *vp)
{
	return feature_word(vp->offered, vp->device_feature_select);
}

static uint32_t read_driver_feature_select(struct virtio_pci *vp)
{
	return vp->driver_feature_select;
}

static void write_driver_feature_select(struct virtio_pci *vp, uint32_t value)
{
	vp->driver_feature_select = value;
}

static uint32_t read_driver_feature(struct virtio_pci *vp)
{
	return feature_word(vp->driver_features, vp->driver_feature_select);
}

static void write_driver_feature(struct virtio_pci *vp, uint32_t value)
{
	unsigned shift = 32 * (vp->driver_feature_select & 1);

	if (vp->driver_feature_select > 1 || vp->resetting ||
	    vp->status & VIRTIO_CONFIG_S_FEATURES_OK || vp->went_on)
		return;
	vp->driver_features &= ~((uint64_t)UINT32_MAX << shift);
	vp->driver_features |= (uint64_t)value << shift;
}

/* A vector that the device does not have becomes NO_VECTOR, which the driver
 * then reads: 4.1.5.1.2. */
static void set_vector(const struct virtio_pci *vp, uint16_t *vector,
		       uint32_t value)
{
	if (value >= vp->msix.n_vectors)
		value = PCI_MSIX_NO_VECTOR;
	__atomic_store_n(vector, (uint16_t)value, __ATOMIC_RELAXED);
}

uint32_t virtio_pci_read_config_vector(struct virtio_pci *vp)
{
	return __atomic_load_n(&vp->config_vector, __ATOMIC_RELAXED);
}

void virtio_pci_write_config_vector(struct virtio_pci *vp, uint32_t value)
{
	set_vector(vp, &vp->config_vector, value);
}

static uint32_t read_num_queues(struct virtio_pci *vp)
{
	return vp->dev->n_queues;
}

uint32_t virtio_pci_read_status(struct virtio_pci *vp)
{
	return vp->status;
}

void virtio_pci_write_status(struct virtio_pci *vp, uint32_t value)
{
	virtio_pci_set_status(vp, (uint8_t)value);
}

/* The generation changes when it is read, not with each change of the
 * configuration: so no number of changes between two reads can bring it back to
 * the same value.  2.5.1, 4.1.4.3.1. */
static uint32_t read_config_generation(struct virtio_pci *vp)
{
	if (vp->config_changed)
		vp->generation++;
	vp->config_changed = false;
	return vp->generation;
}

uint32_t virtio_pci_read_select(struct virtio_pci *vp)
{
	return vp->queue_select;
}

void virtio_pci_write_select(struct virtio_pci *vp, uint32_t value)
{
	vp->queue_select = (uint16_t)value;
}

static uint32_t read_queue_size(struct virtio_pci *vp)
{
	const struct virtio_pci_queue *q = virtio_pci_selected(vp);

	return q ? q->config.size : 0;
}

/* A size that is not allowed is ignored, and the driver reads the old one. */
static void write_queue_size(struct virtio_pci *vp, uint32_t value)
{
	struct virtio_pci_queue *q = virtio_pci_selected(vp);
	bool power_of_2 = !(value & (value - 1));

	if (!q || !virtio_pci_open(vp, q) || !value ||
	    value > vp->dev->queue_size ||
	    !(power_of_2 || virtio_has(vp->dev, VIRTIO_F_RING_PACKED)))
		return;
	q->config.size = (uint16_t)value;
}

uint32_t virtio_pci_read_queue_vector(struct virtio_pci *vp)
{
	const struct virtio_pci_queue *q = virtio_pci_selected(vp);

	return q ? __atomic_load_n(&q->vector, __ATOMIC_RELAXED) :
		   PCI_MSIX_NO_VECTOR;
}

void virtio_pci_write_queue_vector(struct virtio_pci *vp, uint32_t value)
{
	struct virtio_pci_queue *q = virtio_pci_selected(vp);

	if (q)
		set_vector(vp, &q->vector, value);
}

static uint32_t read_queue_enable(struct virtio_pci *vp)
{
	const struct virtio_pci_queue *q = virtio_pci_selected(vp);

	return q && q->enabled;
}

static void write_queue_enable(struct virtio_pci *vp, uint32_t value)
{
	struct virtio_pci_queue *q = virtio_pci_selected(vp);

	if (value != 1)
		virtio_lint(vp->dev, LINT_DISABLE, NULL);
	if (q && value == 1 && virtio_pci_open(vp, q))
		virtio_pci_enable(vp, q);
}

static uint32_t read_queue_notify_off(struct virtio_pci *vp)
{
	return virtio_pci_selected(vp) ? vp->queue_select : 0;
}

/* The ring's addresses are read and written by halves, in any order: 4.1.3.2.
 */
static uint32_t read_half(struct virtio_pci *vp, size_t field, unsigned shift)
{
	const struct virtio_pci_queue *q = virtio_pci_selected(vp);

	return q ? (uint32_t)(get_le64((const char *)&q->config + field) >>
			      shift) :
		   0;
}

static void write_half(struct virtio_pci *vp, size_t field, unsigned shift,
		       uint32_t value)
{
	struct virtio_pci_queue *q = virtio_pci_selected(vp);

	if (q && virtio_pci_open(vp, q))
		memcpy((char *)&q->config + field + shift / 8, &value,
		       sizeof(value));
}

/* clang-format off */
#define HALF(name, field, shift) \
	static uint32_t read_##name(struct virtio_pci *vp) \
	{ \
		return read_half(vp, offsetof(struct vq_config, field), shift);\
	} \
	static void write_##name(struct virtio_pci *vp, uint32_t value) \
	{ \
		write_half(vp, offsetof(struct vq_config, field), shift, \
			   value); \
	}

HALF(queue_desc_lo, desc, 0)
HALF(queue_desc_hi, desc, 32)
HALF(queue_driver_lo, driver, 0)
HALF(queue_driver_hi, driver, 32)
HALF(queue_device_lo, device, 0)
HALF(queue_device_hi, device, 32)
/* clang-format on */

/* NOTIFICATION_DATA is not offered. */
static uint32_t read_queue_notif_config_data(struct virtio_pci *vp)
{
	(void)vp;
	return 0;
}

static uint32_t read_queue_reset(struct virtio_pci *vp)
{
	const struct virtio_pci_queue *q = virtio_pci_selected(vp);

	return q && q->resetting;
}

static void write_queue_reset(struct virtio_pci *vp, uint32_t value)
{
	struct virtio_pci_queue *q = virtio_pci_selected(vp);

	if (q && value == 1 && virtio_has(vp->dev, VIRTIO_F_RING_RESET))
		virtio_pci_reset_queue(vp, q);
}

/* clang-format off */
#define RW(at, size, name) { at, size, #name, read_##name, write_##name }
#define RO(at, size, name) { at, size, #name, read_##name, NULL }

static const struct virtio_pci_reg modern[] = {
	RW(VIRTIO_PCI_COMMON_DFSELECT, 4, device_feature_select),
	RO(VIRTIO_PCI_COMMON_DF, 4, device_feature),
	RW(VIRTIO_PCI_COMMON_GFSELECT, 4, driver_feature_select),
	RW(VIRTIO_PCI_COMMON_GF, 4, driver_feature),
	{ VIRTIO_PCI_COMMON_MSIX, 2, "config_msix_vector",
	  virtio_pci_read_config_vector, virtio_pci_write_config_vector },
	RO(VIRTIO_PCI_COMMON_NUMQ, 2, num_queues),
	{ VIRTIO_PCI_COMMON_STATUS, 1, "device_status",
	  virtio_pci_read_status, virtio_pci_write_status },
	RO(VIRTIO_PCI_COMMON_CFGGENERATION, 1, config_generation),
	{ VIRTIO_PCI_COMMON_Q_SELECT, 2, "queue_select",
	  virtio_pci_read_select, virtio_pci_write_select },
	RW(VIRTIO_PCI_COMMON_Q_SIZE, 2, queue_size),
	{ VIRTIO_PCI_COMMON_Q_MSIX, 2, "queue_msix_vector",
	  virtio_pci_read_queue_vector, virtio_pci_write_queue_vector },
	RW(VIRTIO_PCI_COMMON_Q_ENABLE, 2, queue_enable),
	RO(VIRTIO_PCI_COMMON_Q_NOFF, 2, queue_notify_off),
	RW(VIRTIO_PCI_COMMON_Q_DESCLO, 4, queue_desc_lo),
	RW(VIRTIO_PCI_COMMON_Q_DESCHI, 4, queue_desc_hi),
	RW(VIRTIO_PCI_COMMON_Q_AVAILLO, 4, queue_driver_lo),
	RW(VIRTIO_PCI_COMMON_Q_AVAILHI, 4, queue_driver_hi),
	RW(VIRTIO_PCI_COMMON_Q_USEDLO, 4, queue_device_lo),
	RW(VIRTIO_PCI_COMMON_Q_USEDHI, 4, queue_device_hi),
	RO(VIRTIO_PCI_COMMON_Q_NDATA, 2, queue_notif_config_data),
	RW(VIRTIO_PCI_COMMON_Q_RESET, 2, queue_reset),
	{ VIRTIO_PCI_ISR_STATUS, 1, "isr_status", virtio_pci_take_isr, NULL },
};
/* clang-format on */

const struct virtio_pci_regs virtio_pci_modern = { modern, ARRAY_SIZE(modern) };
