/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * power.h - what a guest can ask of the machine as a whole
 *
 * Devices that can end or restart the machine (the ACPI registers, the
 * keyboard controller, port 0xCF9) are given one of these.
 */
#ifndef BASE_POWER_H
#define BASE_POWER_H

#include <stdbool.h>

enum power_request {
	POWER_OFF = 1,
	POWER_RESET,
	/* A reset that nobody asked for. */
	POWER_TRIPLE_FAULT,
	/* Another one: the guest is in a state in which no processor can go
	 * on. */
	POWER_CRASHED,
	/* Another one: all processors are halted, and nothing can wake them. */
	POWER_HALTED,
	/* The guest ends the run, with an exit code of its own. */
	POWER_EXIT,
	/* Not requested by the guest: the host can't go on running it. */
	POWER_FAILED,
};

/* Whether the request came from a processor that crashed. */
static inline bool power_is_crash(enum power_request what)
{
	return what == POWER_TRIPLE_FAULT || what == POWER_CRASHED ||
	       what == POWER_FAILED;
}

struct power_event {
	enum power_request what;
	/* What the guest used, such as "port 0xCF9"; the string stays as long
	 * as the machine. */
	const char *by;
	/* For POWER_EXIT, 0 to 255. */
	unsigned code;
};

struct power {
	/* Callable from any thread; returns at once.  The vCPU that asked
	 * executes no further guest instruction; the others are stopped
	 * soon after. */
	void (*request)(void *arg, const struct power_event *event);
	void *arg;
};

static inline void power_request(const struct power *power,
				 enum power_request what, const char *by)
{
	const struct power_event event = { .what = what, .by = by };

	power->request(power->arg, &event);
}

#endif
