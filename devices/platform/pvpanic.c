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

static int pvpanic_make(void *self, struct board *board, const void *config)
{
	static const struct bus_ops ops = { pvpanic_read, pvpanic_write, 1 };
	const struct pvpanic_events *events = config;
	struct pvpanic *pvpanic = self;

	*pvpanic = (struct pvpanic){ .range = { .base = PVPANIC_PORT,
						.len = 1,
						.ops = &ops,
						.owner = pvpanic,
						.name = "pvpanic" },
				     .events = *events };
	return bus_add(board->port, &pvpanic->range);
}

static void pvpanic_drop(void *self, struct board *board)
{
	struct pvpanic *pvpanic = self;

	bus_remove(board->port, &pvpanic->range);
}

const struct part pvpanic_part = {
	.name = "pvpanic",
	.size = sizeof(struct pvpanic),
	.make = pvpanic_make,
	.drop = pvpanic_drop,
};
