/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_config.c - the default network, and whether what the user asked for fits
 * together
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "devices/net/net_config.h"

enum {
	/* Hosts of the network, as QEMU numbers them. */
	HOST_GATEWAY = 2,
	HOST_DNS = 3,
	HOST_DHCP = 15,
	/* How many leases libslirp has. */
	DHCP_LEASES = 16,
};

static struct in_addr host_of(struct in_addr subnet, uint32_t host)
{
	return (struct in_addr){ htonl(ntohl(subnet.s_addr) + host) };
}

void net_config_subnet(struct net_config *config, struct in_addr subnet,
		       unsigned prefix)
{
	config->netmask.s_addr = htonl(UINT32_MAX << (32 - prefix));
	config->subnet.s_addr = subnet.s_addr & config->netmask.s_addr;
	config->gateway = host_of(config->subnet, HOST_GATEWAY);
	config->dns = host_of(config->subnet, HOST_DNS);
	config->dhcp_start = host_of(config->subnet, HOST_DHCP);
}

const char *net_config_text(const struct net_config *config,
			    char buf[NET_SUBNET_TEXT])
{
	char addr[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &config->subnet, addr, sizeof(addr));
	snprintf(buf, NET_SUBNET_TEXT, "%s/%d", addr,
		 __builtin_popcount(config->netmask.s_addr));
	return buf;
}

void net_config_mac(struct net_config *config, const char *name)
{
	static const uint8_t none[6] = { 0 };
	/* FNV-1a. */
	uint32_t hash = 0x811c9dc5;

	if (memcmp(config->mac, none, sizeof(none)) != 0)
		return;
	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 0x01000193;
	hash ^= hash >> 24;
	memcpy(config->mac, "\x52\x54\0", 3);
	config->mac[3] = (uint8_t)(hash >> 16);
	config->mac[4] = (uint8_t)(hash >> 8);
	config->mac[5] = (uint8_t)hash;
}

static bool in_subnet(const struct net_config *config, struct in_addr addr,
		      uint32_t count)
{
	uint32_t host = ntohl(addr.s_addr) - ntohl(config->subnet.s_addr);
	uint32_t hosts = ~ntohl(config->netmask.s_addr);

	return host >= 1 && host < hosts && count <= hosts - host;
}

/* Log that @addr, the value of the key @name, can't be used; -EINVAL. */
static int reject(const char *name, struct in_addr addr, const char *why)
{
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &addr, text, sizeof(text));
	return log_fail(-EINVAL, "--net: %s %s: %s", name, text, why);
}

/* Check that the @count addresses from @addr on can be hosts of the network. */
static int check_addr(const struct net_config *config, const char *name,
		      struct in_addr addr, uint32_t count)
{
	char net[NET_SUBNET_TEXT], why[100];

	if (in_subnet(config, addr, count))
		return 0;
	snprintf(why, sizeof(why),
		 "not a host of the guest's network %s: choose one that is",
		 net_config_text(config, net));
	return reject(name, addr, why);
}

static int check_services(const struct net_config *c)
{
	for (size_t i = 0; i < c->n_services; i++) {
		struct in_addr addr = c->services[i].addr;
		int rc = check_addr(c, "guestfwd", addr, 1);

		if (rc < 0)
			return rc;
		if (addr.s_addr == c->gateway.s_addr ||
		    addr.s_addr == c->dns.s_addr)
			return reject("guestfwd", addr,
				      "the gateway or the name server has this "
				      "address: choose another");
	}
	return 0;
}

static int check_forwards(const struct net_config *c)
{
	char text[FORWARD_TEXT];

	for (size_t i = 0; i < c->forwards.count; i++) {
		const struct forward *f = &c->forwards.list[i];

		forward_host_text(f, text);
		if (!c->enabled)
			return log_fail(-EINVAL,
					"a forward from %s: it needs a "
					"network: leave out --net none",
					text);
		if (f->host.ss_family == AF_INET6 && !c->ipv6)
			return log_fail(-EINVAL,
					"a forward from %s: it leads to the "
					"guest's IPv6 address: leave out "
					"ipv6=off",
					text);
		if (f->guest.s_addr &&
		    check_addr(c, "hostfwd", f->guest, 1) < 0)
			return -EINVAL;
	}
	return 0;
}

int net_config_check(const struct net_config *config)
{
	uint32_t first = ntohl(config->dhcp_start.s_addr);
	uint32_t gateway = ntohl(config->gateway.s_addr);
	uint32_t dns = ntohl(config->dns.s_addr);

	if (check_addr(config, "host", config->gateway, 1) < 0 ||
	    check_addr(config, "dns", config->dns, 1) < 0 ||
	    check_addr(config, "dhcp", config->dhcp_start, DHCP_LEASES) < 0 ||
	    check_services(config) < 0 || check_forwards(config) < 0)
		return -EINVAL;
	if (gateway == dns)
		return reject("dns", config->dns,
			      "the gateway has this address: choose another");
	if (gateway - first < DHCP_LEASES || dns - first < DHCP_LEASES)
		return reject(
			"dhcp", config->dhcp_start,
			"the 16 addresses from there on include the "
			"gateway or the name server: choose a higher one");
	if (config->ipv6 && config->mtu < NET_MTU_IPV6)
		return log_fail(-EINVAL,
				"--net: mtu %u: IPv6 needs %d at least: add "
				"ipv6=off",
				config->mtu, NET_MTU_IPV6);
	if (config->isolate && config->burnin)
		return log_fail(-EINVAL,
				"--net-burnin: it counts the card's buffers, "
				"which a network in a process of its own does "
				"not see: leave out isolate=on");
	if (config->capture && !config->enabled)
		return log_fail(-EINVAL, "--pcap: there is no network card: "
					 "leave out --net none");
	return 0;
}

void net_config_complete(struct net_config *config)
{
	const struct net_config given = *config;
	struct in_addr subnet = { htonl(0x0a000200) };
	unsigned prefix = 24;

	if (given.netmask.s_addr) {
		subnet = given.subnet;
		prefix = (unsigned)__builtin_popcount(given.netmask.s_addr);
	}
	net_config_subnet(config, subnet, prefix);
	if (given.gateway.s_addr)
		config->gateway = given.gateway;
	if (given.dns.s_addr)
		config->dns = given.dns;
	if (given.dhcp_start.s_addr)
		config->dhcp_start = given.dhcp_start;
	config->named = given.netmask.s_addr || given.gateway.s_addr ||
			given.dns.s_addr || given.dhcp_start.s_addr ||
			given.n_services;
	inet_pton(AF_INET6, "fec0::", &config->prefix6);
	inet_pton(AF_INET6, "fec0::2", &config->gateway6);
	inet_pton(AF_INET6, "fec0::3", &config->dns6);
}

void net_config_free(struct net_config *config)
{
	for (size_t i = 0; i < config->n_services; i++)
		free(config->services[i].path);
	string_list_free(&config->dns_search);
	free(config->services);
	free(config->hostname);
	free(config->domain);
	free(config->bootfile);
	free(config->tftp);
	free(config->pcap);
	free(config->capture);
	forwards_free(&config->forwards);
	forwards_free(&config->publish);
	*config = (struct net_config){ .enabled = false };
}
