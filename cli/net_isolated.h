/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_isolated.h - the user network in a process of its own, for net_host.c
 *
 * Threads: main thread.
 */
#ifndef CLI_NET_ISOLATED_H
#define CLI_NET_ISOLATED_H

struct net_host;
struct pcapng;

/* Prepare the network of @host; @capture or NULL takes its frames.  Logs;
 * -errno. */
int net_isolated_open(struct net_host *host, const struct pcapng *capture);

/* Start its process, which keeps the forwards' sockets and @fd, if that is not
 * -1, and calls confine() of @host.  Logs; -errno. */
int net_isolated_fork(struct net_host *host, int fd);

#endif
