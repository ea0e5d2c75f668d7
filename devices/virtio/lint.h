/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lint.h - what drivers do wrong and a tolerant device hides
 *
 * Each mistake is reported once for each device, as a warning, if the user
 * wants to know; it changes nothing else.  What other devices do not tolerate
 * is better learnt of here.
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

/* Of a device; zeros: not wanted. */
struct virtio_lint {
	bool on;
	/* A bit for each that has been reported; atomic and relaxed, it says
	 * nothing of other memory. */
	uint32_t said;
};

/* The driver of @dev has made that mistake; @where says more, NULL: nothing. */
void virtio_lint(struct virtio_device *dev, enum lint what, const char *where);

#endif
