/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * overlay.h - a disk whose writes are thrown away at its end
 *
 * What is written goes to another image at the same place; of each block of
 * 4 KiB a bit says which of the two has it.  The base is only read.
 */
#ifndef DEVICES_DISK_OVERLAY_H
#define DEVICES_DISK_OVERLAY_H

struct disk;

/* Make a disk of @base and, for what is written, @top, of the same size and
 * all zeros; both are then its own.  -ENOMEM, and they are still the
 * caller's. */
int overlay_make(struct disk **disk, struct disk *base, struct disk *top);

#endif
