/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci.h - one PCI bus and the two ways to its configuration space
 *
 * Configuration space is a struct bus of its own: each function claims the
 * 256 bytes of its header at PCI_CONFIG_ADDRESS(devfn), and what nobody
 * claims (absent functions, other buses, the extended space that conventional
 * functions do not have) reads as all ones, as a master abort does.  Ports
 * 0xCF8/0xCFC and ECAM are two windows onto it.
 *
 * Function 00:00.0, the host bridge, is part of the bus.
 *
 * References: PCI Local Bus 3.0, 3.2.2.3.2 (ports) and chapter 6 (headers);
 * PCI Express Base 4.0, 7.2.2 (ECAM).
 *
 * Threads: accesses come from any vCPU thread.  The address register has a
 * lock, and so have each function's header and the BARs of all.
 */
#ifndef DEVICES_PCI_PCI_H
#define DEVICES_PCI_PCI_H

#include <pthread.h>
#include <stdint.h>

#include "base/bus.h"

#define PCI_CONFIG_SIZE		  256
#define PCI_CONFIG_ADDRESS(devfn) ((uint64_t)(devfn) << 12)
#define PCI_ECAM_SIZE		  PCI_CONFIG_ADDRESS(256)

/* What a function is: the read-only part of its header. */
struct pci_identity {
	uint16_t vendor, device;
	/* Base class, subclass and interface: 0x060000 is a host bridge. */
	uint32_t class_code;
	uint8_t revision;
	uint16_t subsystem_vendor, subsystem;
};

/* How the owner of a function takes part in accesses to its header; called
 * under the function's lock.  Either may be NULL. */
struct pci_function_ops {
	/* About to be read: bring what changes by itself up to date. */
	void (*reading)(void *arg, unsigned offset, unsigned size);
	/* The writable bits have been written: act on them. */
	void (*written)(void *arg, unsigned offset, unsigned size);
};

/*
 * A function's configuration header; embedded in its device.  Its lock also
 * serialises the registers in its BARs: one access to a function at a time.
 */
struct pci_function {
	struct bus_range range;
	/* Set before pci_add(), if at all. */
	const struct pci_function_ops *ops;
	void *arg;
	pthread_mutex_t lock;
	/* Under the lock once the function is on a bus. */
	uint8_t config[PCI_CONFIG_SIZE];
	/* Which bits of config the guest may change; constant by then. */
	uint8_t writable[PCI_CONFIG_SIZE];
	/* Where the link to the next capability goes, and where it goes to. */
	unsigned capability_link, capability_next;
};

struct pci_bars;

struct pci_bus {
	struct bus config;
	/*
	 * Ports 0xCF8..0xCFF as seen from behind the host bridge.  Only a
	 * whole dword at 0xCF8 is the address register; the bridge passes
	 * other accesses on as ordinary I/O (3.2.2.3.2), and here is where
	 * they arrive.  Port 0xCF9, the reset control register, is added to
	 * this bus, so each side knows nothing of the other.
	 */
	struct bus passed;
	struct bus_range address_range, data_range, ecam_range;
	struct pci_function host_bridge;
	/* Protects the address register. */
	pthread_mutex_t lock;
	uint32_t address;
	/* The BARs of all functions, pci_bar.h, and who decodes where; taken
	 * after a function's lock. */
	pthread_mutex_t bars_lock;
	struct pci_bars *bars;
};

/*
 * Make the bus, with the host bridge on it, its ports on @port_bus and its
 * ECAM (PCI_ECAM_SIZE bytes) at @ecam_base of @mmio_bus.  -EEXIST when a range
 * is taken; after an error pci_bus_free() is not called.
 */
int pci_bus_init(struct pci_bus *pci, struct bus *port_bus,
		 struct bus *mmio_bus, uint64_t ecam_base);

/* All functions but the host bridge, and what was added to passed, are gone;
 * no vCPU may be running. */
void pci_bus_free(struct pci_bus *pci, struct bus *port_bus,
		  struct bus *mmio_bus);

/* Prepare a type 0 header with @id and nothing writable; the owner fills in
 * the rest of config and writable before pci_add(). */
void pci_function_init(struct pci_function *function,
		       const struct pci_identity *id);
void pci_function_free(struct pci_function *function);

/* Set a field of the header: before pci_add(), or under the lock. */
void pci_put16(struct pci_function *function, unsigned offset, uint16_t value);
void pci_put32(struct pci_function *function, unsigned offset, uint32_t value);

/*
 * Append a capability of @len bytes, header included, to the list: read-only
 * zeroes but for its header, before pci_add().  Its offset.  The capabilities
 * of a function must fit between 0x40 and 0x100.
 */
unsigned pci_add_capability(struct pci_function *function, uint8_t id,
			    unsigned len);

/* Plug @function in at @devfn (device << 3 | function), or out again; taking
 * out what is not in is fine.  -EEXIST when the place is taken. */
int pci_add(struct pci_bus *pci, uint8_t devfn, struct pci_function *function);
void pci_remove(struct pci_bus *pci, struct pci_function *function);

#endif
