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
	/* The largest IP packet libslirp makes is one byte larger. */
	NET_MTU_MAX = 65520,
	NET_MTU_MIN = 576,
	/* What IPv6 needs: RFC 8200, 5. */
	NET_MTU_IPV6 = 1280,
};

/* A TCP service on the network that a unix socket of the host provides. */
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
	/* The user has named an address of it. */
	bool named;
	bool ipv6;
	struct in6_addr prefix6, gateway6, dns6;
	/* Nothing leaves; the host itself may be reached, see policy.h. */
	bool restricted, host;
	/* For DHCP; NULL where there is none. */
	char *hostname, *domain, *bootfile;
	struct string_list dns_search;
	/* The directory that TFTP serves, or NULL. */
	char *tftp;
	struct net_service *services;
	size_t n_services;
	struct forwards forwards;
	/* Where a capture goes, or NULL. */
	char *pcap;

	/* The NIC; a MAC of zeros is net_config_mac()'s to choose, a queue
	 * size of 0 the device's. */
	uint8_t mac[6];
	unsigned mtu;
	enum net_ring ring;
	unsigned queue_size;
	bool in_order, transitional;
	/* See burnin.h; not 0. */
	unsigned burnin;

	/* What -p, --any-port and --pcap say: a later --net does not change
	 * it, and net_options_finish() applies it. */
	struct forwards publish;
	bool any_port;
	char *capture;
};

/* Give each address that is 0, and so not named, its default in the network;
 * that has one, too. */
void net_config_complete(struct net_config *config);

/* The network @subnet/@prefix with hosts where QEMU has them; @prefix from 8 to
 * 27. */
void net_config_subnet(struct net_config *config, struct in_addr subnet,
		       unsigned prefix);

/* The IPv4 network as ADDRESS/PREFIX; returns @buf. */
enum { NET_SUBNET_TEXT = 20 };
const char *net_config_text(const struct net_config *config,
			    char buf[NET_SUBNET_TEXT]);

/*
 * Unless the user gave one, the MAC of a VM called @name: the same for the
 * same name, locally administered, and with the beginning, 52:54:00, by which
 * virtual machines' are known.
 */
void net_config_mac(struct net_config *config, const char *name);

/* Once all options are in: whether they go together.  Logs one line;
 * -EINVAL. */
int net_config_check(const struct net_config *config);

/* The options that set it, of which --net is the first, and the keys of --net,
 * which set one whose addresses net_config_complete() is to complete. */
extern const struct option_spec net_options[], net_keys[];

/* All options are in: put together what they say, for the VM called @name.
 * Logs one line; -EINVAL, -ENOMEM. */
int net_options_finish(struct net_config *config, const char *name);

/* Free what it owns; one that is all zero is fine. */
void net_config_free(struct net_config *config);

#endif
