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
 * This file decides what to send next; one thread.
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

#endif
