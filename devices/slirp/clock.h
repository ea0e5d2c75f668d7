/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock.h - libslirp's clock, and its only timer
 *
 * The timer is for IPv6's router advertisements.  TCP's timers are within
 * libslirp.  Only the timer of the first instance is run.
 *
 * Everything here belongs to the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_CLOCK_H
#define DEVICES_SLIRP_CLOCK_H

#include <slirp/libslirp.h>

struct slirp_net;

struct slirp_clock {
	/* now_ns() when the clock was 0. */
	uint64_t epoch_ns;
	/* When the timer is due, in milliseconds of libslirp's clock; 0: it is
	 * not armed. */
	uint64_t timer_ms;
	SlirpTimerId timer_id;
	void *timer_opaque;
};

/* libslirp's callbacks; @opaque is the struct slirp_shard. */
int64_t slirp_clock_get_ns(void *opaque);
void *slirp_clock_timer_new(SlirpTimerId id, void *cb_opaque, void *opaque);
void slirp_clock_timer_free(void *timer, void *opaque);
void slirp_clock_timer_mod(void *timer, int64_t expire_ms, void *opaque);

/* Run the timer if it is due. */
void slirp_clock_run(struct slirp_net *net);
/* When the timer is due, in terms of now_ns(); UINT64_MAX: it is not armed. */
uint64_t slirp_clock_deadline(const struct slirp_net *net);

#endif
