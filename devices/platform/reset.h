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
#include "base/part.h"

struct power;

#define RESET_CONTROL_PORT 0xcf9
#define RESET_PORT92	   0x92

/* A register of one byte.  The machine resets when its bit @trigger changes
 * from 0 to 1. */
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
 * Port 0x92 is on the board's port bus and port 0xCF9 on the one behind the
 * PCI host bridge, which claims 0xCF8..0xCFB and passes on what is not for it
 * (struct pci_bus, passed).  So it comes after the PCI bus.
 */
extern const struct part reset_part;

#endif
