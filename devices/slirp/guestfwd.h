/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guestfwd.h - services of the guest's network that are the host's Unix sockets
 *
 * Everything here belongs to the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_GUESTFWD_H
#define DEVICES_SLIRP_GUESTFWD_H

#include <stdint.h>

#include "devices/net/net_config.h"

struct slirp_net;
struct slirp_shard;

/* It listens, and this process can connect to its path. */
struct unix_stub {
	/* The listening socket, which does not block; what the path leads to;
	 * -1 for both: not open. */
	int fd, file;
	char path[32];
};

/* Uses a directory for a moment: $TMPDIR, /tmp or /dev/shm.  Returns 0 or
 * -errno. */
int unix_stub_open(struct unix_stub *stub);
void unix_stub_close(struct unix_stub *stub);
/* The other end of the last connection; earlier ones are closed.  -errno. */
int unix_stub_accept(const struct unix_stub *stub);

/* A connection whose service has no room for it yet: libslirp's descriptor, and
 * the other end of the socket pair behind it. */
struct slirp_wait {
	int fd, peer;
	const struct net_service *service;
};

enum { SLIRP_WAITS = 256 };

struct slirp_services {
	/* libslirp connects to this socket instead of to a service. */
	struct unix_stub stub;
	struct slirp_wait waits[SLIRP_WAITS];
	unsigned n_waits;
	/* The interval at which waiting connections are tried again, and when
	 * the next try is. */
	uint64_t retry_ns, retry_at_ns;
};

/* Open the stub.  Logs one line if it fails; -errno. */
int slirp_services_open(struct slirp_net *net);
void slirp_services_close(struct slirp_net *net);
/* Tell a new instance of libslirp of all services; -errno. */
int slirp_services_add(struct slirp_shard *shard);
/* libslirp has opened @fd: if that is a connection to the stub, connect it to
 * its service, now or later. */
void slirp_service_connect(struct slirp_net *net, int fd);
/* libslirp is about to close @fd. */
void slirp_service_forget(struct slirp_net *net, int fd);
/* Try to connect those that wait, if it is time; when that will be, or
 * UINT64_MAX. */
void slirp_services_retry(struct slirp_net *net);
uint64_t slirp_services_deadline(const struct slirp_net *net);

#endif
