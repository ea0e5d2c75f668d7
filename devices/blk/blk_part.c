/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/blk/blk_part.h"

#include <linux/virtio_config.h>
#include <stdio.h>

#include "base/util.h"
#include "devices/blk/blk.h"
#include "devices/virtio/virtio_part.h"

static const void *blk_instance(const void *config, unsigned i)
{
	const struct blk_part_config *c = config;

	return i < c->n ? &c->drives[i] : NULL;
}

static int blk_make(void *self, struct board *board, const void *config)
{
	static const struct virtio_rule packed[] = {
		{ VIRTIO_F_VERSION_1, BIT64(VIRTIO_F_RING_PACKED) },
	};
	const struct blk_drive *drive = config;
	struct blk *blk = self;
	int err = blk_init(blk, drive->disk, drive->index,
			   (uint16_t)drive->virtio.queue_size);

	if (err)
		return err;
	if (drive->packed_only) {
		blk->dev.rules = packed;
		blk->dev.n_rules = ARRAY_SIZE(packed);
	}
	err = virtio_plug(&blk->dev, board, &drive->virtio);
	if (err)
		blk_free(blk);
	return err;
}

static void blk_drop(void *self, struct board *board)
{
	struct blk *blk = self;

	virtio_unplug(&blk->dev, board);
	blk_free(blk);
}

static void blk_show(const void *self, const struct count_view *view)
{
	const struct blk *blk = self;
	char name[16];

	virtio_part_show(blk, view);
	snprintf(name, sizeof(name), "image %s", blk->drive);
	view->begin(view->arg, name);
	disk_show(blk->disk, view);
	view->end(view->arg);
}

const struct part blk_part = {
	.name = "virtio-blk",
	.size = sizeof(struct blk),
	.on_pci = true,
	.instance = blk_instance,
	.make = blk_make,
	.drop = blk_drop,
	.show = blk_show,
	.counters = &blk_table,
};
