/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "devices/net/net_config.h"
#include "tests/unit.h"

static struct net_config config;
static struct why why;

static int parse(const char *text)
{
	net_config_free(&config);
	net_config_init(&config);
	memset(&why, 0, sizeof(why));
	return net_parse(&config, text, NULL, &why);
}

static void accept_text(const char *text)
{
	int rc = parse(text);

	if (rc == 0)
		rc = net_config_check(&config, &why);
	ck_assert_msg(rc == 0, "%s: %s", text, why.text);
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
	ck_assert(!config.restricted && !config.host);
	ck_assert_uint_eq(config.mtu, 65520);
}
END_TEST

START_TEST(none_is_no_network)
{
	ck_assert_int_eq(parse("none"), 0);
	ck_assert(!config.enabled);
	ck_assert_int_eq(parse("none,restrict=on"), -EINVAL);
	ck_assert_int_eq(parse("tap"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(why.text, "'tap'"));
}
END_TEST

START_TEST(keys_set_what_they_say)
{
	accept_text("user,mtu=9000,mac=52:54:00:ab:cd:ef,ring=packed,"
		    "queue-size=128,in-order,transitional=on,ipv6=off,"
		    "restrict=yes,host=on,hostname=box,domain=example.org,"
		    "dns-search=a.example,dns-search=b.example,bootfile=pxe,"
		    "tftp=/srv/a,,b,pcap=x.pcapng");
	ck_assert_uint_eq(config.mtu, 9000);
	ck_assert_mem_eq(config.mac, "\x52\x54\0\xab\xcd\xef", 6);
	ck_assert_int_eq(config.ring, NET_RING_PACKED);
	ck_assert_uint_eq(config.queue_size, 128);
	ck_assert(config.in_order && config.transitional && !config.ipv6);
	ck_assert(config.restricted && config.host);
	ck_assert_str_eq(config.hostname, "box");
	ck_assert_str_eq(config.domain, "example.org");
	ck_assert_str_eq(config.dns_search[0], "a.example");
	ck_assert_str_eq(config.dns_search[1], "b.example");
	ck_assert_ptr_null(config.dns_search[2]);
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
	/* What another text has named moves. */
	ck_assert_int_eq(net_parse(&config, "user,net=10.0.2.0/24", NULL, &why),
			 0);
	ck_assert_str_eq(addr_text(config.dhcp_start), "10.0.2.15");
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

START_TEST(the_part_that_is_wrong_is_marked)
{
	static const char *const bad[][2] = {
		{ "user,mtu=70000", "mtu: '70000'" },
		{ "user,mtu=x", "mtu: 'x'" },
		{ "user,mtu", "'mtu' needs a value" },
		{ "user,pcap", "'pcap' needs a value" },
		{ "user,pcap=", "pcap: ''" },
		{ "user,color=red", "'color'" },
		{ "user,", "''" },
		{ "user,restrict=maybe", "restrict: 'maybe'" },
		{ "user,mac=52:54:00:12:34", "mac: '52:54:00:12:34'" },
		{ "user,mac=52:54:00:12:34:5g", "mac: '" },
		{ "user,mac=53:54:00:12:34:56", "mac: '53" },
		{ "user,mac=00:00:00:00:00:00", "mac: '00" },
		{ "user,ring=round", "ring: 'round'" },
		{ "user,queue-size=8", "queue-size: '8'" },
		{ "user,subnet=10.0.2.0", "subnet: '10.0.2.0'" },
		{ "user,subnet=10.0.2.0/28", "subnet: '28'" },
		{ "user,subnet=10.0.2/24", "subnet: '10.0.2'" },
		{ "user,dns=8.8.8", "dns: '8.8.8'" },
		{ "user,hostname=", "hostname: ''" },
		{ "user,hostfwd=tcp:1.2.3.4:x-:22", "hostfwd: 'x'" },
		{ "user,hostfwd=sctp::1-:22", "hostfwd: 'sctp'" },
		{ "user,hostfwd=tcp::22", "hostfwd: " },
		{ "user,guestfwd=10.0.2.9:80-cmd:ls", "guestfwd: " },
		{ "user,guestfwd=10.0.2.9:0-unix:/x", "guestfwd: '0'" },
		{ "user,guestfwd=10.0.2.9:80-unix:", "guestfwd: ''" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_msg(parse(bad[i][0]) == -EINVAL, "%s", bad[i][0]);
		ck_assert_msg(strstr(why.text, bad[i][1]), "%s: %s", bad[i][0],
			      why.text);
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

	memset(dir, 'd', sizeof(dir));
	dir[99] = '\0';
	accept_text("user,guestfwd=10.0.2.9:80-unix:1234567");
	ck_assert_int_eq(net_parse(&config,
				   "user,guestfwd=10.0.2.9:80-unix:"
				   "12345678",
				   dir, &why),
			 -EINVAL);
	ck_assert_ptr_nonnull(strstr(why.text, "'ddd"));
	ck_assert_int_eq(
		forward_parse(&config.forwards, "unix:1234567:22", dir, &why),
		0);
	ck_assert_int_eq(
		forward_parse(&config.forwards, "unix:12345678:22", dir, &why),
		-EINVAL);
	ck_assert_ptr_nonnull(strstr(why.text, "'ddd"));
}
END_TEST

START_TEST(what_does_not_go_together_is_refused)
{
	static const char *const bad[][2] = {
		{ "user,dns=8.8.8.8", "dns: 8.8.8.8" },
		{ "user,host=10.0.3.2", "host: 10.0.3.2" },
		{ "user,dhcp=10.0.2.245", "dhcp: 10.0.2.245" },
		{ "user,dhcp=10.0.2.2", "dhcp: " },
		{ "user,dhcp=10.0.2.1", "dhcp: " },
		{ "user,dns=10.0.2.2", "dns: " },
		{ "user,dns=10.0.2.255", "dns: " },
		{ "user,mtu=1000", "mtu: " },
		{ "user,queue-size=100", "queue-size: '100'" },
		{ "user,guestfwd=10.0.2.2:80-unix:/x", "guestfwd: " },
		{ "user,guestfwd=10.0.9.9:80-unix:/x", "guestfwd: 10.0.9.9" },
		{ "user,ipv6=off,hostfwd=tcp:[::1]:1-:22", "[::1]:1" },
		{ "user,hostfwd=tcp::1-10.0.9.9:22", "hostfwd: 10.0.9.9" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_msg(parse(bad[i][0]) == 0, "%s", bad[i][0]);
		ck_assert_msg(net_config_check(&config, &why) == -EINVAL, "%s",
			      bad[i][0]);
		ck_assert_msg(strstr(why.text, bad[i][1]), "%s: %s", bad[i][0],
			      why.text);
	}
	accept_text("user,mtu=1000,ipv6=off");
}
END_TEST

START_TEST(a_forward_needs_a_network)
{
	ck_assert_int_eq(parse("none"), 0);
	ck_assert_int_eq(forward_parse(&config.forwards, "2222:22", NULL, &why),
			 0);
	ck_assert_int_eq(net_config_check(&config, &why), -EINVAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_defaults_are_qemus_addresses,
		none_is_no_network,
		keys_set_what_they_say,
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
