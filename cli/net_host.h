/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_host.h - the host's side of the network: forwards, capture, libslirp
 *
 * It outlives machines: the ports stay open over a reset.
 *
 * Threads: main thread.
 */
#ifndef CLI_NET_HOST_H
#define CLI_NET_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/net/pcapng.h"

struct net_config;
struct netdev;
struct sink;
struct wait_ports;

struct net_host {
	/* For the network card; NULL: the machine has none. */
	struct netdev *netdev;
	struct net_config *config;
	/* What the network's process is told, if there is one. */
	const struct wait_ports *ports;
	int (*confine)(void *arg);
	void *confine_arg;
	struct pcapng capture;
	struct sink *capture_sink;
	int capture_fd;
	/* Final at the end: how many bytes were left out of the capture. */
	uint64_t left_out;
};

/* Create the capture's file, if @config asks for one.  That waits until a FIFO
 * has a reader, maybe for ever.  @host has a capture_fd of -1 and is zero
 * otherwise.  Logs; -errno, and net_host_close() must be called all the
 * same. */
int net_host_create_capture(struct net_host *host,
			    const struct net_config *config);

/*
 * Open the rest of what @config asks for.  @config must outlive @host, and gets
 * the sockets of its forwards.  The capture has at most @max_capture bytes; 0:
 * any number.  Tells which ports were chosen.  Logs; -errno.
 */
int net_host_open(struct net_host *host, struct net_config *config,
		  uint64_t max_capture);

/* Start the network's process, if @config asked for one: it then calls
 * @confine(@arg), which limits what it can do, and for which it has the
 * descriptor @fd, if that is not -1.  There must be no other thread.  Logs;
 * -errno. */
int net_host_fork(struct net_host *host, int (*confine)(void *arg), void *arg,
		  int fd);

/* Start the threads: one that writes the capture, and one for the network's
 * process.  Logs; -errno. */
int net_host_start(struct net_host *host);

/* Call @answered(@arg, its index), on any thread, when one of @ports has
 * answered.  Call this once, before there is a machine.  Logs; -errno. */
int net_host_await(struct net_host *host, const struct wait_ports *ports,
		   void (*answered)(void *arg, size_t index), void *arg);

/* End the network, which no machine uses any more.  The forwards' sockets stay
 * open. */
void net_host_stop(struct net_host *host);

/* Close everything but the forwards' sockets; no machine uses it any more.  The
 * capture's file is given up after it has taken nothing for @patience_ms.
 * -errno: not everything could be written. */
int net_host_close(struct net_host *host, unsigned patience_ms);

#endif
