/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board.h - what the parts of a machine are plugged into
 *
 * A part takes from the board what it needs: addresses on a bus, an interrupt
 * input, memory, the loop.  It knows nothing of KVM and of other parts.  A test
 * fills in only what the part under test takes.
 *
 * Threads: main thread, while no vCPU runs.  The threads that may use what the
 * pointers lead to are said there.
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

/* How to reach the inputs of the interrupt controllers.  @gsi is an IOAPIC pin
 * and, below 16, also an input of the PICs. */
struct board_inputs {
	/* Wire an edge, or a level with its resample, to an input.  Logs;
	 * -errno. */
	int (*wire_edge)(void *arg, unsigned gsi, const struct irq *irq);
	int (*wire_level)(void *arg, unsigned gsi, const struct irq_line *line);
	/* Drive an input to @level, independently of other sources that are
	 * wired to it.  Any thread. */
	void (*set)(void *arg, unsigned gsi, bool level);
};

/* The power button, which one of the parts may have. */
struct power_button {
	/* A short press; NULL: there is no button. */
	void (*press)(void *arg);
	void *arg;
};

/* The machine owns what the pointers lead to. */
struct board {
	/* The guest's memory and processors. */
	struct mem *mem;
	unsigned cpus;
	struct bus *port, *mmio;
	/* The main thread's loop. */
	struct loop *loop;
	/* Receives requests for power-off and reset. */
	const struct power *power;
	const struct board_inputs *inputs;
	void *inputs_arg;
	/* For parts with a slot (devices/pci/pci_bar.h): the PCI host bridge,
	 * and the bus for the ports that it passes on (struct pci_bus). */
	struct pci_host *pci;
	struct bus *pci_passed;
	/* For virtio devices (devices/virtio/virtio_part.h). */
	struct virtio_list *virtio;
	struct power_button power_button;
};

/* Make @irq an edge on input @gsi.  Logs; -errno, and then irq_free() must not
 * be called. */
int board_irq_init(const struct board *board, struct irq *irq, unsigned gsi);

/* A level interrupt from end to end: a device's line, the input that it is
 * wired to, and the loop, which raises it again after an end-of-interrupt.
 * Any number of lines may share an input, as on a PCI bus. */
struct board_line {
	struct irq_line line;
	struct loop *loop;
	struct loop_fd resample;
};

/* Wire @line to input @gsi.  Logs; -errno, and then there is nothing to
 * free. */
int board_line_init(const struct board *board, struct board_line *line,
		    unsigned gsi);
void board_line_free(struct board_line *line);

#endif
