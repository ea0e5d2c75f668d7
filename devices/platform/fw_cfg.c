/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/platform/fw_cfg.h"

#include "base/mem.h"

/* A bit of FW_CFG_ID: there are the selector and the data port.  The next bit
 * would be DMA. */
#define TRADITIONAL_INTERFACE 1

/* "QEMU", in little-endian order like everything here. */
#define SIGNATURE 0x554d4551

static uint64_t value_of(const struct fw_cfg *fw_cfg, uint16_t key)
{
	switch (key) {
	case FW_CFG_SIGNATURE:
		return SIGNATURE;
	case FW_CFG_ID:
		return TRADITIONAL_INTERFACE;
	case FW_CFG_RAM_SIZE:
		return fw_cfg->ram_size;
	case FW_CFG_NB_CPUS:
	case FW_CFG_MAX_CPUS:
		return fw_cfg->n_cpus;
	default:
		return 0;
	}
}

/* The next byte of the value; after its end, zeros. */
static uint64_t next_byte(struct fw_cfg *fw_cfg)
{
	uint64_t value = value_of(fw_cfg, fw_cfg->key);

	if (fw_cfg->position == sizeof(value))
		return 0;
	return value >> (8 * fw_cfg->position++) & 0xff;
}

/* The data port is one byte wide; the selector cannot be read. */
static uint64_t fw_cfg_read(void *owner, uint64_t offset, unsigned size)
{
	struct fw_cfg *fw_cfg = owner;
	uint64_t byte;

	if (size != 1 || offset != 1)
		return UINT64_MAX;
	pthread_mutex_lock(&fw_cfg->lock);
	byte = next_byte(fw_cfg);
	pthread_mutex_unlock(&fw_cfg->lock);
	return byte;
}

/* The selector is a word; data cannot be written. */
static void fw_cfg_write(void *owner, uint64_t offset, unsigned size,
			 uint64_t value)
{
	struct fw_cfg *fw_cfg = owner;

	if (size != 2 || offset)
		return;
	pthread_mutex_lock(&fw_cfg->lock);
	fw_cfg->key = (uint16_t)value;
	fw_cfg->position = 0;
	pthread_mutex_unlock(&fw_cfg->lock);
}

static int fw_cfg_make(void *self, struct board *board, const void *config)
{
	static const struct bus_ops ops = { fw_cfg_read, fw_cfg_write, 2 };
	struct fw_cfg *fw_cfg = self;
	int err;

	(void)config;
	*fw_cfg = (struct fw_cfg){ .range = { .base = FW_CFG_PORT,
					      .len = 2,
					      .ops = &ops,
					      .owner = fw_cfg,
					      .name = "fw_cfg" },
				   .ram_size = board->mem->size,
				   .n_cpus = (uint16_t)board->cpus };
	err = bus_add(board->port, &fw_cfg->range);
	if (!err)
		pthread_mutex_init(&fw_cfg->lock, NULL);
	return err;
}

static void fw_cfg_drop(void *self, struct board *board)
{
	struct fw_cfg *fw_cfg = self;

	bus_remove(board->port, &fw_cfg->range);
	pthread_mutex_destroy(&fw_cfg->lock);
}

const struct part fw_cfg_part = {
	.name = "firmware configuration",
	.size = sizeof(struct fw_cfg),
	.make = fw_cfg_make,
	.drop = fw_cfg_drop,
};
