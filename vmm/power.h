/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * power.h - what a guest can ask of the machine as a whole
 *
 * Devices that can end or restart the machine (the ACPI registers, the
 * keyboard controller, port 0xCF9) are given one of these.
 */
#ifndef VMM_POWER_H
#define VMM_POWER_H

enum power_request {
	POWER_OFF = 1,
	POWER_RESET,
	/* Not the guest's wish: the host can run it no further. */
	POWER_FAILED,
};

struct power {
	/* Callable from any thread; returns at once.  The vCPU that asked
	 * executes no further guest instruction; the others are stopped
	 * soon after.  @by names the mechanism in logs ("port 0xCF9"). */
	void (*request)(void *arg, enum power_request what, const char *by);
	void *arg;
};

static inline void power_request(const struct power *power,
				 enum power_request what, const char *by)
{
	power->request(power->arg, what, by);
}

#endif
