/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/virtio/virtio_trace.h"

#include <stdio.h>

#include "base/trace.h"
#include "devices/virtio/virtio.h"

void virtio_trace(struct virtio_device *dev, unsigned number,
		  struct trace *trace)
{
	char name[40];

	dev->trace = trace;
	for (unsigned i = 0; i < dev->n_queues; i++) {
		snprintf(name, sizeof(name), "%02x.0 %s %s", number, dev->name,
			 dev->queue[i].name);
		dev->queue[i].track = trace_track(trace, name);
	}
}
