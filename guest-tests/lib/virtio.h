/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio.h - virtio devices over PCI, modern and legacy (VIRTIO 1.2, 4.1)
 *
 *	static struct virtio_dev dev;
 *	static struct virtq queue[2];
 *
 *	virtio_find(&dev, VIRTIO_NET);
 *	how = virtio_want();
 *	how.features |= BIT64(VIRTIO_NET_F_MAC);
 *	why = virtio_start(&dev, &how, queue, 2);
 *
 * and then virtq.h.  Interrupts must be on: irq_start().
 */
#ifndef GUEST_LIB_VIRTIO_H
#define GUEST_LIB_VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

#include "guest-tests/lib/virtq.h"

#define BIT64(n) (1ull << (n))

enum {
	VIRTIO_NET = 1,
	VIRTIO_BLK = 2,
	VIRTIO_CONSOLE = 3,
	VIRTIO_RNG = 4,
	VIRTIO_FS = 26,

	VIRTIO_F_INDIRECT_DESC = 28,
	VIRTIO_F_EVENT_IDX = 29,
	VIRTIO_F_VERSION_1 = 32,
	VIRTIO_F_RING_PACKED = 34,
	VIRTIO_F_IN_ORDER = 35,
	VIRTIO_F_RING_RESET = 40,

	STATUS_ACKNOWLEDGE = 1,
	STATUS_DRIVER = 2,
	STATUS_DRIVER_OK = 4,
	STATUS_FEATURES_OK = 8,
	STATUS_NEEDS_RESET = 64,
	STATUS_FAILED = 128,

	VIRTIO_NO_VECTOR = 0xffff,
};

/* Registers of the common configuration structure: 4.1.4.3. */
enum {
	COMMON_DEVICE_FEATURE_SELECT = 0,
	COMMON_DEVICE_FEATURE = 4,
	COMMON_DRIVER_FEATURE_SELECT = 8,
	COMMON_DRIVER_FEATURE = 12,
	COMMON_CONFIG_VECTOR = 16,
	COMMON_NUM_QUEUES = 18,
	COMMON_STATUS = 20,
	COMMON_GENERATION = 21,
	COMMON_QUEUE_SELECT = 22,
	COMMON_QUEUE_SIZE = 24,
	COMMON_QUEUE_VECTOR = 26,
	COMMON_QUEUE_ENABLE = 28,
	COMMON_QUEUE_NOTIFY_OFF = 30,
	COMMON_QUEUE_DESC = 32,
	COMMON_QUEUE_DRIVER = 40,
	COMMON_QUEUE_DEVICE = 48,
	COMMON_QUEUE_RESET = 58,
	COMMON_SIZE = 60,
};

/* Ports of a legacy device: 4.1.4.10. */
enum {
	LEGACY_DEVICE_FEATURES = 0,
	LEGACY_DRIVER_FEATURES = 4,
	LEGACY_QUEUE_PFN = 8,
	LEGACY_QUEUE_SIZE = 12,
	LEGACY_QUEUE_SELECT = 14,
	LEGACY_QUEUE_NOTIFY = 16,
	LEGACY_STATUS = 18,
	LEGACY_ISR = 19,
	LEGACY_CONFIG_VECTOR = 20,
	LEGACY_QUEUE_VECTOR = 22,
	/* The device's configuration, without MSI-X; with it 4 further on. */
	LEGACY_CONFIG = 20,
	LEGACY_PAGE_SHIFT = 12,
};

/* How a device is to be driven. */
struct virtio_want {
	/* Accepted where offered. */
	uint64_t features;
	/* The interface from before version 1; and a packed ring, which a
	 * device must have then. */
	bool legacy, packed;
	/* Accept nothing and never say FEATURES_OK, as LK does. */
	bool mute;
	/* Instead of the interrupt pin. */
	bool msix;
	/* Of queues, at most: 0, as large as can be. */
	uint16_t size;
};

struct virtio_dev {
	unsigned devfn;
	/* Modern: addresses.  The device's configuration may be missing. */
	uint64_t common, notify, isr, config;
	uint32_t notify_multiplier;
	/* Legacy: BAR 0. */
	uint16_t port;
	/* As it was started. */
	bool legacy, msix;
	uint64_t offered, features;
	/* Interrupt vectors: with MSI-X this one tells of the configuration,
	 * the next of queue 0 and so on; of the pin all alike. */
	unsigned vector;
	/* Pin: its input, and how many interrupts were acknowledged. */
	unsigned gsi, acked;
	/* The ISR bits seen. */
	uint8_t isr_seen;
};

/* As the command line says: "legacy", "packed", "intx" (MSI-X else), "event"
 * (EVENT_IDX), "indirect", "size=N". */
struct virtio_want virtio_want(void);

/* Find the first device of @type; false: there is none.  Switches it on. */
bool virtio_find(struct virtio_dev *dev, unsigned type);

/* Whatever it is doing: stop it and its interrupts. */
void virtio_reset(struct virtio_dev *dev);

/* Reset it, agree on features, and give it @n queues, which are emptied.
 * NULL, or what went wrong. */
const char *virtio_start(struct virtio_dev *dev, const struct virtio_want *how,
			 struct virtq *q, unsigned n);

static inline bool virtio_has(const struct virtio_dev *dev, unsigned feature)
{
	return dev->features >> feature & 1;
}

/* A byte of the device's configuration. */
uint8_t virtio_config(const struct virtio_dev *dev, unsigned offset);

uint8_t virtio_status(const struct virtio_dev *dev);
void virtio_set_status(const struct virtio_dev *dev, uint8_t status);

/* Ring @q's doorbell; virtq_kick() does when it is wanted. */
void virtio_notify(const struct virtq *q);

/* Let the interrupt pin go if it has interrupted since; before sleeping. */
void virtio_ack(struct virtio_dev *dev);

/* The parts of virtio_start(), for those who do them wrong.  All for the
 * interface that dev->legacy names. */
uint64_t virtio_offered(const struct virtio_dev *dev);
/* False: they are refused. */
bool virtio_accept(struct virtio_dev *dev, uint64_t features);
void virtio_irq_on(struct virtio_dev *dev, bool msix, unsigned n_queues);
/* False: the device would not have it. */
bool virtio_queue_on(struct virtio_dev *dev, struct virtq *q, unsigned index,
		     const struct virtio_want *how);

#endif
