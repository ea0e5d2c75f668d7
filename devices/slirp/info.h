/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * info.h - what libslirp says about its connections
 *
 * libslirp's only answer is a table for people to read,
 * slirp_connection_info().  To get it takes some microseconds for each
 * connection.  With the lock held.
 */
#ifndef DEVICES_SLIRP_INFO_H
#define DEVICES_SLIRP_INFO_H

#include <stdbool.h>
#include <stdint.h>

struct slirp_net;

/* Whether the guest's connection with these ports is established or, if several
 * may be meant, each of them is. */
bool slirp_info_established(struct slirp_net *net, uint16_t port,
			    uint16_t peer_port);
/* How many TCP connections have no socket. */
unsigned slirp_info_bare(struct slirp_net *net);

#endif
