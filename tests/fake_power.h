/* SPDX-License-Identifier: BSD-2-Clause */
/* fake_power.h - a struct power that remembers what was asked of it */
#ifndef TESTS_FAKE_POWER_H
#define TESTS_FAKE_POWER_H

#include "base/power.h"

struct fake_power {
	struct power power;
	enum power_request what;
	const char *by;
	unsigned code;
	unsigned requests;
};

static void fake_power_request(void *arg, const struct power_event *event)
{
	struct fake_power *fake = arg;

	fake->what = event->what;
	fake->by = event->by;
	fake->code = event->code;
	fake->requests++;
}

static inline void fake_power_init(struct fake_power *fake)
{
	*fake = (struct fake_power){ .power = { fake_power_request, fake } };
}

#endif
