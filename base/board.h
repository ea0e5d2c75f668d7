/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board.h - what the parts of a machine are plugged into
 *
 * A part takes from here what it needs: addresses on a bus, an interrupt
 * input, memory, the loop.  It knows nothing of KVM and of other parts; a test
 * fills in what the part under test takes.
 *
 * Threads: main thread, while no vCPU runs.  What the pointers lead to says
 * for itself who may use it.
 */
#ifndef BASE_BOARD_H
#define BASE_BOARD_H

#include "base/irq.h"
#include "base/loop.h"

struct bus;
struct mem;
struct pci_host;
struct power;
struct virtio_list;

/* How the inputs of the interrupt controllers are reached.  @gsi is an IOAPIC
 * pin and, below 16, an input of the PICs. */
struct board_inputs {
	/* Wire an edge, or a level with its resample, to an input.  Logs;
	 * -errno. */
	int (*wire_edge)(void *arg, unsigned gsi, const struct irq *irq);
	int (*wire_level)(void *arg, unsigned gsi, const struct irq_line *line);
	/* Drive an input to @level, beside what else is wired to it.  Any
	 * thread. */
	void (*set)(void *arg, unsigned gsi, bool level);
};

/* The power button, which one of the parts may have. */
struct power_button {
	/* A short press; NULL: there is no button. */
	void (*press)(void *arg);
	void *arg;
};

/* What a pointer leads to belongs to the machine. */
struct board {
	/* Of the guest. */
	struct mem *mem;
	unsigned cpus;
	struct bus *port, *mmio;
	/* The main thread's. */
	struct loop *loop;
	/* Where to ask for power-off and reset. */
	const struct power *power;
	const struct board_inputs *inputs;
	void *inputs_arg;
	/* For parts with a slot (devices/pci/pci_bar.h), and the bus of those
	 * ports of the PCI host bridge that it passes on (struct pci_bus). */
	struct pci_host *pci;
	struct bus *pci_passed;
	/* For virtio devices (devices/virtio/virtio_part.h). */
	struct virtio_list *virtio;
	struct power_button power_button;
};

/* Make @irq, an edge of input @gsi.  Logs; -errno, and then irq_free() is not
 * called. */
int board_irq_init(const struct board *board, struct irq *irq, unsigned gsi);

/* A level interrupt from end to end: a device's line, the input that it is
 * wired to, and the loop, which raises it again after an end-of-interrupt.
 * Any number of lines may share an input, as on a PCI bus. */
struct board_line {
	struct irq_line line;
	struct loop *loop;
	struct loop_fd resample;
};

/* Wire @line to input @gsi.  Logs; -errno, and then nothing is to be freed. */
int board_line_init(const struct board *board, struct board_line *line,
		    unsigned gsi);
void board_line_free(struct board_line *line);

#endif
