/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slirp_rig.h - the user network without its thread, and a guest's frames
 *
 * There is one, since libslirp's state is the process's.  Time is its own, so
 * an input always does the same: programs are linked with clock_gettime(2)
 * replaced.
 */
#ifndef TESTS_FUZZ_SLIRP_RIG_H
#define TESTS_FUZZ_SLIRP_RIG_H

#include "devices/firewall/firewall.h"
#include "devices/net/net_config.h"
#include "devices/net/netdev.h"

enum { RIG_MTU = 1500, RIG_PORT = 80, RIG_FORWARDED = 22 };

/* Whom the guest has connections with, each to RIG_PORT, but for the client at
 * a forward that came last, whose is to RIG_FORWARDED. */
enum rig_peer {
	RIG_GATEWAY4,
	RIG_GATEWAY6,
	RIG_SERVICE4,
	RIG_CLIENT,
	RIG_PEERS
};

/* Bits of an option byte: by how much the guest shifts windows; how often it
 * says so, and whether with a wrong length; other options; a window of 12. */
enum {
	RIG_SHIFT = 0x0f,
	RIG_SCALE = 0x10,
	RIG_SCALES = 0x30,
	RIG_SCALE_LONG = 0x40,
	RIG_OTHERS = 0x40,
	RIG_SMALL_WINDOW = 0x80,
};

struct slirp_rig {
	struct net_config config;
	struct netdev *dev;
	/* One more, with the same policy, which only judges. */
	struct firewall firewall;
	/* What libslirp expects and sent. */
	uint32_t next[RIG_PEERS], expected[RIG_PEERS];
	/* As the guest sees it. */
	uint16_t client_port;
	/* What the guest's TCP segments have, as above. */
	uint8_t options;
};

extern const uint8_t rig_guest4[4], rig_gateway4[4], rig_service4[4];
extern const uint8_t rig_guest6[16], rig_gateway6[16];

/* A new network of the --net @options, that has heard of the guest at both of
 * its addresses. */
void rig_open(struct slirp_rig *rig, const char *options);
void rig_close(struct slirp_rig *rig);

/* The answers to requests by TFTP have come, which are made on a thread. */
void rig_settle(struct slirp_rig *rig);

/* One turn of its loop, without waiting; the same some time later. */
void rig_turn(struct slirp_rig *rig);
void rig_pass_time(struct slirp_rig *rig, uint64_t ns);

/* What is allowed from now on, by bits of @arg: 0, nothing but services; 1,
 * not the host's loopback; 2, not TFTP. */
void rig_restrict(struct slirp_rig *rig, uint8_t arg);

/* A frame of the guest's. */
void rig_input(struct slirp_rig *rig, const uint8_t *frame, size_t len);

/* slirp_frames.c: make the checksums of @frame right. */
void rig_mend(uint8_t *frame, size_t len);

/* An ARP request and a neighbour solicitation. */
void rig_announce(struct slirp_rig *rig);

/* A TCP segment for @peer, that fits what was said before but for @skew; @len
 * bytes of data. */
void rig_segment(struct slirp_rig *rig, enum rig_peer peer, uint8_t flags,
		 int8_t skew, size_t len);

/* A datagram for the gateway of @len bytes of @data. */
void rig_datagram(struct slirp_rig *rig, bool v6, uint16_t from, uint16_t to,
		  const void *data, size_t len);

/* A fragment of one of a few datagrams; @at and @len are in units of 8
 * bytes. */
void rig_fragment(struct slirp_rig *rig, uint8_t kind, uint16_t at, size_t len);

#endif
