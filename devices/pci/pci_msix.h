/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci_msix.h - the MSI-X capability, its table and its pending bits
 *
 * A vector is an eventfd that the machine turns into the message of the
 * vector's table entry.  Raising one is: write the eventfd if the vector is
 * live (MSI-X enabled, neither the vector nor the function masked, bus master
 * on), else set its pending bit.  Both happen under one small lock, and so
 * does going live, which sends what is pending: an event is either sent at
 * once or pending and sent once on unmasking, never both, never lost.
 *
 * Reference: PCI Local Bus 3.0, 6.8.2.
 *
 * Threads: pci_msix_notify() any thread; the rest under the function's lock
 * (or before pci_add()).  The lock here is taken last and held briefly.
 */
#ifndef DEVICES_PCI_PCI_MSIX_H
#define DEVICES_PCI_PCI_MSIX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/irq.h"

struct pci_bars;
struct pci_function;

enum {
	/* So that table and pending bits fit in a page. */
	PCI_MSIX_VECTORS_MAX = 64,
	PCI_MSIX_BAR_SIZE = 4096,
	/* Means no vector at all. */
	PCI_MSIX_NO_VECTOR = 0xffff,
};

/* How the machine sends messages. */
struct msi_ops {
	/* Wire eventfd @fd to a message to be set; a handle, or -errno. */
	int (*add)(void *arg, int fd);
	void (*remove)(void *arg, int handle, int fd);
	/* Set the message: @data written to @addr.  -errno if it is none that
	 * the machine can send; then nothing is sent. */
	int (*route)(void *arg, int handle, uint64_t addr, uint32_t data);
};

struct msix_vector {
	struct irq irq;
	/* The machine's; -1: none. */
	int handle;
	/* The table entry, and the message the machine has. */
	uint64_t addr, routed_addr;
	uint32_t data, routed_data;
	bool masked, routed;
	/* Under the lock. */
	bool live, pending;
};

struct pci_msix {
	struct pci_function *function;
	/* The machine's. */
	const struct msi_ops *ops;
	void *ops_arg;
	unsigned n_vectors;
	/* The capability's place in the header. */
	unsigned capability;
	pthread_mutex_t lock;
	/* Under the lock. */
	bool enabled;
	struct msix_vector vector[PCI_MSIX_VECTORS_MAX];
};

/*
 * Add the capability with @n vectors to the function of @bars, its table and
 * pending bits in BAR @bar, which is made.  -errno; pci_msix_free() is to be
 * called all the same.
 */
int pci_msix_init(struct pci_msix *msix, struct pci_bars *bars, unsigned bar,
		  unsigned n);

/* Nobody raises vectors any more.  A zeroed one is fine. */
void pci_msix_free(struct pci_msix *msix);

/*
 * Raise @vector (PCI_MSIX_NO_VECTOR: none).  False: MSI-X is disabled, use
 * the interrupt pin.
 */
bool pci_msix_notify(struct pci_msix *msix, unsigned vector);

/* Whether it is enabled, and the pin therefore not in use.  Any thread. */
bool pci_msix_enabled(struct pci_msix *msix);

/* The capability or the command register may have changed: from written(). */
void pci_msix_update(struct pci_msix *msix);

/* Forget what is pending: after a reset of the device. */
void pci_msix_forget(struct pci_msix *msix);

#endif
