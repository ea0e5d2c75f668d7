/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * post.h - port 0x80, where a BIOS shows its progress
 *
 * Kernels write to it because a write takes a microsecond.  The last value can
 * be read back; nothing else uses it.
 *
 * Threads: accessed from any vCPU thread, without a lock.
 */
#ifndef DEVICES_PLATFORM_POST_H
#define DEVICES_PLATFORM_POST_H

#include <stdint.h>

#include "base/bus.h"
#include "base/part.h"

#define POST_PORT 0x80

struct post {
	struct bus_range range;
	/* Accessed atomically, relaxed: a byte by itself, with no partner. */
	uint8_t code;
};

extern const struct part post_part;

#endif
