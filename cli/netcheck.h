/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netcheck.h - what parts of the network will work on this host
 *
 * Threads: main thread.
 */
#ifndef CLI_NETCHECK_H
#define CLI_NETCHECK_H

#include <stdio.h>

struct net_config;

/* Print them to @out, for the network that @config asks for: its addresses, the
 * name servers and ping, with advice for what will not work. */
void netcheck(const struct net_config *config, FILE *out);

#endif
