/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_pci_snapshot.h - a device's queues and interrupts, seen from outside
 *
 * Only reads.  Takes the function's lock, which neither kicks nor interrupts
 * take, so data flow on meanwhile.
 *
 * Threads: any.
 */
#ifndef DEVICES_VIRTIO_VIRTIO_PCI_SNAPSHOT_H
#define DEVICES_VIRTIO_VIRTIO_PCI_SNAPSHOT_H

#include <stdio.h>

#include "devices/virtio/stall.h"

struct virtio_pci;

/* Look at queue @index of @vp; one that the device does not have is seen as
 * not running. */
void virtio_pci_look(struct virtio_pci *vp, unsigned index,
		     struct stall_snapshot *snapshot);

/* Write what state the device, its interrupts and its queues are in. */
void virtio_pci_dump(struct virtio_pci *vp, FILE *out);

#endif
