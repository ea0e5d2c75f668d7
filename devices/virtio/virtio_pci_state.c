/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_pci_state.c - what the registers of the PCI transport mean: status and
 * features (VIRTIO 1.2, sections 2.1, 2.2 and 2.4), and what a device tells
 */
#include <errno.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>
#include <string.h>

#include "base/util.h"
#include "devices/virtio/virtio_pci_parts.h"

enum {
	/* Bits of status that a driver sets.  NEEDS_RESET is ours. */
	SETTABLE = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
		   VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK |
		   VIRTIO_CONFIG_S_FAILED,
};

/* Whether features are negotiated: the driver has set FEATURES_OK, or is a
 * legacy driver, which does not know it: 3.1.2. */
static bool has_features(const struct virtio_pci *vp)
{
	return vp->legacy || vp->status & VIRTIO_CONFIG_S_FEATURES_OK;
}

/* Whether the device offered all features that the driver has accepted, and
 * none of them lacks another that it needs. */
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
 * accept nothing: LK writes VERSION_1, and then resets the device.  They are
 * served all the same, as 6.2 permits.  A driver that set FEATURES_OK, was
 * refused and goes on is not.
 */
static bool may_go_on(const struct virtio_pci *vp, uint8_t status)
{
	return status & VIRTIO_CONFIG_S_DRIVER && !vp->features_refused &&
	       consistent(vp);
}

/* The driver goes on without FEATURES_OK: its features are negotiated now. */
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

/* A driver may only add bits: 2.1.1.  Some legacy drivers clear bits, too. */
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
		virtio_pci_lint_kicks(vp);
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
	if (vp->resetting || virtio_pci_is_dead(vp) || q->enabled)
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
	err = vq_start(&dev->queue[q->index].vq, &q->config, vp->mem,
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

/* The functions below are called by the device's threads. */
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
