/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/virtio/virtio_part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/board.h"
#include "base/log.h"
#include "devices/virtio/virtio_config.h"
#include "devices/virtio/virtio_pci.h"
#include "devices/virtio/virtio_trace.h"

/* What is in a slot. */
struct slot {
	struct virtio_pci pci;
	struct board_line line;
};

/* The link to the device behind the last. */
static struct virtio_pci **end_of(struct virtio_list *list)
{
	struct virtio_pci **link = &list->first;

	while (*link)
		link = &(*link)->next;
	return link;
}

/* The address at which the guest finds it at first, as from a firmware. */
static void log_slot(const struct slot *slot, unsigned number, unsigned gsi)
{
	static const char *const kinds[] = {
		[PCI_BAR_IO] = "ports",
		[PCI_BAR_MEM32] = "memory",
		[PCI_BAR_MEM64] = "memory",
	};
	const struct pci_bars *bars = &slot->pci.bars;

	log_info("slot %u: %s, interrupt %u", number, slot->pci.dev->name, gsi);
	for (unsigned i = 0; i < PCI_BARS; i++)
		if (bars->bar[i].kind != PCI_BAR_NONE)
			log_info("slot %u: BAR %u: %s at %#llx, %#llx bytes",
				 number, i, kinds[bars->bar[i].kind],
				 (unsigned long long)bars->bar[i].range.base,
				 (unsigned long long)bars->bar[i].range.len);
}

static int fill_slot(struct slot *slot, struct virtio_device *dev,
		     struct board *board, const struct virtio_config *config)
{
	const struct virtio_pci_options options = {
		.packed = config->packed,
		.in_order = config->in_order,
		.transitional = config->transitional,
	};
	unsigned number = pci_take_slot(board->pci);
	unsigned gsi = board->pci->slot_gsi(number);
	int err;

	if (number == PCI_SLOTS)
		return log_fail(-ENOSPC,
				"%s: all slots of the PCI bus are taken: use "
				"fewer devices",
				dev->name);
	err = board_line_init(board, &slot->line, gsi);
	if (err)
		return err;
	virtio_trace(dev, number, board->virtio->trace);
	err = virtio_pci_init(&slot->pci, dev, board->pci,
			      (uint8_t)(number << 3), board->mem,
			      &slot->line.line, (uint8_t)gsi, &options);
	if (err)
		board_line_free(&slot->line);
	else
		log_slot(slot, number, gsi);
	return err;
}

int virtio_plug(struct virtio_device *dev, struct board *board,
		const struct virtio_config *config)
{
	struct slot *slot = calloc(1, sizeof(*slot));
	int err;

	if (!slot)
		return log_fail(-ENOMEM, "%s: %s: free some memory", dev->name,
				strerror(ENOMEM));
	err = fill_slot(slot, dev, board, config);
	if (err) {
		free(slot);
		return err;
	}
	dev->lint.on = board->virtio->lint;
	*end_of(board->virtio) = &slot->pci;
	return 0;
}

void virtio_unplug(struct virtio_device *dev, struct board *board)
{
	struct virtio_pci **link = &board->virtio->first;
	struct slot *slot;

	while ((*link)->dev != dev)
		link = &(*link)->next;
	slot = (struct slot *)*link;
	*link = slot->pci.next;
	virtio_pci_free(&slot->pci);
	board_line_free(&slot->line);
	free(slot);
}

const void *virtio_part_instance(const void *config, unsigned i)
{
	const struct virtio_config *c = config;

	return i == 0 && c->on ? c : NULL;
}

void virtio_part_show(const void *self, const struct count_view *view)
{
	const struct virtio_device *dev = self;

	view->begin(view->arg, dev->name);
	for (unsigned i = 0; i < dev->n_queues; i++) {
		view->begin(view->arg, dev->queue[i].name);
		count_show_flat(&vq_stats_table, &dev->queue[i].vq.stats, view);
		view->end(view->arg);
	}
	if (dev->counters)
		count_show(dev->counters, dev, view);
	view->end(view->arg);
}
