/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "devices/net/net_config.h"
#include "tests/files.h"
#include "tests/net_options.h"
#include "tests/unit.h"

static struct net_config config;

static int parse(const char *text)
{
	net_config_free(&config);
	return net_option(&config, text);
}

static void accept_text(const char *text)
{
	ck_assert_msg(parse(text) == 0, "%s", text);
	ck_assert_msg(net_config_check(&config) == 0, "%s", text);
}

static const char *addr_text(struct in_addr addr)
{
	static char text[INET_ADDRSTRLEN];

	return inet_ntop(AF_INET, &addr, text, sizeof(text));
}

START_TEST(the_defaults_are_qemus_addresses)
{
	accept_text("user");
	ck_assert(config.enabled && config.ipv6);
	ck_assert_str_eq(addr_text(config.subnet), "10.0.2.0");
	ck_assert_str_eq(addr_text(config.netmask), "255.255.255.0");
	ck_assert_str_eq(addr_text(config.gateway), "10.0.2.2");
	ck_assert_str_eq(addr_text(config.dns), "10.0.2.3");
	ck_assert_str_eq(addr_text(config.dhcp_start), "10.0.2.15");
	ck_assert(!config.restricted && !config.host && !config.isolate);
	ck_assert_uint_eq(config.mtu, 65520);
}
END_TEST

START_TEST(none_is_no_network)
{
	ck_assert_int_eq(parse("none"), 0);
	ck_assert(!config.enabled);
	log_capture();
	ck_assert_int_eq(parse("none,restrict=on"), -EINVAL);
	log_expect("leave out what follows none");
	ck_assert_int_eq(parse("tap"), -EINVAL);
	log_expect("--net tap: not one of user none");
}
END_TEST

START_TEST(keys_set_what_they_say)
{
	accept_text("user,mtu=9000,mac=52:54:00:ab:cd:ef,ring=packed,"
		    "queue-size=128,in-order,transitional=on,ipv6=off,"
		    "restrict=yes,host=on,hostname=box,domain=example.org,"
		    "dns-search=a.example,dns-search=b.example,bootfile=pxe,"
		    "tftp=/srv/a,,b,pcap=x.pcapng,isolate=on");
	ck_assert_uint_eq(config.mtu, 9000);
	ck_assert_mem_eq(config.mac, "\x52\x54\0\xab\xcd\xef", 6);
	ck_assert_int_eq(config.ring, NET_RING_PACKED);
	ck_assert_uint_eq(config.queue_size, 128);
	ck_assert(config.in_order && config.transitional && !config.ipv6);
	ck_assert(config.restricted && config.host && config.isolate);
	ck_assert_str_eq(config.hostname, "box");
	ck_assert_str_eq(config.domain, "example.org");
	ck_assert_str_eq(config.dns_search.strings[0], "a.example");
	ck_assert_str_eq(config.dns_search.strings[1], "b.example");
	ck_assert_ptr_null(config.dns_search.strings[2]);
	ck_assert_str_eq(config.bootfile, "pxe");
	ck_assert_str_eq(config.tftp, "/srv/a,b");
	ck_assert_str_eq(config.pcap, "x.pcapng");
}
END_TEST

START_TEST(a_subnet_moves_its_hosts)
{
	accept_text("user,subnet=192.168.76.9/24");
	ck_assert_str_eq(addr_text(config.subnet), "192.168.76.0");
	ck_assert_str_eq(addr_text(config.gateway), "192.168.76.2");
	ck_assert_str_eq(addr_text(config.dns), "192.168.76.3");
	ck_assert_str_eq(addr_text(config.dhcp_start), "192.168.76.15");
	accept_text("user,subnet=192.168.76.32/27");
	accept_text("user,subnet=10.0.0.0/8,dhcp=10.1.2.3,dns=10.9.9.9");
	ck_assert_str_eq(addr_text(config.dhcp_start), "10.1.2.3");
	ck_assert_str_eq(addr_text(config.dns), "10.9.9.9");
}
END_TEST

START_TEST(a_subnet_may_come_last)
{
	accept_text("user,host=192.168.76.1,dns=192.168.76.99,"
		    "dhcpstart=192.168.76.9,net=192.168.76.0/24");
	ck_assert_str_eq(addr_text(config.subnet), "192.168.76.0");
	ck_assert_str_eq(addr_text(config.gateway), "192.168.76.1");
	ck_assert_str_eq(addr_text(config.dns), "192.168.76.99");
	ck_assert_str_eq(addr_text(config.dhcp_start), "192.168.76.9");
	accept_text("user,dhcp=192.168.76.9,host=on,net=192.168.76.0/24");
	ck_assert_str_eq(addr_text(config.gateway), "192.168.76.2");
}
END_TEST

