/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_pci_irq.c - interrupts of the PCI transport (VIRTIO 1.2, sections
 * 4.1.4.5 and 4.1.5.3)
 *
 * The ISR bits are set in both modes: with MSI-X nobody need read them, but
 * some drivers do.
 */
#include <linux/virtio_pci.h>

#include "base/irq.h"
#include "base/trace.h"
#include "devices/virtio/virtio_pci_parts.h"

/*
 * Two parties change what the level depends on, the device by setting ISR
 * bits and the driver by taking them, and each drives the pin afterwards.
 * Deciding and driving are one step, so the last to do it has seen the last
 * change; were they two, a level decided before the other's could be driven
 * after it.
 */
static void drive_locked(struct virtio_pci *vp, bool msix)
{
	/* Relaxed: the bits carry no data, and the lock orders the rest. */
	uint8_t isr = __atomic_load_n(&vp->isr, __ATOMIC_RELAXED);

	irq_line_set(vp->intx, isr && !vp->intx_disabled && !msix);
}

/* Drive the pin as things are now. */
static void drive_intx(struct virtio_pci *vp)
{
	pthread_mutex_lock(&vp->intx_lock);
	drive_locked(vp, pci_msix_enabled(&vp->msix));
	pthread_mutex_unlock(&vp->intx_lock);
}

/*
 * An event that finds MSI-X disabled is one for the pin, unless the driver has
 * enabled it by the time that the pin is driven: then it would have neither.
 * So it looks again under the pin's lock.  Who enables MSI-X drives the pin
 * after that, under the same lock: it has not done so yet, and will lower what
 * is raised here.
 */
static void notify_by_pin(struct virtio_pci *vp, uint16_t vector)
{
	pthread_mutex_lock(&vp->intx_lock);
	if (!pci_msix_notify(&vp->msix, vector))
		drive_locked(vp, false);
	pthread_mutex_unlock(&vp->intx_lock);
}

void virtio_pci_disable_intx(struct virtio_pci *vp, bool disabled)
{
	pthread_mutex_lock(&vp->intx_lock);
	vp->intx_disabled = disabled;
	pthread_mutex_unlock(&vp->intx_lock);
	drive_intx(vp);
}

uint32_t virtio_pci_take_isr(struct virtio_pci *vp)
{
	/* Acquire: pairs with the release in virtio_pci_notify(), so that who
	 * sees the bit sees what it is about. */
	uint8_t isr = __atomic_exchange_n(&vp->isr, 0, __ATOMIC_ACQUIRE);

	drive_intx(vp);
	return isr;
}

void virtio_pci_notify(struct virtio_pci *vp, uint8_t isr, uint16_t vector)
{
	/* Release: pairs with the acquire in virtio_pci_take_isr(). */
	__atomic_fetch_or(&vp->isr, isr, __ATOMIC_RELEASE);
	if (!pci_msix_notify(&vp->msix, vector))
		notify_by_pin(vp, vector);
}

void virtio_pci_queue_interrupt(void *arg)
{
	struct virtio_pci_queue *q = arg;
	const struct virtio_device *dev = q->vp->dev;

	trace_moment(dev->trace, dev->queue[q - q->vp->queue].track,
		     TRACE_INTERRUPT, 0);
	virtio_pci_notify(q->vp, VIRTIO_PCI_ISR_QUEUE,
			  __atomic_load_n(&q->vector, __ATOMIC_RELAXED));
}
