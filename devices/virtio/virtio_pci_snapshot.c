/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/virtio/virtio_pci_snapshot.h"

#include <poll.h>
#include <stdlib.h>

#include "base/util.h"
#include "devices/virtio/virtio_pci_parts.h"

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

static uint16_t vector_of(const struct virtio_pci_queue *q)
{
	return __atomic_load_n(&q->vector, __ATOMIC_RELAXED);
}

static void look_at_interrupt(struct virtio_pci *vp, unsigned vector,
			      struct stall_snapshot *snapshot)
{
	struct pci_msix *msix = &vp->msix;

	snapshot->msix = pci_msix_enabled(msix);
	snapshot->isr = __atomic_load_n(&vp->isr, __ATOMIC_RELAXED) &
			VIRTIO_PCI_ISR_QUEUE;
	pthread_mutex_lock(&vp->intx_lock);
	snapshot->pin_enabled = !vp->intx_disabled;
	pthread_mutex_unlock(&vp->intx_lock);
	snapshot->has_vector = vector < msix->n_vectors;
	if (!snapshot->has_vector)
		return;
	pthread_mutex_lock(&msix->lock);
	snapshot->vector = (uint8_t)msix->vector[vector].data;
	snapshot->masked = !msix->vector[vector].live;
	snapshot->pending = msix->vector[vector].pending;
	pthread_mutex_unlock(&msix->lock);
}

void virtio_pci_look(struct virtio_pci *vp, unsigned index,
		     struct stall_snapshot *snapshot)
{
	const struct virtio_queue *q = &vp->dev->queue[index];

	*snapshot = (struct stall_snapshot){ .receives = q->receives,
					     .stream = q->stream,
					     .behind = vp->dev->behind };
	pthread_mutex_lock(&vp->function.lock);
	if (vp->queue[index].place == QUEUE_LENT) {
		vq_look(&q->vq, &snapshot->vq);
		snapshot->waits = __atomic_load_n(&q->waits, __ATOMIC_RELAXED);
		snapshot->rung = readable(q->doorbell);
		look_at_interrupt(vp, vector_of(&vp->queue[index]), snapshot);
	}
	pthread_mutex_unlock(&vp->function.lock);
}

static void dump_interrupts(const struct virtio_pci *vp,
			    const struct stall_snapshot *s, unsigned index,
			    FILE *out)
{
	if (s->msix && s->has_vector)
		fprintf(out, "  interrupt: MSI-X %u, vector 0x%02x%s%s\n",
			vector_of(&vp->queue[index]), s->vector,
			s->masked ? ", masked" : "",
			s->pending ? ", pending" : "");
	else
		fprintf(out, "  interrupt: %s%s\n", s->msix ? "none" : "pin",
			!s->msix && !s->pin_enabled ? ", disabled" : "");
}

static void dump_queue(struct virtio_pci *vp, unsigned index, FILE *out)
{
	static const char *const places[] = {
		[QUEUE_HELD] = "with the driver",
		[QUEUE_LENT] = "at work",
		[QUEUE_RECALLED] = "being stopped",
	};
	const struct virtio_queue *q = &vp->dev->queue[index];
	const struct vq_config *c = &vp->queue[index].config;
	struct stall_snapshot s = { .receives = q->receives };

	fprintf(out, " %s: %s; desc 0x%llx, driver 0x%llx, device 0x%llx%s\n",
		q->name, places[vp->queue[index].place],
		(unsigned long long)c->desc, (unsigned long long)c->driver,
		(unsigned long long)c->device,
		readable(q->doorbell) ? "; doorbell rung" : "");
	if (vp->queue[index].place != QUEUE_LENT)
		return;
	look_at_interrupt(vp, vector_of(&vp->queue[index]), &s);
	dump_interrupts(vp, &s, index, out);
	vq_dump(&q->vq, "  ", out);
}

void virtio_pci_dump(struct virtio_pci *vp, FILE *out)
{
	pthread_mutex_lock(&vp->function.lock);
	fprintf(out, "%s: status 0x%02x, features 0x%llx, ISR 0x%x, %s\n",
		vp->dev->name, vp->status,
		(unsigned long long)vp->dev->negotiated,
		__atomic_load_n(&vp->isr, __ATOMIC_RELAXED),
		pci_msix_enabled(&vp->msix) ? "MSI-X" : "INTx");
	for (unsigned i = 0; i < vp->dev->n_queues; i++)
		dump_queue(vp, i, out);
	pthread_mutex_unlock(&vp->function.lock);
}
