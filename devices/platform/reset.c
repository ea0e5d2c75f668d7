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

static void reset_drop(void *self, struct board *board)
{
	struct reset *reset = self;

	bus_remove(board->pci_passed, &reset->control.range);
	bus_remove(board->port, &reset->port92.range);
	pthread_mutex_destroy(&reset->lock);
}

static int reset_make(void *self, struct board *board, const void *config)
{
	static const struct bus_ops ops = { register_read, register_write, 1 };
	struct reset *reset = self;
	int err;

	(void)config;
	*reset = (struct reset){ .power = board->power };
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
	err = bus_add(board->pci_passed, &reset->control.range);
	if (!err)
		err = bus_add(board->port, &reset->port92.range);
	if (err)
		reset_drop(reset, board);
	return err;
}

const struct part reset_part = {
	.name = "reset registers",
	.size = sizeof(struct reset),
	.make = reset_make,
	.drop = reset_drop,
};
