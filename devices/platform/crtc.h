/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crtc.h - the registers of a VGA's CRT controller, ports 0x3D4 and 0x3D5
 *
 * There is no display.  Kernels that write to text memory keep their cursor
 * in these registers and believe what they read back: 0xFF of a port where
 * nobody answers is a position outside the screen.  So this is a file of 256
 * registers, all 0 at the start, which keep what is written.
 *
 * Reference: IBM Personal System/2 Hardware Interface Technical Reference,
 * video subsystem (1988).
 *
 * Threads: registers are accessed from any vCPU thread; one lock.
 */
#ifndef DEVICES_PLATFORM_CRTC_H
#define DEVICES_PLATFORM_CRTC_H

#include <pthread.h>
#include <stdint.h>

#include "base/bus.h"
#include "base/part.h"

/* The index port; the data port is the next one. */
#define CRTC_PORT 0x3d4

struct crtc {
	struct bus_range range;
	pthread_mutex_t lock;
	/* All below is under the lock. */
	uint8_t index, reg[256];
};

extern const struct part crtc_part;

#endif
