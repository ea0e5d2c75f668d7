/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/net/subnet.h"

#include <ifaddrs.h>
#include <string.h>

#include "base/util.h"
#include "devices/firewall/packet.h"
#include "devices/net/net_config.h"

enum {
	PREFIX = 24,
	/* How many IPv6 networks are tried. */
	PREFIXES6 = 8,
};

static bool has_v4(const struct ifaddrs *all, const struct net_config *c)
{
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		const struct sockaddr_in *in = (const void *)i->ifa_addr;

		if (in && in->sin_family == AF_INET &&
		    (in->sin_addr.s_addr & c->netmask.s_addr) ==
			    c->subnet.s_addr)
			return true;
	}
	return false;
}

static bool has_v6(const struct ifaddrs *all, const struct net_config *c)
{
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		const struct sockaddr_in6 *in6 = (const void *)i->ifa_addr;

		if (in6 && in6->sin6_family == AF_INET6 &&
		    memcmp(&in6->sin6_addr, &c->prefix6, 8) == 0)
			return true;
	}
	return false;
}

static void choose_v4(const struct ifaddrs *all, struct net_config *c)
{
	static const uint32_t others[] = {
		0x0a006600,
		0x0a660200,
		0xac1f6600,
		0xc0a8ca00,
	};
	const struct net_config was = *c;

	for (unsigned i = 0; i < ARRAY_SIZE(others) && has_v4(all, c); i++)
		net_config_subnet(c, (struct in_addr){ htonl(others[i]) },
				  PREFIX);
	if (has_v4(all, c))
		*c = was;
}

static void choose_v6(const struct ifaddrs *all, struct net_config *c)
{
	for (uint16_t i = 1; i < PREFIXES6 && has_v6(all, c); i++) {
		put_be16(c->prefix6.s6_addr + 6, i);
		put_be16(c->gateway6.s6_addr + 6, i);
		put_be16(c->dns6.s6_addr + 6, i);
	}
}

/* If the addresses can't be read, the host has none. */
static struct ifaddrs *addresses(void)
{
	struct ifaddrs *all = NULL;

	return getifaddrs(&all) < 0 ? NULL : all;
}

void subnet_choose(struct net_config *config)
{
	struct ifaddrs *all = addresses();

	if (!config->named)
		choose_v4(all, config);
	choose_v6(all, config);
	freeifaddrs(all);
}

bool subnet_is_shared(const struct net_config *config)
{
	struct ifaddrs *all = addresses();
	bool shared =
		has_v4(all, config) || (config->ipv6 && has_v6(all, config));

	freeifaddrs(all);
	return shared;
}
