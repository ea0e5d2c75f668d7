/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mainboard.h - the board of a machine on KVM: memory, buses, interrupt
 * controllers, PCI
 *
 * Those pieces that can fail are parts like any other, at the front of the list
 * in vm.c.  Their state is here.
 *
 * Threads: main thread.
 */
#ifndef VMM_MAINBOARD_H
#define VMM_MAINBOARD_H

#include "base/board.h"
#include "base/bus.h"
#include "base/mem.h"
#include "base/part.h"
#include "devices/pci/pci.h"
#include "devices/pci/pci_bar.h"
#include "devices/virtio/virtio_part.h"
#include "vmm/msi.h"

struct kvm;

struct mainboard {
	/* What the machine's parts see of the board. */
	struct board board;
	struct kvm *kvm;
	struct mem mem;
	struct bus port, mmio;
	struct bus_range ram_range[2], apic_range;
	struct kvm_messages msi;
	struct pci_bus pci;
	struct pci_host pci_host;
	struct virtio_list virtio;
};

/* Make a board for @cpus processors on @kvm, without any parts. */
void mainboard_init(struct mainboard *mainboard, struct kvm *kvm,
		    struct loop *loop, const struct power *power,
		    unsigned cpus);

/* Free the board; all parts must have been dropped. */
void mainboard_free(struct mainboard *mainboard);

/* Made from the memory's size, a uint64_t. */
extern const struct part ram_part;
/* KVM's virtual machine with its interrupt controllers; and the routes of their
 * inputs. */
extern const struct part kvm_part, routes_part;
/* Comes after all parts that have fixed addresses: BARs get the other
 * addresses. */
extern const struct part pci_part;

#endif
