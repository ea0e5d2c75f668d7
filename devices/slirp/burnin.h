/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * burnin.h - traffic that brings a guest's rings close to the wrap of their
 * indexes
 *
 * A driver with wrong 16-bit index arithmetic fails at the 65,536th frame,
 * which a guest may not see for days.  With this, it fails soon after the guest
 * has an address.  The guest is asked for that address by ARP, again and again,
 * until its answers have nearly filled the index of the one ring.  For the
 * other ring it gets questions about an address that is not its own.  Both
 * rings stop just below 65,536, and the guest's next frames pass it.
 *
 * Everything here belongs to the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_BURNIN_H
#define DEVICES_SLIRP_BURNIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"

enum {
	/* The index at which the traffic stops. */
	BURNIN_TARGET = 0xfff0,
	/* How many questions may be without an answer. */
	BURNIN_WINDOW = 64,
};

/* How often a guest that has sent nothing yet is called. */
#define BURNIN_CALL_NS NSEC_PER_SEC
/* A guest that has not answered for so long will not answer any more. */
#define BURNIN_PATIENCE_NS (2 * NSEC_PER_SEC)

enum burnin_send { BURNIN_NOTHING, BURNIN_QUESTION, BURNIN_FILLER };

struct slirp_net;

/* To be zero-initialised; @on is set by the user. */
struct burnin {
	bool on;
	bool begun, sent_enough, done;
	uint64_t questions;
	/* How many frames the guest had sent at the beginning and when last
	 * looked at; when that number last grew. */
	uint64_t tx_begun, tx_seen, moved_ns;
	/* When to call a guest that has sent nothing yet. */
	uint64_t call_ns;
};

/* What to send next, when at @now_ns the guest's NIC has used @rx and @tx
 * buffers so far. */
enum burnin_send burnin_next(struct burnin *burnin, uint64_t rx, uint64_t tx,
			     uint64_t now_ns);

/* Called while nobody knows the guest's address.  True: ask for an address that
 * it may have. */
bool burnin_call(struct burnin *burnin, uint64_t now_ns);

/* When to call these again though nothing has happened; UINT64_MAX: never. */
uint64_t burnin_deadline(const struct burnin *burnin);

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
