/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_pci_irq.c - interrupts of the PCI transport (VIRTIO 1.2, sections
 * 4.1.4.5 and 4.1.5.3)
 *
 * The ISR bits are set in both modes: with MSI-X nobody need read them, but
 * some drivers do.
 */
#include <linux/virtio_pci.h>

#include "devices/virtio/virtio_pci_parts.h"
#include "vmm/irq.h"

/*
 * Two parties change what the level depends on, the device by setting ISR
 * bits and the driver by taking them, and each drives the pin afterwards.
 * Deciding and driving are one step, so the last to do it has seen the last
 * change; were they two, a level decided before the other's could be driven
 * after it.
 */
void virtio_pci_drive_intx(struct virtio_pci *vp)
{
	bool level;

	pthread_mutex_lock(&vp->intx_lock);
	/* Relaxed: the bits carry no data, and the lock orders the rest. */
	level = __atomic_load_n(&vp->isr, __ATOMIC_RELAXED) &&
		!vp->intx_disabled && !pci_msix_enabled(&vp->msix);
	irq_line_set(vp->intx, level);
	pthread_mutex_unlock(&vp->intx_lock);
}

void virtio_pci_disable_intx(struct virtio_pci *vp, bool disabled)
{
	pthread_mutex_lock(&vp->intx_lock);
	vp->intx_disabled = disabled;
	pthread_mutex_unlock(&vp->intx_lock);
	virtio_pci_drive_intx(vp);
}

uint32_t virtio_pci_take_isr(struct virtio_pci *vp)
{
	/* Acquire: pairs with the release in virtio_pci_notify(), so that who
	 * sees the bit sees what it is about. */
	uint8_t isr = __atomic_exchange_n(&vp->isr, 0, __ATOMIC_ACQUIRE);

	virtio_pci_drive_intx(vp);
	return isr;
}

void virtio_pci_notify(struct virtio_pci *vp, uint8_t isr, uint16_t vector)
{
	/* Release: pairs with the acquire in virtio_pci_take_isr(). */
	__atomic_fetch_or(&vp->isr, isr, __ATOMIC_RELEASE);
	if (!pci_msix_notify(&vp->msix, vector))
		virtio_pci_drive_intx(vp);
}

void virtio_pci_queue_interrupt(void *arg)
{
	struct virtio_pci_queue *q = arg;

	virtio_pci_notify(q->vp, VIRTIO_PCI_ISR_QUEUE,
			  __atomic_load_n(&q->vector, __ATOMIC_RELAXED));
}
