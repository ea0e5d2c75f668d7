/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci_bar.h - base address registers, and the doorbells in them
 *
 * A BAR answers on the port or MMIO bus where, and as long as, the command
 * register and its address say so; a guest may change both at any time.  The
 * doorbells in it, eventfds that the machine signals by itself when a certain
 * address is written, move along.
 *
 * An address where the BAR cannot be (it overlaps RAM, an interrupt
 * controller, ECAM, another BAR, or wraps) is remembered and does not decode,
 * until the other BAR has gone.  That includes what a guest writes to learn
 * the BAR's size.
 *
 * Reference: PCI Local Bus 3.0, 6.2.2 and 6.2.5.
 *
 * Threads: set up before pci_add(); from then on everything happens under the
 * function's lock, calls of a BAR's own read and write included.  Who decodes
 * where is decided for all functions at once, under the bus's bars_lock.
 */
#ifndef DEVICES_PCI_PCI_BAR_H
#define DEVICES_PCI_PCI_BAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bus.h"
#include "devices/pci/pci.h"

enum { PCI_BARS = 6 };

enum pci_bar_kind { PCI_BAR_NONE, PCI_BAR_IO, PCI_BAR_MEM32, PCI_BAR_MEM64 };

/* A write to be signalled by the machine instead of reaching the bus. */
struct doorbell {
	uint64_t addr;
	/* Signalled, an eventfd. */
	int fd;
	/* Writes of this size, in bytes; 0: of any size. */
	uint8_t size;
	/* A port; else a memory address. */
	bool port;
	/* Only writes of this value; the others reach the bus. */
	bool match;
	uint16_t value;
};

/* How the machine does it.  A write it does not take reaches the bus, so a
 * failing add() costs speed only. */
struct doorbell_ops {
	/* -errno. */
	int (*add)(void *arg, const struct doorbell *bell);
	void (*remove)(void *arg, const struct doorbell *bell);
};

/* A doorbell in a BAR; embedded in its device, bell.addr is the offset. */
struct pci_doorbell {
	struct doorbell bell;
	unsigned bar;
	/* Where the machine has it, while wired. */
	struct doorbell at;
	bool wired;
	struct pci_doorbell *next;
};

struct pci_bars;

struct pci_bar {
	/* Its base is where the BAR is or, not being mapped, is to be; that
	 * and the last two are under the bus's bars_lock. */
	struct bus_range range;
	struct pci_bars *bars;
	enum pci_bar_kind kind;
	const struct bus_ops *ops;
	void *owner;
	bool wanted, mapped;
};

/* Addresses for the firmware's part to hand out: [next, end). */
struct pci_window {
	uint64_t next, end;
};

struct msi_ops;

/* What a machine lends to the functions on its PCI bus. */
struct pci_host {
	struct pci_bus *pci;
	struct bus *port, *mmio;
	struct pci_window port_window, mmio_window;
	const struct doorbell_ops *doorbells;
	void *doorbells_arg;
	/* pci_msix.h */
	const struct msi_ops *msi;
	void *msi_arg;
	/* The interrupt input that pin A of a slot is wired to. */
	unsigned (*slot_gsi)(unsigned slot);
	/* The last slot that was dealt out; 0, the host bridge's: none. */
	unsigned slot;
};

enum { PCI_SLOTS = 32 };

/* Deal out the next slot; PCI_SLOTS when none is left.  Main thread, while the
 * machine is put together. */
unsigned pci_take_slot(struct pci_host *host);

struct pci_bars {
	struct pci_function *function;
	struct pci_host *host;
	struct pci_bar bar[PCI_BARS];
	struct pci_doorbell *doorbells;
	/* Addresses that could not be had at once. */
	uint64_t refused;
	struct pci_bars *next;
};

/* No BARs yet, in @function's header, which must have been initialised. */
void pci_bars_init(struct pci_bars *bars, struct pci_function *function,
		   struct pci_host *host);

/* No vCPU may be running; the function is still there. */
void pci_bars_free(struct pci_bars *bars);

/*
 * BAR @i: @size bytes, a power of two (at least 4 for ports, 16 for memory),
 * at an address from the host's windows, as a firmware would leave it.
 * @ops are called with @owner and the offset, under the function's lock.
 * -ENOSPC when the window is used up.
 */
int pci_bar_add(struct pci_bars *bars, unsigned i, enum pci_bar_kind kind,
		uint64_t size, const struct bus_ops *ops, void *owner,
		const char *name);

/* Before pci_bars_update(); @bell->bell and @bell->bar are filled in. */
void pci_bar_add_doorbell(struct pci_bars *bars, struct pci_doorbell *bell);

/* Decode as the header now says: before pci_add(), and from written() when
 * the command register or a BAR may have changed. */
void pci_bars_update(struct pci_bars *bars);

/*
 * An access of @size bytes (1, 2 or 4, within the BAR, else false) to BAR @i
 * whether it decodes or not, as by a window in configuration space.  Under
 * the function's lock.
 */
bool pci_bar_read(struct pci_bars *bars, unsigned i, uint64_t offset,
		  unsigned size, uint32_t *value);
bool pci_bar_write(struct pci_bars *bars, unsigned i, uint64_t offset,
		   unsigned size, uint32_t value);

#endif
