/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vq_snapshot.h - a running queue, seen from outside
 *
 * For diagnosis: what the device and the driver have got to, from the
 * queue's positions and from the rings, which are only read.  The two go on
 * meanwhile, so the parts of a snapshot may not quite belong together; what has
 * not changed between two of them does.
 *
 * Threads: any, while nobody starts or stops the queue (vq.h).
 */
#ifndef DEVICES_VIRTIO_VQ_SNAPSHOT_H
#define DEVICES_VIRTIO_VQ_SNAPSHOT_H

#include <stdio.h>

#include "devices/virtio/vq.h"

struct vq_snapshot {
	bool running, packed, event_idx;
	/* As in struct virtq. */
	bool armed;
	const char *broken;
	uint16_t size;
	uint32_t modulus;
	uint16_t avail, seen, used, told, stock;
	/* Ring slots the driver has made available from @avail on, and from
	 * @seen on. */
	uint16_t lent, unseen;
	/* A driver that goes beyond @seen has to kick: by what is in memory. */
	bool asks;
	/* When the driver wants an interrupt. */
	enum vq_event wish;
	uint16_t wish_at;
	/* Differs after the driver has made buffers available or said
	 * something of interrupts. */
	uint64_t driver;
	/* As counted so far. */
	uint64_t buffers, kicks;
};

/* Look at @vq. */
void vq_look(const struct virtq *vq, struct vq_snapshot *snapshot);

/* Buffers (split) or slots (packed) that are used beyond the position at
 * which the driver asked for an interrupt: it knows nothing of them, or has
 * not said so.  0 also if it didn't say a position. */
uint16_t vq_snapshot_behind(const struct vq_snapshot *snapshot);

/* Write a few lines on @vq, each begun with @prefix: format, positions, event
 * words, and the descriptors last seen. */
void vq_dump(const struct virtq *vq, const char *prefix, FILE *out);

#endif
