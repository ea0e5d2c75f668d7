/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * i8042.h - a PS/2 keyboard controller with nothing plugged in
 *
 * Ports 0x60 and 0x64.  It exists because this is the oldest way to reset a PC,
 * and because a guest that probes for it would otherwise wait for time-outs.
 * The keyboard interface works but has no keyboard; the auxiliary one is not
 * wired.  There are no interrupts.
 *
 * Reference: IBM PS/2 Hardware Interface Technical Reference, keyboard and
 * auxiliary device controller (1988).
 *
 * Threads: registers are accessed from any vCPU thread; one lock.
 */
#ifndef DEVICES_PLATFORM_I8042_H
#define DEVICES_PLATFORM_I8042_H

#include <pthread.h>
#include <stdint.h>

#include "base/bus.h"
#include "base/part.h"

struct power;

#define I8042_DATA    0x60
#define I8042_COMMAND 0x64

struct i8042 {
	struct bus_range data_range, command_range;
	const struct power *power;
	pthread_mutex_t lock;
	/* The status without the system flag, which is in the command byte. */
	uint8_t status;
	uint8_t output;
	/* The command that waits for its data byte; 0: none. */
	uint8_t pending;
	/* Internal RAM; its first byte is the command byte. */
	uint8_t ram[32];
};

extern const struct part i8042_part;

#endif
