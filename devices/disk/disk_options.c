/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_options.c - --disk and its keys, with QEMU's names beside ours
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"
#include "devices/blk/disk.h"
#include "devices/disk/disk_config.h"

enum { QUEUE_SIZE_MIN = 4, QUEUE_SIZE_MAX = 32768 };

/* enum disk_format: raw is the first of the words. */
static int key_format(const struct option_value *value, void *field)
{
	int word = 0;
	int err = option_choice(value, &word);

	*(enum disk_format *)field = FORMAT_RAW + (unsigned)word;
	return err;
}

/* bool: whether it is the second of two words. */
static int key_second(const struct option_value *value, void *field)
{
	int word = 0;
	int err = option_choice(value, &word);

	*(bool *)field = word == 1;
	return err;
}

#define FIELD(field) .offset = offsetof(struct disk_config, field)
#define ON_OFF	     .optional = true, .arg = "ON", .words = "on off"

static const struct option_spec disk_keys[] = {
	{
		.name = "file",
		.first = true,
		.arg = "FILE",
		.parse = option_path,
		FIELD(path),
	},
	{
		.name = "ro",
		.alias = "readonly",
		ON_OFF,
		.help = "the guest can't write to it",
		.parse = option_switch,
		FIELD(read_only),
	},
	{
		.name = "snapshot",
		ON_OFF,
		.help = "what the guest writes is thrown away",
		.parse = option_switch,
		FIELD(snapshot),
	},
	{
		.name = "format",
		.arg = "FORMAT",
		.words = FORMAT_WORDS,
		.help = "what the file is",
		.parse = key_format,
		FIELD(format),
	},
	{
		.name = "cache",
		.arg = "CACHE",
		.preset = "writeback",
		.words = "writeback unsafe",
		.help = "unsafe: flushes do nothing",
		.parse = key_second,
		FIELD(unsafe),
	},
	{
		.name = "serial",
		.arg = "TEXT",
		.min = 1,
		.max = DISK_SERIAL,
		.help = "the serial number that the guest sees",
		.parse = option_string,
		FIELD(serial),
	},
	{
		.name = "queue-size",
		.arg = "N",
		.preset = "256",
		.min = QUEUE_SIZE_MIN,
		.max = QUEUE_SIZE_MAX,
		.help = "slots in the ring, a power of two",
		.parse = option_power_of_two,
		FIELD(queue_size),
	},
	{
		.name = "ring",
		.arg = "RING",
		.preset = "any",
		.words = "any split packed",
		.help = "which rings the driver may use",
		.parse = option_choice,
		FIELD(ring),
	},
	{
		.name = "transitional",
		ON_OFF,
		.help = "be what drivers before VIRTIO 1.0 know",
		.parse = option_switch,
		FIELD(transitional),
	},
	{ 0 },
};

static void disk_config_free(struct disk_config *config)
{
	free(config->path);
	free(config->serial);
}

/* Add @config, which is then the list's.  -ENOMEM. */
static int add(struct disk_list *list, const struct disk_config *config)
{
	struct disk_config *disks = reallocarray(list->disks, list->count + 1,
						 sizeof(*list->disks));

	if (!disks)
		return option_no_memory();
	list->disks = disks;
	disks[list->count++] = *config;
	return 0;
}

/* struct disk_list: one more disk each time. */
static int option_disk(const struct option_value *value, void *field)
{
	struct disk_config config = { .path = NULL };
	int err = option_keys(value, &config);

	if (!err)
		err = add(field, &config);
	if (err)
		disk_config_free(&config);
	return err;
}

void disk_list_free(struct disk_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		disk_config_free(&list->disks[i]);
	free(list->disks);
	*list = (struct disk_list){ .count = 0 };
}

const struct option_spec disk_options[] = {
	{
		.name = "disk",
		.daily = true,
		.letter = 'd',
		.arg = "FILE",
		.help = "a disk, and keys such as ro or snapshot",
		.keys = disk_keys,
		.parse = option_disk,
	},
	{ 0 },
};
