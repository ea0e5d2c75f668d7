/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * probe.h - when the guest listens
 *
 * Everything here belongs to the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_PROBE_H
#define DEVICES_SLIRP_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/net/net_config.h"

struct slirp_net;

/* A port of the guest's that is awaited. */
struct slirp_probe {
	/* One that leads to it, or would. */
	struct forward forward;
	/* When it is asked again. */
	uint64_t next_ns;
	bool answered;
};

struct slirp_probes {
	struct slirp_probe *list;
	/* How many there are, and of how many the answer is to come. */
	size_t n, open;
	void (*answered)(void *arg, size_t index);
	void *arg;
	uint64_t sent;
};

void slirp_probes_free(struct slirp_net *net);
/* Ask the ports whose answer is to come; when to be called again, or
 * UINT64_MAX. */
void slirp_probes_send(struct slirp_net *net);
uint64_t slirp_probes_deadline(const struct slirp_net *net);
/* The guest is at another address now: ask at once. */
void slirp_probes_hurry(struct slirp_net *net);
/* Whether the guest's @frame is the answer to a question of these, and so not
 * for libslirp. */
bool slirp_probes_take(struct slirp_net *net, uint8_t *frame, size_t len);

#endif
