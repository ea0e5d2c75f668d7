/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * probe.h - finds out when the guest listens on a TCP port
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
	/* The forward that leads to the port, or what such a forward would
	 * be. */
	struct forward forward;
	/* When the guest is asked again. */
	uint64_t next_ns;
	bool answered;
};

struct slirp_probes {
	struct slirp_probe *list;
	/* How many ports there are, and how many have not answered yet. */
	size_t n, open;
	void (*answered)(void *arg, size_t index);
	void *arg;
	uint64_t sent;
};

void slirp_probes_free(struct slirp_net *net);
/* Ask the ports that have not answered; when to call this again, or
 * UINT64_MAX. */
void slirp_probes_send(struct slirp_net *net);
uint64_t slirp_probes_deadline(const struct slirp_net *net);
/* The guest's address has changed: ask at once. */
void slirp_probes_hurry(struct slirp_net *net);
/* Whether the guest's @frame answers one of these questions, and so is not for
 * libslirp. */
bool slirp_probes_take(struct slirp_net *net, uint8_t *frame, size_t len);

#endif
