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

static const struct option_spec disk_keys[] = {
	{ OPTION("file", "FILE", NULL, option_path), FIELD(path),
	  .first = true },
	{ OPTION_ON_OFF("ro", "the guest can't write to it", option_switch),
	  FIELD(read_only), .alias = "readonly" },
	{ OPTION_ON_OFF("snapshot", "what the guest writes is thrown away",
			option_switch),
	  FIELD(snapshot) },
	{ OPTION("format", "FORMAT", "what the file is", key_format),
	  FIELD(format), .words = FORMAT_WORDS },
	{ OPTION("cache", "CACHE", "unsafe: flushes do nothing", key_second),
	  FIELD(unsafe), .preset = "writeback", .words = "writeback unsafe" },
	{ OPTION("serial", "TEXT", "the serial number that the guest sees",
		 option_string),
	  FIELD(serial), .min = 1, .max = DISK_SERIAL },
	{ OPTION("queue-size", "N", "slots in the ring, a power of two",
		 option_power_of_two),
	  FIELD(queue_size), .preset = "256", .min = QUEUE_SIZE_MIN,
	  .max = QUEUE_SIZE_MAX },
	{ OPTION("ring", "RING", "which rings the driver may use",
		 option_choice),
	  FIELD(ring), .preset = "any", .words = "any split packed" },
	{ OPTION_ON_OFF("transitional",
			"be what drivers before VIRTIO 1.0 know",
			option_switch),
	  FIELD(transitional) },
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
	{ OPTION("disk", "FILE", "a disk, and keys such as ro or snapshot",
		 option_disk),
	  .letter = 'd', .daily = true, .keys = disk_keys },
	{ 0 },
};
