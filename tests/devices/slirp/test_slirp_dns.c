/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of the host's name servers the guest's one stands for; and ping. */
#include <string.h>
#include <unistd.h>

#include "tests/net_guest.h"

static const uint8_t dns[4] = { 10, 0, 2, 3 };
static struct guest g;

static void start(const char *resolv_conf)
{
	host_namespace();
	host_address("192.0.2.1");
	host_file("/etc/resolv.conf", resolv_conf);
	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
}

static int server_at(const char *addr, int type)
{
	uint16_t port = 53;

	return host_socket_at(addr, type, &port);
}

/* Asks from @port, and again until @server, one of the host's, answers. */
static void check_asks(int server, const uint8_t *to, size_t len, uint16_t port)
{
	uint64_t next = 0;
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	char buf[8];

	do {
		if (now_ns() >= next) {
			guest_udp(&g, to, len, port, 53, "who?", 4);
			next = now_ns() + NSEC_PER_SEC;
		}
		guest_step(&g, 2);
	} while (recvfrom(server, buf, sizeof(buf), 0, (void *)&from,
			  &from_len) != 4);
	ck_assert_int_eq(sendto(server, "he!", 3, 0, (void *)&from, from_len),
			 3);
	guest_until(&g, g.udp_came);
	g.udp_came = false;
	ck_assert_mem_eq(g.udp_from, to, len);
	ck_assert_uint_eq(g.udp_from_port, 53);
	ck_assert_uint_eq(g.udp_port, port);
	ck_assert_uint_eq(g.udp_len, 3);
	guest_close(&g);
}

START_TEST(a_name_server_of_the_other_family_is_asked)
{
	int server;

	start("nameserver ::1\n");
	server = server_at("::1", SOCK_DGRAM);
	check_asks(server, dns, 4, 4000);
	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
	check_asks(server, g.config.dns6.s6_addr, 16, 4000);
}
END_TEST

START_TEST(an_ipv6_guest_asks_an_ipv4_name_server)
{
	start("nameserver 192.0.2.1\n");
	check_asks(server_at("192.0.2.1", SOCK_DGRAM), g.config.dns6.s6_addr,
		   16, 4000);
}
END_TEST

/* The first one's port is closed: the second is asked at once, once. */
START_TEST(the_next_is_asked_where_the_first_refuses)
{
	int server;
	char buf[8];

	start("nameserver 127.0.0.1\nnameserver 192.0.2.1\n");
	server = server_at("192.0.2.1", SOCK_DGRAM);
	guest_udp(&g, dns, 4, 4000, 53, "who?", 4);
	guest_until(&g, recv(server, buf, sizeof(buf), 0) == 4);
	ck_assert_mem_eq(buf, "who?", 4);
	guest_udp(&g, dns, 4, 4001, 53, "again", 5);
	guest_until(&g, recv(server, buf, sizeof(buf), 0) == 5);
	ck_assert_uint_eq(g.n_icmp, 0);
	guest_close(&g);
}
END_TEST

/* There is no way to the first one. */
START_TEST(the_next_is_asked_where_there_is_no_way)
{
	start("nameserver 203.0.113.1\nnameserver 2001:db8::1\n"
	      "nameserver 192.0.2.1\n");
	check_asks(server_at("192.0.2.1", SOCK_DGRAM), dns, 4, 4000);
}
END_TEST

/* A socket that nobody reads: the guest's second or third try is heard. */
START_TEST(the_next_is_asked_where_the_first_is_silent)
{
	int silent, server;

	start("nameserver 127.0.0.1\nnameserver 192.0.2.1\n");
	silent = server_at("127.0.0.1", SOCK_DGRAM);
	server = server_at("192.0.2.1", SOCK_DGRAM);
	check_asks(server, dns, 4, 4000);
	close(silent);
}
END_TEST

START_TEST(without_a_name_server_it_is_the_loopback)
{
	start("# nothing\n");
	check_asks(server_at("127.0.0.1", SOCK_DGRAM), dns, 4, 4000);
}
END_TEST

