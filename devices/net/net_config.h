/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_config.h - what the user asked for of the network
 *
 * Filled from the options, read-only once the VM runs.  Main thread.
 */
#ifndef DEVICES_NET_NET_CONFIG_H
#define DEVICES_NET_NET_CONFIG_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/option.h"
#include "base/string_list.h"
#include "devices/net/forward.h"

/* In the order of the words of ring=. */
enum net_ring { NET_RING_ANY, NET_RING_SPLIT, NET_RING_PACKED };

enum {
	/* One byte less than the largest IP packet that libslirp makes. */
	NET_MTU_MAX = 65520,
	NET_MTU_MIN = 576,
	/* The minimum for IPv6: RFC 8200, 5. */
	NET_MTU_IPV6 = 1280,
};

/* A TCP service on the guest's network that a Unix socket of the host
 * provides. */
struct net_service {
	struct in_addr addr;
	uint16_t port;
	char *path;
};

struct net_config {
	/* There is a NIC. */
	bool enabled;

	/* The network. */
	struct in_addr subnet, netmask, gateway, dns, dhcp_start;
	/* The user has named an address of the network. */
	bool named;
	bool ipv6;
	struct in6_addr prefix6, gateway6, dns6;
	/* Whether nothing may leave the network, and whether the guest may
	 * reach the host, see policy.h. */
	bool restricted, host;
	/* What DHCP tells the guest; NULL: nothing. */
	char *hostname, *domain, *bootfile;
	struct string_list dns_search;
	/* The directory that TFTP serves, or NULL. */
	char *tftp;
	struct net_service *services;
	size_t n_services;
	struct forwards forwards;
	/* The file for a capture, or NULL. */
	char *pcap;

	/* The network has a process of its own (devices/isolate). */
	bool isolate;

	/* The NIC.  If the MAC is all zeros, net_config_mac() makes one; a
	 * queue size of 0 is the device's default. */
	uint8_t mac[6];
	unsigned mtu;
	enum net_ring ring;
	unsigned queue_size;
	bool in_order, transitional;
	/* See burnin.h; not 0. */
	unsigned burnin;

	/* From -p, --any-port and --pcap.  A later --net does not change these;
	 * net_options_finish() applies them. */
	struct forwards publish;
	bool any_port;
	char *capture;
};

/* Give each address that is 0, and so not named, its default in the network;
 * that has one, too. */
void net_config_complete(struct net_config *config);

/* Use the network @subnet/@prefix, with its hosts at the same places as in
 * QEMU; @prefix is from 8 to 27. */
void net_config_subnet(struct net_config *config, struct in_addr subnet,
		       unsigned prefix);

/* The IPv4 network as ADDRESS/PREFIX; returns @buf. */
enum { NET_SUBNET_TEXT = 20 };
const char *net_config_text(const struct net_config *config,
			    char buf[NET_SUBNET_TEXT]);

/*
 * Unless the user gave a MAC, make one for a VM called @name.  The same name
 * always gives the same MAC.  It is locally administered, and begins with
 * 52:54:00, as those of virtual machines usually do.
 */
void net_config_mac(struct net_config *config, const char *name);

/* Called once all options are parsed: check that they fit together.  Logs one
 * line; -EINVAL. */
int net_config_check(const struct net_config *config);

/* The options that set it, --net first; and the keys of --net.  These set a
 * config whose addresses net_config_complete() has yet to complete. */
extern const struct option_spec net_options[], net_keys[];

/* Called once all options are parsed: combine them, for the VM called @name.
 * Logs one line; -EINVAL, -ENOMEM. */
int net_options_finish(struct net_config *config, const char *name);

/* Free what it owns; one that is all zero is fine. */
void net_config_free(struct net_config *config);

#endif
