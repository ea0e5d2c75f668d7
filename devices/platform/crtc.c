/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/platform/crtc.h"

/* The register behind each port: the index at offset 0, and at 1 the one that
 * it selects. */
static uint8_t *at(struct crtc *crtc, uint64_t offset)
{
	return offset ? &crtc->reg[crtc->index] : &crtc->index;
}

static uint64_t crtc_read(void *owner, uint64_t offset, unsigned size)
{
	struct crtc *crtc = owner;
	uint8_t value;

	(void)size;
	pthread_mutex_lock(&crtc->lock);
	value = *at(crtc, offset);
	pthread_mutex_unlock(&crtc->lock);
	return value;
}

static void crtc_write(void *owner, uint64_t offset, unsigned size,
		       uint64_t value)
{
	struct crtc *crtc = owner;

	(void)size;
	pthread_mutex_lock(&crtc->lock);
	*at(crtc, offset) = (uint8_t)value;
	pthread_mutex_unlock(&crtc->lock);
}

static int crtc_make(void *self, struct board *board, const void *config)
{
	/* A write of a word sets the index and that register's value; many
	 * kernels do that. */
	static const struct bus_ops ops = { crtc_read, crtc_write, 1 };
	struct crtc *crtc = self;
	int err;

	(void)config;
	*crtc = (struct crtc){ .range = { .base = CRTC_PORT,
					  .len = 2,
					  .ops = &ops,
					  .owner = crtc,
					  .name = "crtc" } };
	err = bus_add(board->port, &crtc->range);
	if (!err)
		pthread_mutex_init(&crtc->lock, NULL);
	return err;
}

static void crtc_drop(void *self, struct board *board)
{
	struct crtc *crtc = self;

	bus_remove(board->port, &crtc->range);
	pthread_mutex_destroy(&crtc->lock);
}

const struct part crtc_part = {
	.name = "CRT controller",
	.size = sizeof(struct crtc),
	.make = crtc_make,
	.drop = crtc_drop,
};
