/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_options.c - the option of the second console; it sets a struct
 * virtio_config
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/console/console_part.h"

/* "virtio" is like "on" of other virtio devices, "serial" like "off". */
static int option_console(const struct option_value *value, void *field)
{
	size_t len = strcspn(value->text, ",");
	struct option_value switched = *value;
	const char *word = NULL;
	char *text;
	int err;

	if (len == 6 && !strncmp(value->text, "virtio", len))
		word = "on";
	if (len == 6 && !strncmp(value->text, "serial", len))
		word = "off";
	if (!word)
		return option_reject(value, "neither serial nor virtio");
	if (asprintf(&text, "%s%s", word, value->text + len) < 0)
		return option_no_memory();
	switched.text = text;
	err = option_keys(&switched, field);
	free(text);
	return err;
}

const struct option_spec console_options[] = {
	{ OPTION("console", "KIND",
		 "serial, or virtio: hvc0 beside it; and keys", option_console),
	  .preset = "serial", .words = "serial virtio", .keys = virtio_keys },
	{ 0 },
};
