/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * irq.h - an interrupt is an eventfd
 *
 * A device raises interrupts by writing eventfds; which controller input or
 * message they are wired to is decided by the machine, so devices know
 * nothing of KVM and a test reads the eventfd instead.
 *
 * Two kinds:
 *  - struct irq: an edge.  irq_pulse() is one interrupt.
 *  - struct irq_line: a level.  KVM raises the pin when assert_fd is
 *    written, lowers it at the guest's end-of-interrupt and then signals
 *    resample_fd; if the device still asserts, the line is raised again.
 *    Exactly one interrupt arrives per assertion (KVM_IRQ_LINE is delivered
 *    twice on some hosts), and none is lost to a masked pin.
 */
#ifndef BASE_IRQ_H
#define BASE_IRQ_H

#include <pthread.h>
#include <stdbool.h>

struct irq {
	int fd;
};

/* -errno when the host is out of descriptors. */
int irq_init(struct irq *irq);
void irq_free(struct irq *irq);

/* One edge.  Any thread, never blocks. */
void irq_pulse(const struct irq *irq);

struct irq_line {
	int assert_fd, resample_fd;
	pthread_mutex_t lock;
	/* What the device wants, under the lock. */
	bool level;
};

int irq_line_init(struct irq_line *line);
void irq_line_free(struct irq_line *line);

/* Drive the line to @level.  Any thread, never blocks. */
void irq_line_set(struct irq_line *line, bool level);

/* resample_fd is readable: the guest finished an interrupt.  Raises the
 * line again if the device still asserts.  Loop thread. */
void irq_line_resample(struct irq_line *line);

#endif
