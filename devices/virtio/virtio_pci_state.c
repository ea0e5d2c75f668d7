/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_pci_state.c - what the registers of the PCI transport mean: status,
 * features and where the queues are (VIRTIO 1.2, sections 2.1, 2.2, 2.4 and
 * 2.6.1)
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/virtio/virtio_pci_parts.h"

enum {
	/* Bits of status that a driver sets.  NEEDS_RESET is ours. */
	SETTABLE = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
		   VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK |
		   VIRTIO_CONFIG_S_FAILED,
	/* With one of these the device does nothing. */
	DEAD = VIRTIO_CONFIG_S_FAILED | VIRTIO_CONFIG_S_NEEDS_RESET,
};

/* How long a queue may stay away before it is said for what it waits: less than
 * the end of a run may take. */
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

/* Those of the past are not for what comes. */
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

/* Features are settled by the driver's word, or need none: 3.1.2. */
static bool has_features(const struct virtio_pci *vp)
{
	return vp->legacy || vp->status & VIRTIO_CONFIG_S_FEATURES_OK;
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
	       !(vp->status & DEAD) && bus_master(vp) &&
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

/* Until all have come back, or @end by now_ns(); whether they have. */
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

/* Somebody waits for the host, and may want to know for what. */
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

/* What the driver has accepted was offered and goes together. */
static bool consistent(const struct virtio_pci *vp)
{
	const struct virtio_device *dev = vp->dev;
	uint64_t features = vp->driver_features;

	if (features & ~vp->offered)
		return false;
	for (unsigned i = 0; i < dev->n_rules; i++)
		if (features & BIT64(dev->rules[i].feature) &&
		    !(features & dev->rules[i].needs))
			return false;
	return true;
}

static bool acceptable(const struct virtio_pci *vp)
{
	uint64_t features = vp->driver_features;

	if (!(features & BIT64(VIRTIO_F_VERSION_1)))
		return false;
	return consistent(vp);
}

/*
 * Drivers that learnt virtio before version 1.0 never say FEATURES_OK, and may
 * accept nothing: LK writes VERSION_1, and then resets the device.  As 6.2
 * permits, they are served all the same; but not one that has said it, has
 * been refused, and goes on.
 */
static bool may_go_on(const struct virtio_pci *vp, uint8_t status)
{
	return status & VIRTIO_CONFIG_S_DRIVER && !vp->features_refused &&
	       consistent(vp);
}

/* It has: from here on its features stand, as after FEATURES_OK. */
static void go_on(struct virtio_pci *vp)
{
	if (vp->went_on)
		return;
	vp->went_on = true;
	vp->dev->negotiated = vp->driver_features;
	virtio_lint(vp->dev, LINT_NO_FEATURES_OK,
		    virtio_has(vp->dev, VIRTIO_F_VERSION_1) ?
			    NULL :
			    "VERSION_1 not accepted");
}

static void refuse(struct virtio_pci *vp, uint8_t value)
{
	log_guest(&vp->limit,
		  "%s: status 0x%x -> 0x%x: refused, features 0x%llx",
		  vp->dev->name, vp->status, value,
		  (unsigned long long)vp->driver_features);
}

/* The bits of @added that may be set now; the rest stay clear: 2.2.2. */
static uint8_t admit(struct virtio_pci *vp, uint8_t added)
{
	if (vp->legacy)
		return added & (uint8_t)~VIRTIO_CONFIG_S_FEATURES_OK;
	if (added & VIRTIO_CONFIG_S_FEATURES_OK && !acceptable(vp)) {
		added &= (uint8_t)~VIRTIO_CONFIG_S_FEATURES_OK;
		vp->features_refused = true;
	}
	if (!((vp->status | added) & VIRTIO_CONFIG_S_FEATURES_OK) &&
	    !may_go_on(vp, (uint8_t)(vp->status | added)))
		added &= (uint8_t)~VIRTIO_CONFIG_S_DRIVER_OK;
	return added;
}

/* The driver is ready now; what is in a doorbell was there before. */
static void lint_kicks(struct virtio_pci *vp)
{
	for (unsigned i = 0; i < vp->dev->n_queues; i++) {
		const struct virtio_queue *q = &vp->dev->queue[i];
		struct pollfd p = { .fd = q->doorbell, .events = POLLIN };

		if (owns_doorbell(&vp->queue[i]) && poll(&p, 1, 0) > 0)
			virtio_lint(vp->dev, LINT_EARLY_KICK, q->name);
	}
}

/* A driver only ever adds bits: 2.1.1.  Some legacy drivers do not know. */
static void add_status(struct virtio_pci *vp, uint8_t value)
{
	uint8_t wanted = value & SETTABLE & (uint8_t)~vp->status;
	uint8_t added = admit(vp, wanted);

	if (!vp->legacy && vp->status & SETTABLE & ~value) {
		refuse(vp, value);
		return;
	}
	if (added != wanted)
		refuse(vp, value);
	vp->status |= added;
	if (added & VIRTIO_CONFIG_S_DRIVER_OK && vp->dev->lint.on)
		lint_kicks(vp);
	if (added & VIRTIO_CONFIG_S_FEATURES_OK)
		vp->dev->negotiated = vp->driver_features;
	else if (added & VIRTIO_CONFIG_S_DRIVER_OK && !has_features(vp))
		go_on(vp);
	virtio_pci_settle(vp);
}

void virtio_pci_set_status(struct virtio_pci *vp, uint8_t value)
{
	if (vp->resetting)
		return;
	if (value) {
		add_status(vp, value);
	} else {
		vp->resetting = true;
		virtio_pci_settle(vp);
	}
	virtio_pci_wait(vp, vp->patience_ns);
}

bool virtio_pci_open(const struct virtio_pci *vp,
		     const struct virtio_pci_queue *q)
{
	if (vp->resetting || vp->status & DEAD || q->enabled)
		return false;
	if (vp->legacy || q->was_reset)
		return true;
	if (vp->status & VIRTIO_CONFIG_S_DRIVER_OK)
		return false;
	return has_features(vp) || may_go_on(vp, vp->status);
}

void virtio_pci_enable(struct virtio_pci *vp, struct virtio_pci_queue *q)
{
	struct virtio_device *dev = vp->dev;
	int err;

	if (!has_features(vp))
		go_on(vp);
	q->config.packed = virtio_has(dev, VIRTIO_F_RING_PACKED);
	q->config.event_idx = virtio_has(dev, VIRTIO_RING_F_EVENT_IDX);
	q->config.indirect = virtio_has(dev, VIRTIO_RING_F_INDIRECT_DESC);
	q->config.in_order = virtio_has(dev, VIRTIO_F_IN_ORDER);
	err = vq_start(vq_of(q), &q->config, vp->mem,
		       virtio_pci_queue_interrupt, q);
	if (err) {
		log_guest(&vp->limit,
			  "%s: queue %u of %u at 0x%llx, 0x%llx, 0x%llx: "
			  "refused: %s",
			  dev->name, q->index, q->config.size,
			  (unsigned long long)q->config.desc,
			  (unsigned long long)q->config.driver,
			  (unsigned long long)q->config.device, strerror(-err));
		return;
	}
	q->enabled = true;
	q->was_reset = false;
	virtio_pci_settle(vp);
}

void virtio_pci_reset_queue(struct virtio_pci *vp, struct virtio_pci_queue *q)
{
	if (vp->resetting || !q->enabled)
		return;
	q->resetting = true;
	virtio_pci_settle(vp);
	virtio_pci_wait(vp, vp->patience_ns);
}

static void interrupt_config(struct virtio_pci *vp)
{
	if (vp->status & VIRTIO_CONFIG_S_DRIVER_OK && !vp->resetting)
		virtio_pci_notify(
			vp, VIRTIO_PCI_ISR_CONFIG,
			__atomic_load_n(&vp->config_vector, __ATOMIC_RELAXED));
}

/* The device's side, from its threads. */
static void queue_stopped(void *arg, unsigned index)
{
	struct virtio_pci *vp = arg;

	pthread_mutex_lock(&vp->function.lock);
	vp->queue[index].place = QUEUE_HELD;
	virtio_pci_settle(vp);
	pthread_cond_broadcast(&vp->settled);
	pthread_mutex_unlock(&vp->function.lock);
}

static void broken(void *arg, unsigned index)
{
	struct virtio_pci *vp = arg;

	pthread_mutex_lock(&vp->function.lock);
	if (!(vp->status & VIRTIO_CONFIG_S_NEEDS_RESET) && !vp->resetting) {
		log_guest(&vp->limit, "%s: queue %u is broken: %s",
			  vp->dev->name, index,
			  vp->dev->queue[index].vq.broken);
		vp->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
		interrupt_config(vp);
		virtio_pci_settle(vp);
	}
	pthread_mutex_unlock(&vp->function.lock);
}

static void config_lock(void *arg)
{
	struct virtio_pci *vp = arg;

	pthread_mutex_lock(&vp->function.lock);
}

static void config_unlock(void *arg, bool changed)
{
	struct virtio_pci *vp = arg;

	if (changed) {
		vp->config_changed = true;
		interrupt_config(vp);
	}
	pthread_mutex_unlock(&vp->function.lock);
}

const struct virtio_transport virtio_pci_transport = {
	.queue_stopped = queue_stopped,
	.broken = broken,
	.config_lock = config_lock,
	.config_unlock = config_unlock,
};
