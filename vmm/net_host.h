/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_host.h - the host's side of the network: forwards, capture, libslirp
 *
 * It outlives machines: over a reset the ports stay open.
 *
 * Threads: main thread.
 */
#ifndef VMM_NET_HOST_H
#define VMM_NET_HOST_H

#include "devices/net/pcapng.h"

struct net_config;
struct netdev;
struct sink;

struct net_host {
	/* For the network card; NULL: there is to be none. */
	struct netdev *netdev;
	struct pcapng capture;
	struct sink *capture_sink;
	int capture_fd;
};

/*
 * Open what @config, which must outlive it, asks for; the sockets of its
 * forwards become its own.  Says which ports were chosen.  @host has a
 * capture_fd of -1, else zeros.  Logs; -errno, and net_host_close() is to be
 * called all the same.
 */
int net_host_open(struct net_host *host, struct net_config *config);

/* Close all but the forwards' sockets; no machine uses it any more.  As long
 * as the capture's file takes something, @patience_ms is not over. */
void net_host_close(struct net_host *host, unsigned patience_ms);

#endif
