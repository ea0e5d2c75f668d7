/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/board.h"

#include <poll.h>
#include <string.h>

#include "base/log.h"

static void no_event_descriptor(int err)
{
	log_err("event descriptors: %s: raise `ulimit -n`", strerror(-err));
}

int board_irq_init(const struct board *board, struct irq *irq, unsigned gsi)
{
	int err = irq_init(irq);

	if (err)
		no_event_descriptor(err);
	else
		err = board->inputs->wire_edge(board->inputs_arg, gsi, irq);
	if (err)
		irq_free(irq);
	return err;
}

static void resampled(void *arg, short revents)
{
	struct board_line *line = arg;

	(void)revents;
	irq_line_resample(&line->line);
}

int board_line_init(const struct board *board, struct board_line *line,
		    unsigned gsi)
{
	int err = irq_line_init(&line->line);

	if (err)
		no_event_descriptor(err);
	else
		err = board->inputs->wire_level(board->inputs_arg, gsi,
						&line->line);
	if (err) {
		irq_line_free(&line->line);
		return err;
	}
	line->loop = board->loop;
	line->resample = (struct loop_fd){ .fd = line->line.resample_fd,
					   .events = POLLIN,
					   .ready = resampled,
					   .arg = line };
	loop_add(line->loop, &line->resample);
	return 0;
}

void board_line_free(struct board_line *line)
{
	loop_remove(line->loop, &line->resample);
	irq_line_free(&line->line);
}
