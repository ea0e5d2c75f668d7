/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * burnin_turn.h - brings the guest's rings close to their wrap
 *
 * Everything here belongs to the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_BURNIN_TURN_H
#define DEVICES_SLIRP_BURNIN_TURN_H

#include <stdbool.h>

#include "devices/slirp/burnin.h"

struct slirp_net;

struct slirp_burnin {
	struct burnin state;
	/* There is more to send at once. */
	bool more;
};

/* The guest has started its driver, perhaps again. */
void slirp_burnin_start(struct slirp_net *net);
/* Send what is to be sent now, if the user asked for burn-in. */
void slirp_burnin(struct slirp_net *net);
/* When to be called again, or UINT64_MAX. */
uint64_t slirp_burnin_deadline(const struct slirp_net *net);

#endif
