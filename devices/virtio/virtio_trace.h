/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_trace.h - the tracks of a device's queues
 */
#ifndef DEVICES_VIRTIO_VIRTIO_TRACE_H
#define DEVICES_VIRTIO_VIRTIO_TRACE_H

struct trace;
struct virtio_device;

/* Have what @dev, in slot @number, does recorded in @trace: a track for each
 * queue, called by its address on the bus.  NULL: nowhere.  Main thread, before
 * @dev is plugged in. */
void virtio_trace(struct virtio_device *dev, unsigned number,
		  struct trace *trace);

#endif
