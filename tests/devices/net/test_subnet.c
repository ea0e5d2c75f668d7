/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's network is none of the host's. */
#include <stdlib.h>
#include <string.h>

#include "cli/netcheck.h"
#include "devices/net/subnet.h"
#include "tests/net_guest.h"
#include "tests/net_options.h"

static struct net_config config;
static char text[NET_SUBNET_TEXT];

static void parse(const char *net)
{
	net_config_free(&config);
	ck_assert_int_eq(net_option(&config, net), 0);
	subnet_choose(&config);
	ck_assert_int_eq(net_config_check(&config), 0);
}

static const char *subnet_of(const char *net)
{
	parse(net);
	return net_config_text(&config, text);
}

START_TEST(the_first_that_is_free_is_taken)
{
	static const char *const addrs[] = { "10.0.2.99", "10.0.102.1",
					     "10.102.2.1", "172.31.102.1",
					     "192.168.202.1" };
	static const char *const subnets[] = {
		"10.0.2.0/24",	   "10.0.102.0/24",    "10.102.2.0/24",
		"172.31.102.0/24", "192.168.202.0/24", "10.0.2.0/24",
	};

	host_namespace();
	for (unsigned i = 0; i < ARRAY_SIZE(subnets); i++) {
		ck_assert_str_eq(subnet_of("user"), subnets[i]);
		ck_assert_uint_eq(ntohl(config.gateway.s_addr) & 0xff, 2);
		ck_assert_uint_eq(ntohl(config.dns.s_addr) & 0xff, 3);
		ck_assert_uint_eq(ntohl(config.dhcp_start.s_addr) & 0xff, 15);
		ck_assert_int_eq(subnet_is_shared(&config),
				 i == ARRAY_SIZE(addrs));
		if (i < ARRAY_SIZE(addrs))
			host_address(addrs[i]);
	}
	net_config_free(&config);
}
END_TEST

/* Near it is not in it. */
START_TEST(a_neighbour_is_no_reason)
{
	host_namespace();
	host_address("10.0.3.2");
	host_address("10.0.1.255");
	ck_assert_str_eq(subnet_of("user"), "10.0.2.0/24");
	net_config_free(&config);
}
END_TEST

START_TEST(what_the_user_names_stays)
{
	static const char *const nets[] = {
		"user,subnet=10.0.2.0/24",
		"user,dns=10.0.2.9",
		"user,dhcp=10.0.2.20",
		"user,host=10.0.2.1",
		"user,guestfwd=10.0.2.100:80-unix:/x",
	};

	host_namespace();
	host_address("10.0.2.99");
	for (unsigned i = 0; i < ARRAY_SIZE(nets); i++)
		ck_assert_msg(strcmp(subnet_of(nets[i]), "10.0.2.0/24") == 0,
			      "%s", nets[i]);
	ck_assert(subnet_is_shared(&config));
	ck_assert_str_eq(subnet_of("user,host=on"), "10.0.102.0/24");
	net_config_free(&config);
}
END_TEST

START_TEST(ipv6_has_another_prefix)
{
	char addr[INET6_ADDRSTRLEN];

	host_namespace();
	host_address("fec0::5054:ff:fe12:3456");
	host_address("fec0:0:0:1::7");
	parse("user");
	inet_ntop(AF_INET6, &config.gateway6, addr, sizeof(addr));
	ck_assert_str_eq(addr, "fec0:0:0:2::2");
	inet_ntop(AF_INET6, &config.dns6, addr, sizeof(addr));
	ck_assert_str_eq(addr, "fec0:0:0:2::3");
	inet_ntop(AF_INET6, &config.prefix6, addr, sizeof(addr));
	ck_assert_str_eq(addr, "fec0:0:0:2::");
	ck_assert(!subnet_is_shared(&config));
	net_config_free(&config);
}
END_TEST

/* What `minivmm check` says, on a host like this. */
static char *check(const char *net)
{
	char *out = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&out, &len);

	parse(net);
	netcheck(&config, file);
	fclose(file);
	net_config_free(&config);
	return out;
}

static void check_says(const char *net, const char *what, bool said)
{
	char *out = check(net);

	ck_assert_msg(!!strstr(out, what) == said, "%s: %s", what, out);
	free(out);
}

START_TEST(what_will_not_work_is_told)
{
	host_namespace();
	host_file("/etc/resolv.conf", "nameserver 192.0.2.1\nnameserver ::1\n");
	host_write("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
	check_says("user", "guest's network: 10.0.2.0/24\n", true);
	check_says("user", "name servers: 192.0.2.1 ::1\n", true);
	check_says("user", "ping: yes\n", true);
	check_says("user", "netlink", false);
	check_says("none", "ping", false);
	host_address("10.0.2.99");
	host_write("/proc/sys/net/ipv4/ping_group_range", "1 0");
	host_write("/etc/resolv.conf", "nameserver ::1\n");
	check_says("user", "guest's network: 10.0.102.0/24\n", true);
	check_says("user,subnet=10.0.2.0/24",
		   "choose another by subnet=", true);
	check_says("user", "ping_group_range=", true);
	check_says("user", "name servers: ::1 (no one of IPv4", true);
	host_write("/etc/resolv.conf", "\n");
	check_says("user", "name servers: 127.0.0.1 (/etc/resolv.conf", true);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_first_that_is_free_is_taken, a_neighbour_is_no_reason,
		what_the_user_names_stays,	 ipv6_has_another_prefix,
		what_will_not_work_is_told,	 NULL,
	};

	return unit_run(unit_suite("subnet", tests));
}
