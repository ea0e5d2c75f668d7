/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netcheck.h - what of the network will work on this host
 *
 * Threads: main thread.
 */
#ifndef CLI_NETCHECK_H
#define CLI_NETCHECK_H

#include <stdio.h>

struct net_config;

/* Print it to @out, for the network that @config asks for: its addresses, the
 * name servers, ping, and what to do about what won't work. */
void netcheck(const struct net_config *config, FILE *out);

#endif
