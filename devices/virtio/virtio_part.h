/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_part.h - a virtio device as a part of a machine
 *
 * What any virtio device needs of the board is done here, once: its slot, the
 * slot's interrupt, the transport, its place in the list that the doctor and
 * the lint go by, and its counters.
 *
 * Threads: main thread, while no vCPU runs, but for virtio_part_show().
 */
#ifndef DEVICES_VIRTIO_VIRTIO_PART_H
#define DEVICES_VIRTIO_VIRTIO_PART_H

#include <stdbool.h>

struct board;
struct count_view;
struct trace;
struct virtio_config;
struct virtio_device;
struct virtio_pci;

/* The virtio devices of a machine, in the order of their slots. */
struct virtio_list {
	struct virtio_pci *first;
	/* Report what their drivers do wrong. */
	bool lint;
	/* Where to record what happens; NULL: nowhere. */
	struct trace *trace;
};

/* Plug @dev into the next free slot of @board, to present itself as @config
 * says.  Logs; -errno. */
int virtio_plug(struct virtio_device *dev, struct board *board,
		const struct virtio_config *config);

/* Take all queues back and unplug @dev, the last one that was plugged in. */
void virtio_unplug(struct virtio_device *dev, struct board *board);

/* For struct part. */
/* How many instances a struct virtio_config asks for: one if it is on. */
const void *virtio_part_instance(const void *config, unsigned i);
/* Show the counters of a part that begins with its struct virtio_device: those
 * of its queues, and its own. */
void virtio_part_show(const void *self, const struct count_view *view);

#endif
