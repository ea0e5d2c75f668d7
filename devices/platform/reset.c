/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/platform/reset.h"

#include <stdbool.h>

#include "base/power.h"

enum bits {
	CONTROL_HARD = 0x02,
	CONTROL_RESET = 0x04,
	CONTROL_FULL = 0x08,
	PORT92_RESET = 0x01,
	PORT92_A20 = 0x02,
};

static uint64_t register_read(void *owner, uint64_t offset, unsigned size)
{
	struct reset_register *reg = owner;
	uint8_t value;

	(void)offset;
	(void)size;
	pthread_mutex_lock(&reg->reset->lock);
	value = reg->value;
	pthread_mutex_unlock(&reg->reset->lock);
	return value;
}

static void register_write(void *owner, uint64_t offset, unsigned size,
			   uint64_t value)
{
	struct reset_register *reg = owner;
	uint8_t old, new;

	(void)offset;
	(void)size;
	pthread_mutex_lock(&reg->reset->lock);
	old = reg->value;
	new = (old & ~reg->writable) | (value & reg->writable);
	reg->value = new;
	pthread_mutex_unlock(&reg->reset->lock);
	if (new & ~old & reg->trigger)
		power_request(reg->reset->power, POWER_RESET, reg->range.name);
}

int reset_init(struct reset *reset, struct bus *port_bus, struct bus *cf9_bus,
	       const struct power *power)
{
	static const struct bus_ops ops = { register_read, register_write, 1 };
	int err;

	*reset = (struct reset){ .power = power };
	reset->control = (struct reset_register){
		.range = { .base = RESET_CONTROL_PORT,
			   .len = 1,
			   .ops = &ops,
			   .owner = &reset->control,
			   .name = "port 0xCF9" },
		.reset = reset,
		.trigger = CONTROL_RESET,
		.writable = CONTROL_HARD | CONTROL_RESET | CONTROL_FULL,
	};
	reset->port92 = (struct reset_register){
		.range = { .base = RESET_PORT92,
			   .len = 1,
			   .ops = &ops,
			   .owner = &reset->port92,
			   .name = "port 0x92" },
		.reset = reset,
		.value = PORT92_A20,
		.trigger = PORT92_RESET,
		.writable = PORT92_RESET,
	};
	pthread_mutex_init(&reset->lock, NULL);
	err = bus_add(cf9_bus, &reset->control.range);
	if (!err)
		err = bus_add(port_bus, &reset->port92.range);
	if (err)
		reset_free(reset, port_bus, cf9_bus);
	return err;
}

void reset_free(struct reset *reset, struct bus *port_bus, struct bus *cf9_bus)
{
	bus_remove(cf9_bus, &reset->control.range);
	bus_remove(port_bus, &reset->port92.range);
	pthread_mutex_destroy(&reset->lock);
}