START_TEST(that_no_name_server_answers_is_told)
{
	start("nameserver 127.0.0.1\nnameserver 192.0.2.1\n");
	guest_udp(&g, dns, 4, 4000, 53, "who?", 4);
	guest_until(&g, g.n_icmp);
	ck_assert_uint_eq(guest_payload(g.other.data, 4)[0], 3);
	ck_assert_uint_eq(guest_payload(g.other.data, 4)[1], 3);
	ck_assert_mem_eq(guest_payload(g.other.data, 4) + 8 + 16, dns, 4);
	ck_assert_uint_eq(g.n_icmp, 1);
	guest_close(&g);
}
END_TEST

/* By TCP only one of the guest's own family can be asked, and nobody else is
 * in its place. */
START_TEST(tcp_without_a_name_server_is_refused)
{
	struct guest_tcp *t;
	int server;

	start("nameserver ::1\n");
	ck_assert(guest_connect(&g, dns, 4, 53)->reset);
	server = server_at("::1", SOCK_STREAM);
	t = guest_connect(&g, g.config.dns6.s6_addr, 16, 53);
	ck_assert(t->established);
	guest_close(&g);
	close(server);
	host_write("/etc/resolv.conf", "\n");
	server = server_at("127.0.0.1", SOCK_STREAM);
	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
	ck_assert(guest_connect(&g, dns, 4, 53)->reset);
	guest_close(&g);
	close(server);
}
END_TEST

/* Without the right to it, there is an error, and nothing else is tried. */
START_TEST(a_forbidden_ping_is_told)
{
	static const uint8_t away[4] = { 192, 0, 2, 1 };
	uint16_t port = 7;
	int echo;
	char c;

	host_namespace();
	host_write("/proc/sys/net/ipv4/ping_group_range", "1 0");
	host_address("192.0.2.1");
	echo = host_socket_at("192.0.2.1", SOCK_DGRAM, &port);
	ck_assert_int_eq(setgid(12345), 0);
	ck_assert_int_eq(setuid(12345), 0);
	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	guest_echo(&g, away, 20, 7);
	guest_until(&g, g.n_icmp);
	ck_assert_uint_eq(guest_payload(g.other.data, 4)[0], 3);
	ck_assert_uint_eq(guest_payload(g.other.data, 4)[1], 13);
	ck_assert_int_lt(recv(echo, &c, 1, 0), 0);
	guest_close(&g);
}
END_TEST

START_TEST(ping_goes_out_and_back_by_ipv6)
{
	static const uint8_t away6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
	static const uint8_t nowhere6[16] = { 0x20, 1, 0x0d, 0xb8, 9 };
	uint8_t frame[128] = { 0 };
	uint8_t *echo = guest_payload(frame, 16);

	host_namespace();
	host_write("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
	host_address("2001:db8::1");
	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	for (unsigned i = 0; i < 2; i++) {
		echo[0] = 128;
		put_be16(echo + 4, 0x1234);
		put_be16(echo + 6, (uint16_t)i);
		echo[19] = 7;
		guest_send(&g, frame,
			   guest_ip(&g, frame, i ? nowhere6 : away6, 16,
				    PROTOCOL_ICMPV6, 20, 2));
		guest_until(&g, g.n_icmp == i + 1);
		ck_assert_uint_eq(guest_payload(g.other.data, 16)[0],
				  i ? 1 : 129);
		if (i)
			continue;
		ck_assert_mem_eq(g.other.data + ETHER_HEADER + 8, away6, 16);
		ck_assert_mem_eq(guest_payload(g.other.data, 16) + 4, echo + 4,
				 16);
	}
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_name_server_of_the_other_family_is_asked,
		an_ipv6_guest_asks_an_ipv4_name_server,
		the_next_is_asked_where_the_first_refuses,
		the_next_is_asked_where_there_is_no_way,
		the_next_is_asked_where_the_first_is_silent,
		without_a_name_server_it_is_the_loopback,
		that_no_name_server_answers_is_told,
		tcp_without_a_name_server_is_refused,
		a_forbidden_ping_is_told,
		ping_goes_out_and_back_by_ipv6,
		NULL,
	};

	return unit_run(unit_suite("slirp_dns", tests));
}
