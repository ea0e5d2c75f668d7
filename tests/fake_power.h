/* SPDX-License-Identifier: BSD-2-Clause */
/* fake_power.h - a struct power that remembers what was asked of it */
#ifndef TESTS_FAKE_POWER_H
#define TESTS_FAKE_POWER_H

#include "vmm/power.h"

struct fake_power {
	struct power power;
	enum power_request what;
	const char *by;
	unsigned requests;
};

static void fake_power_request(void *arg, enum power_request what,
			       const char *by)
{
	struct fake_power *fake = arg;

	fake->what = what;
	fake->by = by;
	fake->requests++;
}

static inline void fake_power_init(struct fake_power *fake)
{
	*fake = (struct fake_power){ .power = { fake_power_request, fake } };
}

#endif
