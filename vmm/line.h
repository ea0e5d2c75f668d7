/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * line.h - a level interrupt from end to end: a device's line, the input
 * it is wired to, and the loop that raises it again after an end-of-interrupt
 *
 * Any number of lines may share an input, as on a PCI bus.
 *
 * Threads: main thread; the line itself is driven from any.
 */
#ifndef VMM_LINE_H
#define VMM_LINE_H

#include "base/irq.h"
#include "base/loop.h"

struct kvm;

struct kvm_line {
	struct irq_line line;
	struct loop *loop;
	struct loop_fd resample;
};

/* Wire a line to input @gsi.  Logs; -errno, and then nothing is to be freed. */
int kvm_line_init(struct kvm_line *line, const struct kvm *kvm,
		  struct loop *loop, unsigned gsi);
void kvm_line_free(struct kvm_line *line);

#endif