START_TEST(qemus_line_works_when_pasted)
{
	accept_text("user,id=n,net=10.0.2.0/24,host=10.0.2.2,"
		    "dhcpstart=10.0.2.20,hostfwd=tcp:127.0.0.1:2222-:22,"
		    "hostfwd=udp::5000-10.0.2.20:5001,domainname=x,dnssearch=y,"
		    "guestfwd=tcp:10.0.2.100:80-unix:/run/x-y.sock");
	ck_assert_uint_eq(config.forwards.count, 2);
	ck_assert_uint_eq(config.forwards.list[0].guest_port, 22);
	ck_assert(config.forwards.list[1].udp);
	ck_assert_uint_eq(config.n_services, 1);
	ck_assert_str_eq(config.services[0].path, "/run/x-y.sock");
	ck_assert_uint_eq(config.services[0].port, 80);
	ck_assert_str_eq(addr_text(config.services[0].addr), "10.0.2.100");
}
END_TEST

/* The first value may be left out: then there is a network. */
START_TEST(keys_without_user)
{
	accept_text("mtu=9000,host");
	ck_assert(config.enabled && config.host);
	ck_assert_uint_eq(config.mtu, 9000);
	accept_text("host");
	ck_assert(config.enabled && config.host);
	accept_text("restrict=on,type=user");
	ck_assert(config.enabled && config.restricted);
}
END_TEST

START_TEST(the_part_that_is_wrong_is_marked)
{
	static const char *const bad[][2] = {
		{ "user,mtu=70000", "--net mtu=70000: not a number from 576" },
		{ "user,mtu=x", "mtu=x: not a number" },
		{ "user,mtu", "--net mtu: needs a value, N" },
		{ "user,pcap", "pcap: needs a value, FILE" },
		{ "user,pcap=", "pcap=: the file name is empty" },
		{ "user,colour=red", "--net colour=red: no such key: there are "
				     "host restrict ipv6 " },
		{ "user,hotsname=x", "no such key: did you mean hostname?" },
		{ "user,", "--net \"\": no such key" },
		{ "", "--net \"\": not one of user none" },
		{ "user,restrict=maybe", "restrict=maybe: neither on nor off" },
		{ "user,mac=52:54:00:12:34", "mac=52:54:00:12:34: not of" },
		{ "user,mac=52:54:00:12:34:5g", "mac=52:54:00:12:34:5g: not" },
		{ "user,mac=5:254:00:12:34:56", "not of the form XX:XX" },
		{ "user,mac=53:54:00:12:34:56", "not the address of one card" },
		{ "user,mac=00:00:00:00:00:00", "not the address of one card" },
		{ "user,ring=round",
		  "ring=round: not one of any split packed" },
		{ "user,queue-size=8", "queue-size=8: not a number from 16" },
		{ "user,queue-size=100", "queue-size=100: not a power of two" },
		{ "user,subnet=10.0.2.0", "subnet=10.0.2.0: not a network" },
		{ "user,subnet=10.0.2.0/28", "a PREFIX from 8 to 27" },
		{ "user,subnet=10.0.2/24", "subnet=10.0.2/24: not a network" },
		{ "user,dns=8.8.8", "dns=8.8.8: not an IPv4 address" },
		{ "user,dns=0.0.0.0", "dns=0.0.0.0: not an IPv4 address" },
		{ "user,hostname=", "hostname=: not a text of 1 to 32 bytes" },
		{ "user,hostfwd=tcp::22", "hostfwd=tcp::22: not of the form" },
		{ "user,guestfwd=10.0.2.9:80-cmd:ls", "ls: not of the form" },
		{ "user,guestfwd=10.0.2:80-unix:/x", "'10.0.2' is not an " },
		{ "user,guestfwd=10.0.2.9:0-unix:/x", "'0' is not a port" },
		{ "user,guestfwd=10.0.2.9:80-unix:", "'' is not a path" },
	};

	log_capture();
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_msg(parse(bad[i][0]) == -EINVAL, "%s", bad[i][0]);
		log_expect(bad[i][1]);
	}
}
END_TEST

