/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pvpanic.h - the port on which a kernel says that it has panicked
 *
 * QEMU's pvpanic ISA device: reading says which events there are, writing
 * one reports it.  A crash that a kernel loaded for the purpose goes on to
 * deal with (kdump) is not the end, and only logged.
 *
 * Reference: QEMU, docs/specs/pvpanic.  The ACPI device is in dsdt.asl.
 *
 * Threads: accessed from any vCPU thread.
 */
#ifndef DEVICES_PLATFORM_PVPANIC_H
#define DEVICES_PLATFORM_PVPANIC_H

#include "base/bus.h"

#define PVPANIC_PORT 0x505

struct pvpanic_events {
	/* Any thread. */
	void (*panicked)(void *arg);
	void *arg;
};

struct pvpanic {
	struct bus_range range;
	struct pvpanic_events events;
};

/* Put it on @port_bus; @events is copied.  -EEXIST when the port is taken. */
int pvpanic_init(struct pvpanic *pvpanic, struct bus *port_bus,
		 const struct pvpanic_events *events);

/* No vCPU may be running. */
void pvpanic_free(struct pvpanic *pvpanic, struct bus *port_bus);

#endif
