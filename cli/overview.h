/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * overview.h - what a run consists of, logged at its start (-v)
 *
 * Threads: main thread.
 */
#ifndef CLI_OVERVIEW_H
#define CLI_OVERVIEW_H

struct host;
struct net_config;

/* Log the kernel, what it needs, its command line, and the network card. */
void overview_log(const struct host *host, const struct net_config *net);

#endif
