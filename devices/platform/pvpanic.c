/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/platform/pvpanic.h"

#include "base/log.h"
#include "base/util.h"

enum event { PANICKED = BIT(0), CRASH_LOADED = BIT(1) };

static uint64_t pvpanic_read(void *owner, uint64_t offset, unsigned size)
{
	(void)owner;
	(void)offset;
	(void)size;
	return PANICKED | CRASH_LOADED;
}

static void pvpanic_write(void *owner, uint64_t offset, unsigned size,
			  uint64_t value)
{
	struct pvpanic *pvpanic = owner;

	(void)offset;
	(void)size;
	if (value & CRASH_LOADED)
		log_debug("pvpanic: the guest boots its crash kernel");
	if (value & PANICKED)
		pvpanic->events.panicked(pvpanic->events.arg);
}

int pvpanic_init(struct pvpanic *pvpanic, struct bus *port_bus,
		 const struct pvpanic_events *events)
{
	static const struct bus_ops ops = { pvpanic_read, pvpanic_write, 1 };

	*pvpanic = (struct pvpanic){ .range = { .base = PVPANIC_PORT,
						.len = 1,
						.ops = &ops,
						.owner = pvpanic,
						.name = "pvpanic" },
				     .events = *events };
	return bus_add(port_bus, &pvpanic->range);
}

void pvpanic_free(struct pvpanic *pvpanic, struct bus *port_bus)
{
	bus_remove(port_bus, &pvpanic->range);
}
