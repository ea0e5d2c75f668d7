/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_host.h - the host's side of the network: forwards, capture, libslirp
 *
 * It outlives machines: over a reset the ports stay open.
 *
 * Threads: main thread.
 */
#ifndef CLI_NET_HOST_H
#define CLI_NET_HOST_H

#include <stddef.h>
#include <stdint.h>

#include "devices/net/pcapng.h"

struct net_config;
struct netdev;
struct sink;
struct wait_ports;

struct net_host {
	/* For the network card; NULL: there is to be none. */
	struct netdev *netdev;
	struct pcapng capture;
	struct sink *capture_sink;
	int capture_fd;
	/* At the end: the bytes that did not go into the capture. */
	uint64_t left_out;
};

/* Create the file of @config's capture, if there is to be one: that may wait
 * for ever, for the reader of a FIFO.  @host has a capture_fd of -1, else
 * zeros.  Logs; -errno, and net_host_close() is to be called all the same. */
int net_host_create_capture(struct net_host *host,
			    const struct net_config *config);

/*
 * Open what else @config, which must outlive it, asks for; the sockets of its
 * forwards become its own.  The capture has at most @max_capture
 * bytes, if that isn't 0.  Says which ports were chosen.  Logs; -errno.
 */
int net_host_open(struct net_host *host, struct net_config *config,
		  uint64_t max_capture);

/* Start to write the capture.  Logs; -errno. */
int net_host_start(struct net_host *host);

/* Have @answered(@arg, its index) called, on any thread, when one of @ports has
 * answered.  Once, before there is a machine.  Logs; -errno. */
int net_host_await(struct net_host *host, const struct wait_ports *ports,
		   void (*answered)(void *arg, size_t index), void *arg);

/* End the network, which no machine uses any more; the forwards' sockets stay.
 */
void net_host_stop(struct net_host *host);

/* Close all but the forwards' sockets; no machine uses it any more.  As long
 * as the capture's file takes something, @patience_ms is not over.  -errno: not
 * all could be written. */
int net_host_close(struct net_host *host, unsigned patience_ms);

#endif
