/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/console/console_part.h"

#include "devices/virtio/virtio_part.h"

static const void *instance(const void *config, unsigned i)
{
	const struct console_part_config *c = config;

	for (unsigned port = 0; i == 0 && port < CONSOLE_PORTS; port++)
		if (c->end[port])
			return c;
	return NULL;
}

static int make(void *self, struct board *board, const void *config)
{
	const struct console_part_config *c = config;
	struct console *console = self;
	int err = console_init(console, c->end, (uint16_t)c->virtio.queue_size);

	if (err)
		return err;
	err = virtio_plug(&console->dev, board, &c->virtio);
	if (err)
		console_free(console);
	return err;
}

static void drop(void *self, struct board *board)
{
	struct console *console = self;

	virtio_unplug(&console->dev, board);
	console_free(console);
}

const struct part console_part = {
	.name = "virtio-console",
	.size = sizeof(struct console),
	.on_pci = true,
	.instance = instance,
	.make = make,
	.drop = drop,
	.show = virtio_part_show,
	.counters = &console_table,
};
