/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci_machine.h - a PCI bus with the echo device on it, for a fuzzer
 *
 * It has memory and buses but no CPU: accesses are made by whoever calls.  The
 * device's work is done by its thread, as in life; or, so that an input always
 * does the same and quickly, by the caller with machine_serve(), when it likes
 * and no sooner: then it is also checked that queues are lent and asked for
 * back as virtio.h says.
 */
#ifndef TESTS_FUZZ_PCI_MACHINE_H
#define TESTS_FUZZ_PCI_MACHINE_H

#include "base/irq.h"
#include "base/mem.h"
#include "devices/virtio/virtio_pci.h"
#include "tests/echo.h"

enum {
	MACHINE_RAM = 65536,
	MACHINE_DEVFN = 8,
};

#define MACHINE_ECAM UINT64_C(0xe8000000)
#define MACHINE_MMIO UINT64_C(0xc0000000)
#define MACHINE_PORT 0xc000

struct machine {
	struct bus port, mmio;
	struct bus_range ram_range, apic_range;
	struct pci_bus pci;
	struct pci_host host;
	struct irq_line line;
	struct mem mem;
	uint8_t *ram;
	struct echo echo;
	struct virtio_pci vp;
	int messages, bells;
	/* The device has a thread at work. */
	bool threaded;
	/* Else: queues lent to the caller, and those of them asked for back; a
	 * bit each. */
	uint32_t lent, recalled;
};

/* Build it, @threaded or not, everything zero. */
void machine_build(struct machine *m, bool threaded,
		   const struct virtio_pci_options *options);

/* Take it apart, having given all queues back. */
void machine_take_apart(struct machine *m);

/* Where BAR @i is, or was last. */
uint64_t machine_bar(struct machine *m, unsigned i);

/* The device has a turn at queue @i, if it has the queue. */
void machine_serve(struct machine *m, unsigned i);
/* It gives queue @i back, if asked to. */
void machine_give_back(struct machine *m, unsigned i);
/* Both, until there is nothing more of the kind to do. */
void machine_settle(struct machine *m);

/* Not threaded: what must hold between any two accesses. */
void machine_check(struct machine *m);

#endif
