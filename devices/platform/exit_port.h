/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exit_port.h - a port by which a guest ends the run with a code of its own
 *
 * There are two kinds.  With one, the value that is written is the exit code, 0
 * included.  The other is QEMU's isa-debug-exit: a value V gives (V << 1) | 1.
 * As a process's exit code has eight bits, only the lowest eight count.
 *
 * Threads: accessed from any vCPU thread.
 */
#ifndef DEVICES_PLATFORM_EXIT_PORT_H
#define DEVICES_PLATFORM_EXIT_PORT_H

#include "base/bus.h"
#include "base/part.h"

struct power;

/* Not used on PCs, and below the ports of PCI; dsdt.asl reserves it. */
#define EXIT_PORT_DEFAULT 0x5e0

enum exit_port_kind { EXIT_PORT_PLAIN, EXIT_PORT_ISA_DEBUG };

struct exit_port {
	struct bus_range range;
	enum exit_port_kind kind;
	/* "exit port 0x5e0" */
	char by[32];
	const struct power *power;
};

/* Each is made from its port, an unsigned; 0: there is none.  -EEXIST when
 * another device has the port. */
extern const struct part exit_port_part, debug_exit_part;

#endif
