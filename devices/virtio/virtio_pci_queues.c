/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_pci_queues.c - who has the queues: lent to the device while the driver
 * lets it work, held by the transport otherwise (VIRTIO 1.2, sections 2.4 and
 * 2.6.1)
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>
#include <poll.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/virtio/virtio_pci_parts.h"

/* After so long a warning says what a queue waits for.  It is less than the end
 * of a run may take. */
#define NAME_NS (400 * NSEC_PER_MSEC)

static struct virtq *vq_of(const struct virtio_pci_queue *q)
{
	return &q->vp->dev->queue[q->index].vq;
}

static bool owns_doorbell(const struct virtio_pci_queue *q)
{
	struct virtio_device *dev = q->vp->dev;

	return !dev->ops->queue_doorbell ||
	       dev->ops->queue_doorbell(dev, q->index) < 0;
}

/* Kicks from before the queue was stopped must not count for its next driver.
 */
static void forget_kicks(const struct virtio_pci_queue *q)
{
	int doorbell = q->vp->dev->queue[q->index].doorbell;
	uint64_t count;

	if (owns_doorbell(q) && read(doorbell, &count, sizeof(count)) < 0)
		return;
}

static void default_queue(struct virtio_pci_queue *q)
{
	vq_stop(vq_of(q));
	forget_kicks(q);
	q->config = (struct vq_config){ .size = q->vp->dev->queue_size };
	q->enabled = q->resetting = q->was_reset = false;
	__atomic_store_n(&q->vector, PCI_MSIX_NO_VECTOR, __ATOMIC_RELAXED);
}

void virtio_pci_defaults(struct virtio_pci *vp)
{
	for (unsigned i = 0; i < vp->dev->n_queues; i++)
		default_queue(&vp->queue[i]);
	vp->status = 0;
	vp->resetting = vp->legacy = false;
	vp->device_feature_select = vp->driver_feature_select = 0;
	vp->driver_features = vp->dev->negotiated = 0;
	vp->features_refused = vp->went_on = false;
	vp->queue_select = 0;
	__atomic_store_n(&vp->config_vector, PCI_MSIX_NO_VECTOR,
			 __ATOMIC_RELAXED);
	pci_msix_forget(&vp->msix);
	virtio_pci_take_isr(vp);
}

static bool bus_master(const struct virtio_pci *vp)
{
	return get_le16(vp->function.config + PCI_COMMAND) & PCI_COMMAND_MASTER;
}

/* A legacy driver may use the device before it says DRIVER_OK: 3.1.2. */
static bool to_run(const struct virtio_pci *vp,
		   const struct virtio_pci_queue *q)
{
	return q->enabled && !q->resetting && !vp->resetting && !vp->closing &&
	       !virtio_pci_is_dead(vp) && bus_master(vp) &&
	       (vp->status & VIRTIO_CONFIG_S_DRIVER_OK || vp->legacy);
}

static void settle_queue(struct virtio_pci *vp, struct virtio_pci_queue *q)
{
	bool run = to_run(vp, q);

	if (run && q->place == QUEUE_HELD) {
		q->place = QUEUE_LENT;
		vp->dev->ops->queue_start(vp->dev, q->index);
	} else if (!run && q->place == QUEUE_LENT) {
		q->place = QUEUE_RECALLED;
		vp->dev->ops->queue_stop(vp->dev, q->index);
	}
	if (q->resetting && q->place == QUEUE_HELD) {
		default_queue(q);
		q->was_reset = true;
	}
}

static bool all_held(const struct virtio_pci *vp)
{
	bool held = true;

	for (unsigned i = 0; i < vp->dev->n_queues; i++)
		held &= vp->queue[i].place == QUEUE_HELD;
	return held;
}

void virtio_pci_settle(struct virtio_pci *vp)
{
	for (unsigned i = 0; i < vp->dev->n_queues; i++)
		settle_queue(vp, &vp->queue[i]);
	if (vp->resetting && all_held(vp))
		virtio_pci_defaults(vp);
}

static bool is_settled(const struct virtio_pci *vp)
{
	for (unsigned i = 0; i < vp->dev->n_queues; i++)
		if (vp->queue[i].place == QUEUE_RECALLED)
			return false;
	return true;
}

/* Wait until all queues have come back, or until now_ns() is @end; whether they
 * have. */
static bool wait_until(struct virtio_pci *vp, uint64_t end)
{
	struct timespec deadline = {
		.tv_sec = (time_t)MIN(end / NSEC_PER_SEC, INT32_MAX),
		.tv_nsec = (long)(end % NSEC_PER_SEC),
	};
	int err = 0;

	while (!is_settled(vp) && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&vp->settled, &vp->function.lock,
					     &deadline);
	return is_settled(vp);
}

/* Tell the user which file of the host the wait is for. */
static void name_culprit(struct virtio_pci *vp)
{
	if (vp->dev->behind)
		log_guest(&vp->limit,
			  "%s: waiting for %s: the host's storage has not "
			  "answered for %u ms",
			  vp->dev->name, vp->dev->behind,
			  (unsigned)(NAME_NS / NSEC_PER_MSEC));
}

void virtio_pci_wait(struct virtio_pci *vp, uint64_t ns)
{
	uint64_t now = now_ns();

	if (ns > NAME_NS && !wait_until(vp, now + NAME_NS))
		name_culprit(vp);
	wait_until(vp, ns > UINT64_MAX - now ? UINT64_MAX : now + ns);
}

/* At DRIVER_OK: a kick that is in a doorbell already came too early. */
void virtio_pci_lint_kicks(struct virtio_pci *vp)
{
	for (unsigned i = 0; i < vp->dev->n_queues; i++) {
		const struct virtio_queue *q = &vp->dev->queue[i];
		struct pollfd p = { .fd = q->doorbell, .events = POLLIN };

		if (owns_doorbell(&vp->queue[i]) && poll(&p, 1, 0) > 0)
			virtio_lint(vp->dev, LINT_EARLY_KICK, q->name);
	}
}
