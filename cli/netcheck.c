/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/netcheck.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "devices/nat/host_route.h"
#include "devices/nat/resolvers.h"
#include "devices/net/net_config.h"
#include "devices/net/subnet.h"
#include "devices/slirp/slirp.h"

static void check_library(FILE *out)
{
	bool faulty;
	const char *version = slirp_version(&faulty);

	fprintf(out, "user network: libslirp %s%s\n", version,
		faulty ? " (has faults that a guest could use: minivmm checks "
			 "frames before it and serves TFTP in its place; 4.9.2 "
			 "has fewer)" :
			 "");
}

static void check_subnet(const struct net_config *c, FILE *out)
{
	char text[NET_SUBNET_TEXT];

	fprintf(out, "guest's network: %s%s\n", net_config_text(c, text),
		subnet_is_shared(c) ?
			" (the host is in it, too, and what is near the host "
			"there is out of the guest's reach: choose another by "
			"subnet=)" :
			"");
}

static void check_resolvers(FILE *out)
{
	struct resolvers r = { .count = 0 };
	char text[INET6_ADDRSTRLEN];

	resolvers_refresh(&r, now_ns());
	fprintf(out, "name servers:");
	for (size_t i = 0; i < r.count; i++) {
		const union net_sockaddr *a = &r.list[i].addr;
		bool v4 = a->any.sa_family == AF_INET;

		inet_ntop(a->any.sa_family,
			  v4 ? (const void *)&a->in.sin_addr :
			       &a->in6.sin6_addr,
			  text, sizeof(text));
		fprintf(out, " %s", text);
	}
	if (r.fallback)
		fprintf(out, " (" RESOLVERS_PATH " names none; DNS by TCP is "
			     "refused)");
	else if (!resolvers_have(&r, AF_INET))
		fprintf(out, " (no one of IPv4: DNS by TCP works by IPv6 "
			     "only)");
	fprintf(out, "\n");
}

static void check_ping(FILE *out)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);

	if (fd < 0)
		fprintf(out,
			"ping: no (%s: have an administrator set sysctl "
			"net.ipv4.ping_group_range=\"0 2147483647\"; until "
			"then a guest is told that it is forbidden)\n",
			strerror(errno));
	else
		fprintf(out, "ping: yes\n");
	close_fd(&fd);
}

/* Only the kernel knows which addresses are the host's own. */
static void check_route(FILE *out)
{
	struct host_route route = { .fd = -1 };
	int err = host_route_open(&route);

	if (err < 0)
		fprintf(out,
			"host's addresses: not known (netlink: %s: allow the "
			"address family AF_NETLINK, or machines with a network "
			"need host=on)\n",
			strerror(-err));
	host_route_close(&route);
}

void netcheck(const struct net_config *config, FILE *out)
{
	check_library(out);
	if (!config->enabled)
		return;
	check_subnet(config, out);
	check_resolvers(out);
	check_ping(out);
	check_route(out);
}
