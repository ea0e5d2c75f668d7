/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_board.h - a struct board whose interrupt inputs lead nowhere: a test
 * reads the eventfds that were wired to them
 */
#ifndef TESTS_FAKE_BOARD_H
#define TESTS_FAKE_BOARD_H

#include "base/part.h"

static inline int fake_wire_edge(void *arg, unsigned gsi, const struct irq *irq)
{
	(void)arg;
	(void)gsi;
	(void)irq;
	return 0;
}

static inline int fake_wire_level(void *arg, unsigned gsi,
				  const struct irq_line *line)
{
	(void)arg;
	(void)gsi;
	(void)line;
	return 0;
}

static const struct board_inputs fake_inputs = {
	.wire_edge = fake_wire_edge,
	.wire_level = fake_wire_level,
};

#endif
