/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/platform/post.h"

static uint64_t post_read(void *owner, uint64_t offset, unsigned size)
{
	struct post *post = owner;

	(void)offset;
	(void)size;
	return __atomic_load_n(&post->code, __ATOMIC_RELAXED);
}

static void post_write(void *owner, uint64_t offset, unsigned size,
		       uint64_t value)
{
	struct post *post = owner;

	(void)offset;
	(void)size;
	__atomic_store_n(&post->code, (uint8_t)value, __ATOMIC_RELAXED);
}

static int post_make(void *self, struct board *board, const void *config)
{
	static const struct bus_ops ops = { post_read, post_write, 1 };
	struct post *post = self;

	(void)config;
	*post = (struct post){ .range = { .base = POST_PORT,
					  .len = 1,
					  .ops = &ops,
					  .owner = post,
					  .name = "post" } };
	return bus_add(board->port, &post->range);
}

static void post_drop(void *self, struct board *board)
{
	struct post *post = self;

	bus_remove(board->port, &post->range);
}

const struct part post_part = {
	.name = "POST port",
	.size = sizeof(struct post),
	.make = post_make,
	.drop = post_drop,
};
