/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_options.c - what may be said of any virtio device: on or off, and
 * how it is to present itself
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "devices/virtio/virtio_config.h"

enum { QUEUE_SIZE = 256, QUEUE_SIZE_MAX = 32768 };

enum key { ON, OFF, PACKED, IN_ORDER, TRANSITIONAL, SIZE };

static const char *const keys[] = {
	[ON] = "on",
	[OFF] = "off",
	[PACKED] = "packed",
	[IN_ORDER] = "in-order",
	[TRANSITIONAL] = "transitional",
	[SIZE] = "queue-size",
	NULL,
};

static int set_switch(const struct option_value *value, const char *key,
		      const char *text, bool *on)
{
	*on = text && strcmp(text, "on") == 0;
	if (*on || (text && strcmp(text, "off") == 0))
		return 0;
	return option_reject(value, "%s is on or off, such as %s=on", key, key);
}

static int set_size(const struct option_value *value, const char *text,
		    unsigned *size)
{
	char *end = NULL;
	unsigned long n = text ? strtoul(text, &end, 10) : 0;

	if (!n || *end || n > QUEUE_SIZE_MAX || n & (n - 1))
		return option_reject(value,
				     "queue-size is a power of two up to %d, "
				     "such as queue-size=256",
				     QUEUE_SIZE_MAX);
	*size = (unsigned)n;
	return 0;
}

/* @key is an index of keys[], or -1 and @text all there is. */
static int set(const struct option_value *value, int key, const char *text,
	       struct virtio_config *c)
{
	switch (key) {
	case ON:
	case OFF:
		c->on = key == ON;
		return text ? option_reject(value, "%s has no value",
					    keys[key]) :
			      0;
	case PACKED:
		return set_switch(value, keys[key], text, &c->packed);
	case IN_ORDER:
		return set_switch(value, keys[key], text, &c->in_order);
	case TRANSITIONAL:
		return set_switch(value, keys[key], text, &c->transitional);
	case SIZE:
		return set_size(value, text, &c->queue_size);
	default:
		return option_reject(value,
				     "not on, off, packed=, in-order=, "
				     "transitional= or queue-size=: %s",
				     text);
	}
}

int option_virtio(const struct option_value *value, void *field)
{
	struct virtio_config c = { .on = true,
				   .packed = true,
				   .queue_size = QUEUE_SIZE };
	char *copy = strdup(value->text), *rest = copy, *text;
	int err = 0;

	if (!copy)
		return option_no_memory();
	if (!*copy)
		err = option_reject(value, "say on or off");
	while (!err && *rest) {
		/* getsubopt(3) reads the keys, whatever its type says. */
		int key =
			getsubopt(&rest, (char *const *)(uintptr_t)keys, &text);

		err = set(value, key, text, &c);
	}
	if (!err)
		*(struct virtio_config *)field = c;
	free(copy);
	return err;
}
