/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_pci_parts.h - what the files of the PCI transport share
 *
 * All functions are called under the function's lock, unless they say
 * otherwise.
 */
#ifndef DEVICES_VIRTIO_VIRTIO_PCI_PARTS_H
#define DEVICES_VIRTIO_VIRTIO_PCI_PARTS_H

#include <linux/virtio_config.h>

#include "devices/virtio/virtio_pci.h"

/* Where things are: 4.1.4. */
enum {
	VIRTIO_PCI_BAR_LEGACY = 0,
	VIRTIO_PCI_BAR_MSIX = 1,
	VIRTIO_PCI_BAR = 4,
	VIRTIO_PCI_BAR_SIZE = 0x4000,
	/* The structures in it, a page each. */
	VIRTIO_PCI_COMMON = 0x0000,
	VIRTIO_PCI_ISR_STATUS = 0x1000,
	VIRTIO_PCI_DEVICE = 0x2000,
	VIRTIO_PCI_NOTIFY = 0x3000,
	VIRTIO_PCI_COMMON_SIZE = 60,
	VIRTIO_PCI_NOTIFY_MULTIPLIER = 4,
};

enum { VIRTIO_PCI_ISR_QUEUE = 1 };

/* A register. */
struct virtio_pci_reg {
	uint16_t offset;
	uint8_t size;
	const char *name;
	uint32_t (*read)(struct virtio_pci *vp);
	/* NULL: read-only. */
	void (*write)(struct virtio_pci *vp, uint32_t value);
};

struct virtio_pci_regs {
	const struct virtio_pci_reg *reg;
	unsigned n;
};

/* virtio_pci_bar.c */
extern const struct bus_ops virtio_pci_bar_ops;

/*
 * An access of any size at any place: a read is put together from the bytes
 * of whatever registers it covers, a write reaches those it covers wholly.
 */
uint32_t virtio_pci_regs_read(struct virtio_pci *vp,
			      const struct virtio_pci_regs *regs,
			      uint64_t offset, unsigned size);
void virtio_pci_regs_write(struct virtio_pci *vp,
			   const struct virtio_pci_regs *regs, uint64_t offset,
			   unsigned size, uint32_t value);

/* The device's configuration: what is beyond its end reads as 0. */
uint32_t virtio_pci_config_read(struct virtio_pci *vp, uint64_t offset,
				unsigned size);
void virtio_pci_config_write(struct virtio_pci *vp, uint64_t offset,
			     unsigned size, uint32_t value);

/* Pass on a kick that came by a register instead of the queue's doorbell. */
void virtio_pci_kick(struct virtio_pci *vp, unsigned index);

/* virtio_pci_regs.c */
extern const struct virtio_pci_regs virtio_pci_modern;

/* Registers that both kinds of driver have. */
uint32_t virtio_pci_read_status(struct virtio_pci *vp);
void virtio_pci_write_status(struct virtio_pci *vp, uint32_t value);
uint32_t virtio_pci_read_select(struct virtio_pci *vp);
void virtio_pci_write_select(struct virtio_pci *vp, uint32_t value);
uint32_t virtio_pci_read_config_vector(struct virtio_pci *vp);
void virtio_pci_write_config_vector(struct virtio_pci *vp, uint32_t value);
uint32_t virtio_pci_read_queue_vector(struct virtio_pci *vp);
void virtio_pci_write_queue_vector(struct virtio_pci *vp, uint32_t value);

/* The selected queue, or NULL. */
struct virtio_pci_queue *virtio_pci_selected(struct virtio_pci *vp);

/* virtio_pci_state.c */
extern const struct virtio_transport virtio_pci_transport;

/* The driver's write of the status register; @value 0 is a reset. */
void virtio_pci_set_status(struct virtio_pci *vp, uint8_t value);

/* Whether the driver may program @q now. */
bool virtio_pci_open(const struct virtio_pci *vp,
		     const struct virtio_pci_queue *q);

/* Check and start @q as programmed; if it can't be, it stays disabled. */
void virtio_pci_enable(struct virtio_pci *vp, struct virtio_pci_queue *q);
/* Ask for @q back, then set it to what a reset leaves. */
void virtio_pci_reset_queue(struct virtio_pci *vp, struct virtio_pci_queue *q);

/* virtio_pci_queues.c */
/* All registers as a reset leaves them; no queue is lent. */
void virtio_pci_defaults(struct virtio_pci *vp);

/* Lend the queues that are to run and ask for the others back.  If all have
 * come back, finish the reset that waits for them. */
void virtio_pci_settle(struct virtio_pci *vp);
/* Wait up to @ns until the queues have come back; UINT64_MAX: as long as it
 * takes.  The lock is released while it waits. */
void virtio_pci_wait(struct virtio_pci *vp, uint64_t ns);
/* Report kicks that have come before the driver was ready for them. */
void virtio_pci_lint_kicks(struct virtio_pci *vp);

/* Whether the device does nothing until it is reset. */
static inline bool virtio_pci_is_dead(const struct virtio_pci *vp)
{
	return vp->status &
	       (VIRTIO_CONFIG_S_FAILED | VIRTIO_CONFIG_S_NEEDS_RESET);
}

/* virtio_pci_irq.c */
/* Interrupt: set @isr, and raise @vector or the pin.  Any thread, without the
 * function's lock or with it. */
void virtio_pci_notify(struct virtio_pci *vp, uint8_t isr, uint16_t vector);
void virtio_pci_disable_intx(struct virtio_pci *vp, bool disabled);
/* The driver reads the ISR: return its bits, clear them, and lower the pin. */
uint32_t virtio_pci_take_isr(struct virtio_pci *vp);
/* Interrupt for a used buffer; @arg is the struct virtio_pci_queue. */
void virtio_pci_queue_interrupt(void *arg);

/* virtio_pci_legacy.c */
/* Add the BAR of legacy drivers: -errno. */
int virtio_pci_legacy_init(struct virtio_pci *vp);

#endif
