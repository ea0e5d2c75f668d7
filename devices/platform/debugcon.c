/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/platform/debugcon.h"

#include "base/log.h"

static uint64_t debugcon_read(void *owner, uint64_t offset, unsigned size)
{
	(void)owner;
	(void)offset;
	(void)size;
	return DEBUGCON_READBACK;
}

static void debugcon_write(void *owner, uint64_t offset, unsigned size,
			   uint64_t value)
{
	struct debugcon *debugcon = owner;
	uint8_t byte = (uint8_t)value;

	(void)offset;
	(void)size;
	debugcon->config.show(debugcon->config.chardev, &byte, 1);
}

static void add(struct debugcon *debugcon, struct bus *port_bus,
		struct bus_range *range, uint64_t port)
{
	static const struct bus_ops ops = { debugcon_read, debugcon_write, 1 };

	*range = (struct bus_range){ .base = port,
				     .len = 1,
				     .ops = &ops,
				     .owner = debugcon,
				     .name = "debugcon" };
	if (bus_add(port_bus, range) < 0)
		log_info("debug console: port 0x%llx is another device's",
			 (unsigned long long)port);
}

static const void *debugcon_instance(const void *config, unsigned i)
{
	const struct debugcon_config *c = config;

	return i == 0 && c->chardev ? c : NULL;
}

static int debugcon_make(void *self, struct board *board, const void *config)
{
	const struct debugcon_config *c = config;
	struct debugcon *debugcon = self;

	debugcon->config = *c;
	add(debugcon, board->port, &debugcon->bochs, DEBUGCON_BOCHS);
	add(debugcon, board->port, &debugcon->seabios, DEBUGCON_SEABIOS);
	return 0;
}

static void debugcon_drop(void *self, struct board *board)
{
	struct debugcon *debugcon = self;

	bus_remove(board->port, &debugcon->seabios);
	bus_remove(board->port, &debugcon->bochs);
}

const struct part debugcon_part = {
	.name = "debug console",
	.size = sizeof(struct debugcon),
	.instance = debugcon_instance,
	.make = debugcon_make,
	.drop = debugcon_drop,
};
