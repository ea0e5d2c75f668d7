/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reset.h - the two reset registers of a PC chipset
 *
 * Port 0xCF9, which is also the ACPI reset register (bit 2 rising resets;
 * bit 1, hard or soft, makes no difference here), and port 0x92 (bit 0
 * rising resets; bit 1 is the A20 gate, which is always open).
 *
 * Reference: Intel 82371AB (PIIX4) data sheet, RC and P92 registers.
 *
 * Threads: registers are accessed from any vCPU thread; one lock.
 */
#ifndef DEVICES_PLATFORM_RESET_H
#define DEVICES_PLATFORM_RESET_H

#include <pthread.h>
#include <stdint.h>

#include "base/bus.h"

struct power;

#define RESET_CONTROL_PORT 0xcf9
#define RESET_PORT92	   0x92

/* One byte whose bit @trigger, rising, resets the machine. */
struct reset_register {
	struct bus_range range;
	struct reset *reset;
	uint8_t value, trigger, writable;
};

struct reset {
	const struct power *power;
	pthread_mutex_t lock;
	struct reset_register control, port92;
};

/*
 * Put port 0x92 on @port_bus and port 0xCF9 on @cf9_bus: those are two buses
 * because the PCI host bridge claims 0xCF8..0xCFB and passes on what is not
 * for it (struct pci_bus, passed).  Resets are asked of @power.  -EEXIST when
 * a port is taken; after an error reset_free() is not called.
 */
int reset_init(struct reset *reset, struct bus *port_bus, struct bus *cf9_bus,
	       const struct power *power);

/* No vCPU may be running. */
void reset_free(struct reset *reset, struct bus *port_bus, struct bus *cf9_bus);

#endif
