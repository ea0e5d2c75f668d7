/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * internal.h - the user network, put together from its parts
 *
 * Each part is a struct in the header of its file.  That header says what the
 * struct is for, and only that file changes it.  slirp.h is the public
 * interface.
 *
 *	slirp.c		opening, starting and stopping
 *	tx.c		frames from the guest: into the ring, and on to libslirp
 *	loop.c		the thread net-rx
 *	watch.c		what net-rx waits for
 *	poll.c		what libslirp waits for
 *	shard.c		which instance of libslirp has a connection
 *	instance.c	instances of libslirp, their clock and callbacks
 *	idle.c		whether libslirp's timers do anything
 *	info.c		what libslirp says about its connections
 *	output.c	frames from libslirp
 *	deliver.c	frames for the guest
 *	fds.c		libslirp's descriptors: none blocks, and not too many
 *	burnin.c	brings the guest's rings close to their wrap
 *	counters.c	the counters
 *	udp.c		UDP and ping, without libslirp
 *	tftp_service.c	TFTP instead of libslirp's, on a thread of its own
 *	guestfwd.c	services of the network that are the host's sockets
 *	neighbour.c	tells libslirp where its answers go
 *	mss.c		keeps segments from being too large
 *	window.c	larger TCP windows for what the guest sends
 *	timewait.c	makes libslirp forget connections that are over
 *	pairing.c	finds the descriptor of a connection
 *	hostfwd.c	forwards, from the host's sockets to the guest's address
 *	listener.c	has libslirp accept on sockets of ours
 *	alias.c		forwards that lead to the same port
 *	probe.c		finds out when the guest listens
 *
 * Everything belongs to the holder of the lock unless it says otherwise.
 */
#ifndef DEVICES_SLIRP_INTERNAL_H
#define DEVICES_SLIRP_INTERNAL_H

#include <slirp/libslirp.h>

#include "base/log.h"
#include "devices/firewall/firewall.h"
#include "devices/nat/host_route.h"
#include "devices/nat/udp_nat.h"
#include "devices/net/net_config.h"
#include "devices/net/netdev.h"
#include "devices/net/pcapng.h"
#include "devices/slirp/alias.h"
#include "devices/slirp/burnin.h"
#include "devices/slirp/deliver.h"
#include "devices/slirp/dhcp_leases.h"
#include "devices/slirp/fds.h"
#include "devices/slirp/guest_addr.h"
#include "devices/slirp/guestfwd.h"
#include "devices/slirp/hostfwd.h"
#include "devices/slirp/instance.h"
#include "devices/slirp/loop.h"
#include "devices/slirp/probe.h"
#include "devices/slirp/shard.h"
#include "devices/slirp/tftp_worker.h"
#include "devices/slirp/tx.h"
#include "devices/slirp/watch.h"
#include "devices/slirp/window.h"

struct slirp_net {
	struct netdev dev;
	/* By slirp_open(). */
	bool allocated;
	/* These do not change while the network is open. */
	const struct net_config *config;
	const struct pcapng *capture;
	/* It does not change while the network is started.  While it is
	 * stopped, this is a NIC that ignores everything. */
	struct netdev_nic nic;

	struct slirp_loop loop;
	struct slirp_watches watches;
	struct slirp_tx tx;
	struct slirp_delivery delivery;

	struct slirp_shards shards;
	/* The MTU for which the instances were made. */
	unsigned mtu;
	/* The time of this turn of the loop. */
	uint64_t now_ns;
	struct slirp_clock clock;
	/* The log handler for libslirp's messages; 0: none. */
	unsigned log_handler;
	struct slirp_fds fds;

	struct firewall firewall;
	/* The firewall's copy of the config's services. */
	struct policy_service *policy_services;
	struct host_route host_route;
	struct udp_nat udp;
	struct dhcp_leases leases;
	struct tftp_worker *tftp;
	struct guest_addr guest;
	/* The sender of the last packet. */
	struct slirp_neighbour sender;
	struct slirp_burnin burnin;
	struct slirp_services services;
	struct slirp_forwards forwards;
	struct slirp_aliases aliases;
	struct slirp_probes probes;

	/* The packet from the guest for which libslirp may open a socket now,
	 * or NULL. */
	const struct packet *opening;
	struct slirp_held_ack held_ack;
	/* timewait.c: when the guests of half-closed connections are asked
	 * next; 0: not at all. */
	uint64_t keepalive_ns;

	struct log_limit limit;
	/* Counters of mss.c and timewait.c. */
	uint64_t segments, left, keepalives;
};

#endif
