/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exit_port.h - a port by which a guest ends the run with a code of its own
 *
 * Of two kinds: what is written is the exit code, 0 included; or, as by
 * QEMU's isa-debug-exit, a value V becomes (V << 1) | 1.  A process's exit
 * code has eight bits, so that is what is left of either.
 *
 * Threads: accessed from any vCPU thread.
 */
#ifndef DEVICES_PLATFORM_EXIT_PORT_H
#define DEVICES_PLATFORM_EXIT_PORT_H

#include "base/bus.h"

struct power;

/* Free on PCs, and below what PCI uses; dsdt.asl says so to the guest. */
#define EXIT_PORT_DEFAULT 0x5e0

enum exit_port_kind { EXIT_PORT_PLAIN, EXIT_PORT_ISA_DEBUG };

struct exit_port {
	struct bus_range range;
	enum exit_port_kind kind;
	/* "exit port 0x5e0" */
	char by[32];
	const struct power *power;
};

/*
 * Put one at @port of @port_bus, or, if that is 0, nowhere.  Logs; -EEXIST
 * when there is another device, and exit_port_free() is not to be called.
 */
int exit_port_init(struct exit_port *exit_port, struct bus *port_bus,
		   unsigned port, enum exit_port_kind kind,
		   const struct power *power);

/* No vCPU may be running. */
void exit_port_free(struct exit_port *exit_port, struct bus *port_bus);

#endif
