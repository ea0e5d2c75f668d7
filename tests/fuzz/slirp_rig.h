/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slirp_rig.h - the sanitizer with libslirp behind it, and a guest's frames
 *
 * There is one, since libslirp's state is the process's.  Time is its own, so
 * an input always does the same.
 */
#ifndef TESTS_FUZZ_SLIRP_RIG_H
#define TESTS_FUZZ_SLIRP_RIG_H

#include <poll.h>
#include <slirp/libslirp.h>

#include "devices/net/sanitizer.h"

enum { RIG_MTU = 1500, RIG_PFDS = 256, RIG_PORT = 80 };

struct slirp_rig {
	struct sanitizer sanitizer;
	Slirp *slirp;
	uint64_t now_ns;
	struct pollfd pfds[RIG_PFDS];
	int n_pfds;
	/* The connection to RIG_PORT: what libslirp expects and sent, by its
	 * family. */
	uint32_t next[2], expected[2];
};

extern const uint8_t rig_guest4[4], rig_gateway4[4];
extern const uint8_t rig_guest6[16], rig_gateway6[16];

/* A new stack, that has heard of the guest at both of its addresses. */
void rig_open(struct slirp_rig *rig);
void rig_close(struct slirp_rig *rig);

/* One turn of its loop, without waiting. */
void rig_turn(struct slirp_rig *rig);

/* What is allowed from now on, by bits of @arg: 0, nothing but services; 1,
 * not the host's loopback; 2, not TFTP; 3, there is a service. */
void rig_restrict(struct slirp_rig *rig, uint8_t arg);

/* A frame of the guest's. */
void rig_input(struct slirp_rig *rig, const uint8_t *frame, size_t len);

/* slirp_frames.c: make the checksums of @frame right. */
void rig_mend(uint8_t *frame, size_t len);

/* An ARP request and a neighbour solicitation. */
void rig_announce(struct slirp_rig *rig);

/* A TCP segment for the service, that fits what was said before but for
 * @skew; @len bytes of data. */
void rig_segment(struct slirp_rig *rig, bool v6, uint8_t flags, int8_t skew,
		 size_t len);

/* A fragment of one of a few datagrams; @at and @len are in units of 8
 * bytes. */
void rig_fragment(struct slirp_rig *rig, uint8_t kind, uint16_t at, size_t len);

#endif
