/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/parts.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "devices/pci/pci_bar.h"

static int make(struct parts *parts, struct board *board,
		const struct part *part, const void *config)
{
	void *self = calloc(1, MAX(part->size, 1));
	int err;

	if (!self)
		return log_fail(-ENOMEM, "%s: %s: free some memory", part->name,
				strerror(ENOMEM));
	err = part->make(self, board, config);
	if (err) {
		log_debug("machine: no %s", part->name);
		free(self);
		return err;
	}
	assert(parts->n < PARTS_MAX);
	parts->made[parts->n++] = (struct made_part){ part, self };
	return 0;
}

/* The configuration of part @i of a kind; NULL: there are not so many. */
static const void *config_of(const struct part *part, const void *config,
			     unsigned i)
{
	if (part->instance)
		return part->instance(config, i);
	return i == 0 ? config : NULL;
}

int parts_add(struct parts *parts, struct board *board, const struct part *part,
	      const void *config)
{
	const void *c;
	unsigned i = 0;
	int err = 0;

	while (!err && (c = config_of(part, config, i++)))
		err = make(parts, board, part, c);
	/* None was made: its slot stays empty, so other devices keep theirs. */
	if (i == 1 && part->on_pci)
		pci_take_slot(board->pci);
	return err;
}

void parts_drop(struct parts *parts, struct board *board)
{
	while (parts->n > 0) {
		struct made_part *p = &parts->made[--parts->n];

		p->part->drop(p->self, board);
		free(p->self);
	}
}

void parts_show(const struct parts *parts, const struct count_view *view)
{
	for (unsigned i = 0; i < parts->n; i++) {
		const struct made_part *p = &parts->made[i];

		if (p->part->show)
			p->part->show(p->self, view);
	}
}
