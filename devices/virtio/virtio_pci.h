/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_pci.h - virtio over PCI (VIRTIO 1.2, section 4.1)
 *
 * The transport: it keeps the registers a driver programs, and lends the
 * device its queues while the driver, the command register and the device's
 * own health allow.  What the driver writes stays in registers; a queue that
 * is enabled works from a checked copy.
 *
 * A reset asks for all queues back and is finished, status reads 0, when all
 * have come: nothing touches guest memory or interrupts after that.  The vCPU
 * that asked waits for it, since many drivers, and all legacy ones, never look
 * whether the device is done, and most devices are in microseconds.  Should one
 * be stuck, as a disk whose host does not answer, what it waits for is said in
 * a line, the vCPU goes on in the end, and status stays as it was until then
 * (4.1.4.3.1).  The same goes for a queue's reset and for switching the bus
 * master off.
 *
 * Files: virtio_pci.c plugs it all together, virtio_pci_regs.c has the
 * registers, virtio_pci_state.c what they mean, virtio_pci_irq.c interrupts,
 * virtio_pci_legacy.c the registers of legacy drivers.
 *
 * Threads: registers are accessed by any vCPU thread, one at a time, under
 * the function's lock, which the device's threads take too when they give a
 * queue back or report trouble.  Neither kicks nor interrupts take it: kicks
 * are eventfds, interrupts have small locks of their own, taken last.
 *
 * Trust: the guest writes anything, anywhere, at any time.
 */
#ifndef DEVICES_VIRTIO_VIRTIO_PCI_H
#define DEVICES_VIRTIO_VIRTIO_PCI_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "devices/pci/pci.h"
#include "devices/pci/pci_bar.h"
#include "devices/pci/pci_msix.h"
#include "devices/virtio/virtio.h"

struct irq_line;
struct mem;

/* What the user may choose, for every device alike. */
struct virtio_pci_options {
	/* Offer packed rings, and the promise to keep buffers in order. */
	bool packed, in_order;
	/* Also be what legacy drivers know, if they know such a device. */
	bool transitional;
};

/* Where a queue is: with us, with the device, or asked back from it. */
enum virtio_pci_place { QUEUE_HELD, QUEUE_LENT, QUEUE_RECALLED };

struct virtio_pci_queue {
	struct virtio_pci *vp;
	unsigned index;
	/* What the driver programmed, for the next enable. */
	struct vq_config config;
	bool enabled;
	/* RING_RESET: asked for; and done, so that it may be set up anew. */
	bool resetting, was_reset;
	enum virtio_pci_place place;
	/* MSI-X vector.  Written by vCPUs, read by the device's thread when
	 * it interrupts: atomic and relaxed, it orders nothing. */
	uint16_t vector;
	struct pci_doorbell bell, legacy_bell;
};

struct virtio_pci {
	struct virtio_device *dev;
	/* In struct virtio_list. */
	struct virtio_pci *next;
	const struct mem *mem;
	struct pci_host *host;
	uint64_t offered;

	/* Its lock protects what follows, up to the interrupts. */
	struct pci_function function;
	struct pci_bars bars;
	/* The PCI_CFG capability's place in the header. */
	unsigned window;
	/* Signalled whenever a queue has come back, and how long a vCPU waits
	 * for that: longer than any host takes to run a thread, it is for the
	 * day when something is wrong. */
	pthread_cond_t settled;
	uint64_t patience_ns;
	uint8_t status;
	/* A reset has begun and not finished; the device is taken apart. */
	bool resetting, closing;
	/* A legacy driver is at work. */
	bool legacy;
	uint32_t device_feature_select, driver_feature_select;
	uint64_t driver_features;
	/* FEATURES_OK was refused; queues or DRIVER_OK came without it. */
	bool features_refused, went_on;
	uint16_t queue_select;
	uint8_t generation;
	/* Changed since the driver last read the generation. */
	bool config_changed;
	struct virtio_pci_queue *queue;
	struct log_limit limit;

	struct pci_msix msix;
	/* As a queue's vector. */
	uint16_t config_vector;
	/*
	 * Set with release by whoever interrupts, exchanged for 0 with
	 * acquire by the driver's read.
	 */
	uint8_t isr;
	/* The level of the pin is decided and driven under this lock, always
	 * from scratch, so that whoever comes last drives what is right. */
	pthread_mutex_t intx_lock;
	bool intx_disabled;
	struct irq_line *intx;
};

/*
 * Plug @dev in at @devfn of @host's bus, its interrupt pin wired to @intx,
 * which is input @gsi of the interrupt controllers.  Logs; -errno, and then
 * nothing is to be freed.
 */
int virtio_pci_init(struct virtio_pci *vp, struct virtio_device *dev,
		    struct pci_host *host, uint8_t devfn, const struct mem *mem,
		    struct irq_line *intx, uint8_t gsi,
		    const struct virtio_pci_options *options);

/* Take all queues back and unplug it; no vCPU may be running. */
void virtio_pci_free(struct virtio_pci *vp);

#endif