static void check_mac(const char *text, const char *name, const void *mac)
{
	accept_text(text);
	net_config_mac(&config, name);
	ck_assert_mem_eq(config.mac, mac, 6);
}

/* The addresses are for ever: a guest may know its card by it. */
START_TEST(the_name_makes_the_mac)
{
	check_mac("user", "minivmm", "\x52\x54\0\x15\x5a\xb9");
	check_mac("user", "a", "\x52\x54\0\x0c\x29\xc8");
	check_mac("user", "b", "\x52\x54\0\x0c\x2d\x02");
	check_mac("user,mac=52:54:00:ab:cd:ef", "b", "\x52\x54\0\xab\xcd\xef");
}
END_TEST

/* One that is relative is so to what it stands in. */
START_TEST(a_path_with_its_directory_may_be_too_long)
{
	char dir[100];
	struct option_value value = { .spec = net_options,
				      .where = "--net",
				      .dir = dir };

	memset(dir, 'd', sizeof(dir));
	dir[99] = '\0';
	value.text = "user,guestfwd=10.0.2.9:80-unix:1234567";
	ck_assert_int_eq(option_parse(&value, &config), 0);
	log_capture();
	value.text = "user,guestfwd=10.0.2.9:80-unix:12345678";
	ck_assert_int_eq(option_parse(&value, &config), -EINVAL);
	log_expect("'ddd");
	value.text = "unix:1234567:22";
	ck_assert_int_eq(forward_parse(&config.forwards, &value), 0);
	value.text = "unix:12345678:22";
	ck_assert_int_eq(forward_parse(&config.forwards, &value), -EINVAL);
	log_expect("'ddd");
}
END_TEST

START_TEST(what_does_not_go_together_is_refused)
{
	static const char *const bad[][2] = {
		{ "user,dns=8.8.8.8", "--net: dns 8.8.8.8: not a host of the "
				      "guest's network 10.0.2.0/24" },
		{ "user,host=10.0.3.2", "host 10.0.3.2: not a host" },
		{ "user,dhcp=10.0.2.245", "dhcp 10.0.2.245: not a host" },
		{ "user,dhcp=10.0.2.2", "dhcp 10.0.2.2: the 16 addresses" },
		{ "user,dhcp=10.0.2.1", "dhcp 10.0.2.1: the 16 addresses" },
		{ "user,dns=10.0.2.2", "dns 10.0.2.2: the gateway has" },
		{ "user,dns=10.0.2.255", "dns 10.0.2.255: not a host" },
		{ "user,mtu=1000", "mtu 1000: IPv6 needs 1280" },
		{ "user,guestfwd=10.0.2.2:80-unix:/x", "guestfwd 10.0.2.2: " },
		{ "user,guestfwd=10.0.9.9:80-unix:/x", "guestfwd 10.0.9.9: " },
		{ "user,ipv6=off,hostfwd=tcp:[::1]:1-:22", "[::1]:1" },
		{ "user,hostfwd=tcp::1-10.0.9.9:22", "hostfwd 10.0.9.9: not" },
	};

	log_capture();
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_msg(parse(bad[i][0]) == 0, "%s", bad[i][0]);
		ck_assert_msg(net_config_check(&config) == -EINVAL, "%s",
			      bad[i][0]);
		log_expect(bad[i][1]);
	}
	accept_text("user,mtu=1000,ipv6=off");
	ck_assert_int_eq(parse("user,isolate=on"), 0);
	config.burnin = 1;
	ck_assert_int_eq(net_config_check(&config), -EINVAL);
	log_expect("--net-burnin: it counts the card's buffers, which a "
		   "network in a process of its own does not see");
}
END_TEST

START_TEST(a_forward_needs_a_network)
{
	ck_assert_int_eq(parse("none"), 0);
	ck_assert_int_eq(publish_option(&config.forwards, "2222:22"), 0);
	log_capture();
	ck_assert_int_eq(net_config_check(&config), -EINVAL);
	log_expect("leave out --net none");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_defaults_are_qemus_addresses,
		none_is_no_network,
		keys_set_what_they_say,
		keys_without_user,
		a_subnet_moves_its_hosts,
		a_subnet_may_come_last,
		qemus_line_works_when_pasted,
		the_part_that_is_wrong_is_marked,
		the_name_makes_the_mac,
		a_path_with_its_directory_may_be_too_long,
		what_does_not_go_together_is_refused,
		a_forward_needs_a_network,
		NULL,
	};

	return unit_run(unit_suite("net-options", tests));
}
