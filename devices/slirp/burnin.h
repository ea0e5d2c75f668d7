/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * burnin.h - ordinary traffic that brings a guest's rings close to their wrap
 *
 * Index arithmetic in 16 bits that is wrong shows at the 65,536th frame,
 * which a guest may not see for days.  With this it does soon after it has an
 * address: it is asked for that by ARP, as often as it takes for its answers
 * to fill the one index, and then sent questions that are none of its
 * business, for the other.  Both stop just below 65,536, and what the guest
 * does next goes past it.
 *
 * Says what is to be sent next; one thread.
 */
#ifndef DEVICES_SLIRP_BURNIN_H
#define DEVICES_SLIRP_BURNIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"

enum {
	/* Where it stops. */
	BURNIN_TARGET = 0xfff0,
	/* Questions that may be unanswered. */
	BURNIN_WINDOW = 64,
};

/* How often a guest is called that has not been heard of. */
#define BURNIN_CALL_NS NSEC_PER_SEC
/* A guest that has not answered for so long will not. */
#define BURNIN_PATIENCE_NS (2 * NSEC_PER_SEC)

enum burnin_send { BURNIN_NOTHING, BURNIN_QUESTION, BURNIN_FILLER };

/* To be zero-initialised, but for @on. */
struct burnin {
	bool on;
	bool begun, sent_enough, done;
	uint64_t questions;
	/* The guest's frames at the beginning and when last looked at; when
	 * they last became more. */
	uint64_t tx_begun, tx_seen, moved_ns;
	/* When to call for a guest that has not been heard of. */
	uint64_t call_ns;
};

/* The guest's card has used @rx and @tx buffers so far, it being @now_ns. */
enum burnin_send burnin_next(struct burnin *burnin, uint64_t rx, uint64_t tx,
			     uint64_t now_ns);

/* Nobody knows the guest's address; true: ask for one that it may have. */
bool burnin_call(struct burnin *burnin, uint64_t now_ns);

/* When to ask again though nothing has happened: UINT64_MAX for never. */
uint64_t burnin_deadline(const struct burnin *burnin);

#endif
