/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lint.h - what drivers do wrong and a tolerant device hides
 *
 * With --lint each mistake is reported once for each device, as a warning.
 * Nothing else changes: minivmm tolerates these mistakes, but other devices may
 * not.
 *
 * Threads: any.
 */
#ifndef DEVICES_VIRTIO_LINT_H
#define DEVICES_VIRTIO_LINT_H

#include <stdbool.h>
#include <stdint.h>

struct virtio_device;

enum lint {
	LINT_READ_ONLY,
	LINT_WIDTH,
	LINT_CONFIG,
	LINT_DISABLE,
	LINT_EARLY_KICK,
	LINT_SHORT_BUFFER,
	LINT_NUM_BUFFERS,
	LINT_WRITABLE,
	LINT_NO_FEATURES_OK,
	LINT_OFFLOAD,
	LINT_DIRECTION,
	LINT_NOT_ACCEPTED,
};

/* The lint of a device.  All zero: it is off. */
struct virtio_lint {
	bool on;
	/* A bit for each mistake that has been reported.  Atomic and relaxed:
	 * nobody concludes anything about other memory from it. */
	uint32_t said;
};

/* Report that the driver of @dev has made that mistake.  @where is a detail for
 * the message, or NULL. */
void virtio_lint(struct virtio_device *dev, enum lint what, const char *where);

#endif
