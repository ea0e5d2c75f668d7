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
	debugcon->show(debugcon->chardev, &byte, 1);
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

void debugcon_init(struct debugcon *debugcon, struct bus *port_bus,
		   struct chardev *chardev,
		   void (*show)(struct chardev *chardev, const uint8_t *buf,
				size_t len))
{
	*debugcon = (struct debugcon){ .chardev = chardev, .show = show };
	add(debugcon, port_bus, &debugcon->bochs, DEBUGCON_BOCHS);
	add(debugcon, port_bus, &debugcon->seabios, DEBUGCON_SEABIOS);
}

void debugcon_free(struct debugcon *debugcon, struct bus *port_bus)
{
	bus_remove(port_bus, &debugcon->seabios);
	bus_remove(port_bus, &debugcon->bochs);
}
