/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pvpanic.h - the port by which a kernel tells that it has panicked
 *
 * QEMU's pvpanic ISA device: a read returns which events exist, a write reports
 * one.  If a crash kernel (kdump) is loaded and takes over, the crash does not
 * end the run, and is only logged.
 *
 * Reference: QEMU, docs/specs/pvpanic.  The ACPI device is in dsdt.asl.
 *
 * Threads: accessed from any vCPU thread.
 */
#ifndef DEVICES_PLATFORM_PVPANIC_H
#define DEVICES_PLATFORM_PVPANIC_H

#include "base/bus.h"
#include "base/part.h"

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

/* Made from a struct pvpanic_events, which is copied. */
extern const struct part pvpanic_part;

#endif
