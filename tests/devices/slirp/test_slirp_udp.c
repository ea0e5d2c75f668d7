/* SPDX-License-Identifier: BSD-2-Clause */
/* Who answers whom by UDP, and what becomes of errors. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "devices/firewall/segment.h"
#include "devices/nat/ip_frame.h"
#include "devices/slirp/internal.h"
#include "tests/net_guest.h"

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static const uint8_t dns[4] = { 10, 0, 2, 3 };
static const uint8_t away[4] = { 192, 0, 2, 1 };
static const uint8_t away6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
static struct guest g;

/* Somebody on the host whom the guest writes to. */
struct peer {
	int fd;
	uint16_t port;
	struct sockaddr_storage from;
	socklen_t from_len;
};

static void peer_open(struct peer *peer, const char *addr)
{
	*peer = (struct peer){ .from_len = sizeof(peer->from) };
	peer->fd = host_socket_at(addr, SOCK_DGRAM, &peer->port);
}

/* Waits for a datagram that is @text. */
static void peer_hears(struct peer *peer, const char *text)
{
	char buf[64] = "";

	guest_until(&g, recvfrom(peer->fd, buf, sizeof(buf), 0,
				 (void *)&peer->from, &peer->from_len) > 0);
	ck_assert_str_eq(buf, text);
}

static void peer_answers(struct peer *peer, const char *text)
{
	ck_assert_int_eq(sendto(peer->fd, text, strlen(text), 0,
				(void *)&peer->from, peer->from_len),
			 (ssize_t)strlen(text));
}

static void guest_says(const uint8_t *to, size_t len, uint16_t from_port,
		       uint16_t port, const char *text)
{
	guest_udp(&g, to, len, from_port, port, text, strlen(text));
}

/* Waits for a datagram from there. */
static void guest_hears(const uint8_t *from, size_t len, uint16_t port,
			uint16_t to_port, const char *text)
{
	guest_until(&g, g.udp_came);
	g.udp_came = false;
	ck_assert_uint_eq(g.udp_len, strlen(text));
	ck_assert_mem_eq(g.udp_data, text, g.udp_len);
	ck_assert_mem_eq(g.udp_from, from, len);
	ck_assert_uint_eq(g.udp_from_port, port);
	ck_assert_uint_eq(g.udp_port, to_port);
}

/* The ICMP error that came last: what it is, and about which packet. */
static void check_error(size_t addr_len, uint8_t type, uint8_t code,
			const uint8_t *to, uint16_t from_port, uint16_t port)
{
	const uint8_t *icmp, *quoted, *udp;

	guest_until(&g, g.n_icmp);
	g.n_icmp = 0;
	icmp = guest_payload(g.other.data, addr_len);
	ck_assert_uint_eq(icmp[0], type);
	ck_assert_uint_eq(icmp[1], code);
	quoted = icmp + ICMP_HEADER;
	udp = quoted + (addr_len == 4 ? IPV4_HEADER : IPV6_HEADER);
	ck_assert_mem_eq(udp - addr_len, to, addr_len);
	ck_assert_uint_eq(get_be16(udp), from_port);
	ck_assert_uint_eq(get_be16(udp + 2), port);
}

static void start(const char *net, const char *publish)
{
	host_namespace();
	host_address("192.0.2.1");
	host_address("192.0.2.53");
	host_address("2001:db8::1");
	guest_open(&g, net, publish, NULL);
	guest_up(&g);
}

/* One port of the guest's talks to some, who answer in another order. */
START_TEST(each_peer_answers_as_itself)
{
	struct peer near, far, far6;

	start("user,host=on", NULL);
	peer_open(&near, "127.0.0.1");
	peer_open(&far, "192.0.2.1");
	peer_open(&far6, "2001:db8::1");
	guest_says(gateway, 4, 5000, near.port, "near");
	guest_says(away, 4, 5000, far.port, "far");
	guest_says(away6, 16, 5000, far6.port, "six");
	peer_hears(&near, "near");
	peer_hears(&far, "far");
	peer_hears(&far6, "six");
	for (unsigned i = 0; i < 3; i++) {
		peer_answers(&far6, "f6");
		guest_hears(away6, 16, far6.port, 5000, "f6");
		peer_answers(&near, "n");
		guest_hears(gateway, 4, near.port, 5000, "n");
		peer_answers(&far, "f");
		guest_hears(away, 4, far.port, 5000, "f");
	}
	guest_close(&g);
}
END_TEST

/* musl asks all its name servers from one port; here one is the network's, and
 * stands for the other. */
START_TEST(two_name_servers_answer_as_themselves)
{
	static const uint8_t direct[4] = { 192, 0, 2, 53 };
	struct peer server = { .port = 53, .from_len = sizeof(server.from) };
	struct peer asked[2];

	host_namespace();
	host_address("192.0.2.53");
	host_file("/etc/resolv.conf", "nameserver 192.0.2.53\n");
	server.fd = host_socket_at("192.0.2.53", SOCK_DGRAM, &server.port);
	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	for (unsigned i = 0; i < 20; i++) {
		guest_says(dns, 4, 4000, 53, "one");
		guest_says(direct, 4, 4000, 53, "two");
		peer_hears(&server, "one");
		asked[0] = server;
		peer_hears(&server, "two");
		asked[1] = server;
		peer_answers(&asked[i % 2], i % 2 ? "2" : "1");
		guest_hears(i % 2 ? direct : dns, 4, 53, 4000,
			    i % 2 ? "2" : "1");
		peer_answers(&asked[!(i % 2)], i % 2 ? "1" : "2");
		guest_hears(i % 2 ? dns : direct, 4, 53, 4000,
			    i % 2 ? "1" : "2");
	}
	guest_close(&g);
}
END_TEST

static int client(const char *from, uint16_t from_port, const char *to,
		  uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	int fd = host_socket_at(from, SOCK_DGRAM, &from_port);

	inet_pton(AF_INET, to, &in.sin_addr);
	ck_assert_int_eq(connect(fd, (void *)&in, sizeof(in)), 0);
	return fd;
}

/* Clients of a forward from all addresses: each asks, then each is answered,
 * by the address that it has asked; a connected socket hears no other. */
START_TEST(each_client_of_a_forward_is_answered)
{
	static const struct {
		const char *from;
		uint16_t port;
		const char *to;
	} clients[] = {
		{ "127.0.0.1", 7000, "127.0.0.1" },
		{ "192.0.2.1", 7000, "192.0.2.1" },
		{ "127.0.0.1", 7001, "127.0.0.2" },
		/* To the guest the same as the first. */
		{ "127.0.0.3", 7000, "127.0.0.2" },
		{ "192.0.2.53", 7000, "192.0.2.1" },
		{ "127.0.0.1", 7002, "192.0.2.53" },
	};
	int fds[ARRAY_SIZE(clients)];
	uint16_t port, ports[ARRAY_SIZE(clients)];
	uint8_t from[ARRAY_SIZE(clients)][4];
	char buf[8];

	start("user,restrict=on", "0.0.0.0:0:5000/udp");
	port = ntohs(((struct sockaddr_in *)&g.config.forwards.list[0].host)
			     ->sin_port);
	for (unsigned i = 0; i < ARRAY_SIZE(clients); i++) {
		fds[i] = client(clients[i].from, clients[i].port, clients[i].to,
				port);
		ck_assert_int_eq(send(fds[i], &"abcdef"[i], 1, 0), 1);
		guest_until(&g, g.udp_came);
		g.udp_came = false;
		ck_assert_uint_eq(g.udp_port, 5000);
		ck_assert_uint_eq(g.udp_data[0], "abcdef"[i]);
		memcpy(from[i], g.udp_from, 4);
		ports[i] = g.udp_from_port;
	}
	for (unsigned i = ARRAY_SIZE(clients); i-- > 0;) {
		guest_udp(&g, from[i], 4, 5000, ports[i], &"abcdef"[i], 1);
		guest_until(&g, recv(fds[i], buf, sizeof(buf), 0) == 1);
		ck_assert_int_eq(buf[0], "abcdef"[i]);
	}
	guest_close(&g);
}
END_TEST

/* One socket asks two forwards that lead to the same port. */
START_TEST(a_client_of_two_forwards_is_answered_by_each)
{
	uint16_t port = 0, ports[2], from[2];
	struct sockaddr_in to = { .sin_family = AF_INET }, by;
	socklen_t len = sizeof(by);
	char c;
	int fd;

	start("user", "127.0.0.1:0:5000/udp");
	guest_close(&g);
	guest_open(&g, "user,hostfwd=udp::7001-:5000,hostfwd=udp::7002-:5000",
		   NULL, NULL);
	guest_up(&g);
	fd = host_socket_at("127.0.0.1", SOCK_DGRAM, &port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (unsigned i = 0; i < 2; i++) {
		ports[i] = (uint16_t)(7001 + i);
		to.sin_port = htons(ports[i]);
		ck_assert_int_eq(sendto(fd, "x", 1, 0, (void *)&to, sizeof(to)),
				 1);
		guest_until(&g, g.udp_came);
		g.udp_came = false;
		from[i] = g.udp_from_port;
	}
	for (unsigned i = 0; i < 2; i++) {
		guest_udp(&g, gateway, 4, 5000, from[i], "y", 1);
		guest_until(&g, recvfrom(fd, &c, 1, 0, (void *)&by, &len) == 1);
		ck_assert_uint_eq(ntohs(by.sin_port), ports[i]);
	}
	guest_close(&g);
}
END_TEST

/* ntpd, WireGuard and BIND ask from the port at which they answer. */
START_TEST(a_forwarded_port_can_ask_too)
{
	struct peer far;
	uint16_t port;
	char c;
	int fd;

	start("user,host=on", "0:5000/udp");
	peer_open(&far, "192.0.2.1");
	fd = host_connect(&g.config.forwards.list[0]);
	ck_assert_int_eq(send(fd, "ask", 3, 0), 3);
	guest_until(&g, g.udp_came);
	g.udp_came = false;
	port = g.udp_from_port;
	guest_says(away, 4, 5000, far.port, "world");
	peer_hears(&far, "world");
	guest_udp(&g, gateway, 4, 5000, port, "a", 1);
	guest_until(&g, recv(fd, &c, 1, MSG_DONTWAIT) == 1);
	peer_answers(&far, "hello");
	guest_hears(away, 4, far.port, 5000, "hello");
	close(fd);
	guest_close(&g);
}
END_TEST

/* One peer's port is closed: the others hear all, and the guest is told. */
START_TEST(an_error_is_about_its_datagram)
{
	struct peer far, closed;

	start("user,host=on", NULL);
	peer_open(&far, "192.0.2.1");
	peer_open(&closed, "192.0.2.1");
	close(closed.fd);
	/* The kernel sends no more than 50 such errors in a row. */
	for (unsigned i = 0; i < 20; i++) {
		guest_says(away, 4, 5000, closed.port, "nobody");
		guest_says(away, 4, 5000, far.port, "far");
		peer_hears(&far, "far");
		check_error(4, 3, 3, away, 5000, closed.port);
	}
	peer_open(&far, "2001:db8::1");
	for (unsigned i = 0; i < 20; i++) {
		guest_says(away6, 16, 5000, closed.port, "nobody");
		guest_says(away6, 16, 5000, far.port, "far");
		peer_hears(&far, "far");
		check_error(16, 1, 4, away6, 5000, closed.port);
	}
	guest_close(&g);
}
END_TEST

START_TEST(what_cannot_be_sent_is_told)
{
	static const uint8_t nowhere[4] = { 203, 0, 113, 1 };
	static const uint8_t nowhere6[16] = { 0x20, 1, 0x0d, 0xb8, 9 };
	static const uint8_t group[4] = { 239, 255, 255, 250 };
	static const uint8_t near6[16] = { 0xfe, 0xc0, [15] = 99 };

	start("user", NULL);
	guest_says(nowhere, 4, 5000, 80, "x");
	check_error(4, 3, 0, nowhere, 5000, 80);
	guest_says(nowhere6, 16, 5000, 80, "x");
	check_error(16, 1, 0, nowhere6, 5000, 80);
	/* By the policy; of a group nobody is told. */
	guest_says(group, 4, 5000, 1900, "x");
	guest_says(away, 4, 5000, 80, "x");
	check_error(4, 3, 13, away, 5000, 80);
	guest_says(away6, 16, 5000, 80, "x");
	check_error(16, 1, 1, away6, 5000, 80);
	guest_says(gateway, 4, 5000, 80, "x");
	check_error(4, 3, 13, gateway, 5000, 80);
	guest_close(&g);
	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	guest_says(near6, 16, 5000, 80, "x");
	check_error(16, 1, 3, near6, 5000, 80);
	guest_close(&g);
}
END_TEST

/* Far more ports than there may be sockets: the last ones are heard, those in
 * use stay, and no other kind is short of any.  [hostile 75] */
START_TEST(ports_without_end_use_up_nothing)
{
	struct rlimit few = { 256, 256 };
	struct peer far, last[5];
	struct guest_tcp *t;
	uint16_t tcp_port = 0;
	int listener;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	start("user,host=on", NULL);
	peer_open(&far, "192.0.2.1");
	listener = host_socket_at("192.0.2.1", SOCK_STREAM, &tcp_port);
	for (unsigned i = 0; i < 2000; i++) {
		guest_says(away, 4, (uint16_t)(10000 + i), far.port, "x");
		peer_hears(&far, "x");
		if (i % 10)
			continue;
		guest_says(away, 4, 5000, far.port, "again");
		peer_hears(&far, "again");
	}
	/* The last ones are there still. */
	for (unsigned i = 0; i < ARRAY_SIZE(last); i++) {
		guest_says(away, 4, (uint16_t)(20000 + i), far.port, "last");
		peer_hears(&far, "last");
		last[i] = far;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(last); i++) {
		peer_answers(&last[i], "y");
		guest_hears(away, 4, far.port, (uint16_t)(20000 + i), "y");
	}
	t = guest_connect(&g, away, 4, tcp_port);
	ck_assert(t->established);
	ck_assert_uint_gt(guest_stat(&g, "udp_evicted"), 1900);
	close(listener);
	guest_close(&g);
}
END_TEST

/* What isn't used any more is closed; what is used stays. */
START_TEST(unused_sockets_are_closed)
{
	struct udp_nat *nat;
	struct peer far;
	int fd;

	start("user,host=on", "0:5000/udp");
	nat = &((struct slirp_net *)(void *)g.dev)->udp;
	peer_open(&far, "192.0.2.1");
	guest_says(away, 4, 5001, far.port, "x");
	peer_hears(&far, "x");
	fd = host_connect(&g.config.forwards.list[0]);
	ck_assert_int_eq(send(fd, "ask", 3, 0), 3);
	guest_until(&g, g.udp_came);
	g.udp_came = false;
	/* Not while the network's thread runs. */
	pthread_mutex_lock(&((struct slirp_net *)(void *)g.dev)->loop.lock);
	ck_assert_uint_eq(nat->count[UDP_WORLD], 1);
	ck_assert_uint_eq(nat->n_visitors, 1);
	ck_assert_uint_le(udp_nat_deadline(nat), now_ns() + 300 * NSEC_PER_SEC);
	udp_nat_expire(nat, now_ns() + 290 * NSEC_PER_SEC);
	ck_assert_uint_eq(nat->count[UDP_WORLD], 1);
	udp_nat_expire(nat, now_ns() + 300 * NSEC_PER_SEC);
	ck_assert_uint_eq(nat->count[UDP_WORLD], 0);
	ck_assert_uint_eq(nat->n_visitors, 0);
	ck_assert_uint_eq(udp_nat_deadline(nat), UINT64_MAX);
	pthread_mutex_unlock(&((struct slirp_net *)(void *)g.dev)->loop.lock);
	/* The forward is still there. */
	ck_assert_int_eq(send(fd, "ask", 3, 0), 3);
	guest_until(&g, g.udp_came);
	close(fd);
	guest_close(&g);
}
END_TEST

/* A datagram that has come as far as it may, as traceroute sends them. */
START_TEST(hops_are_counted)
{
	uint8_t frame[100] = { 0 };
	uint8_t *udp = guest_payload(frame, 4);
	uint16_t sum;
	struct peer far;
	size_t len;

	start("user,host=on", NULL);
	peer_open(&far, "192.0.2.1");
	for (unsigned hops = 1; hops < 3; hops++) {
		put_be16(udp, 5000);
		put_be16(udp + 2, far.port);
		put_be16(udp + 4, 9);
		udp[8] = 'x';
		len = guest_ip(&g, frame, away, 4, PROTOCOL_UDP, 9, 6);
		frame[22] = (uint8_t)hops;
		frame[24] = frame[25] = 0;
		sum = checksum(frame + ETHER_HEADER, IPV4_HEADER);
		memcpy(frame + 24, &sum, 2);
		guest_send(&g, frame, len);
		if (hops == 1)
			check_error(4, 11, 0, away, 5000, far.port);
	}
	peer_hears(&far, "x");
	/* A checksum that is wrong. */
	frame[len - 1] ^= 1;
	guest_send(&g, frame, len);
	guest_says(away, 4, 5000, far.port, "good");
	peer_hears(&far, "good");
	guest_close(&g);
}
END_TEST

/* A datagram of IPv6 that is larger than the guest's MTU. */
START_TEST(fragments_of_ipv6_go_out_as_one)
{
	static uint8_t whole[ETHER_HEADER + IPV6_HEADER + UDP_HEADER + 4000];
	static uint8_t out[ETHER_MAX], got[5000];
	uint8_t *udp = guest_payload(whole, 16);
	struct packet of;
	struct peer peer;
	size_t len;

	start("user,host=on", NULL);
	peer_open(&peer, "2001:db8::1");
	put_be16(udp, 5000);
	put_be16(udp + 2, peer.port);
	put_be16(udp + 4, UDP_HEADER + 4000);
	for (unsigned i = 0; i < 4000; i++)
		udp[UDP_HEADER + i] = (uint8_t)(i * 17 + (i >> 8));
	len = guest_ip(&g, whole, away6, 16, PROTOCOL_UDP, UDP_HEADER + 4000,
		       6);
	ck_assert_int_eq(packet_parse(&of, whole, len), PACKET_OK);
	for (unsigned i = 0; (len = segment_fragment6(&of, 1500, 7, i, out));
	     i++)
		guest_send(&g, out, len);
	guest_until(&g, recvfrom(peer.fd, got, sizeof(got), 0,
				 (void *)&peer.from, &peer.from_len) == 4000);
	ck_assert_mem_eq(got, udp + UDP_HEADER, 4000);
	ck_assert_uint_eq(guest_stat(&g, "reassembled"), 1);
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_peer_answers_as_itself,
		two_name_servers_answer_as_themselves,
		each_client_of_a_forward_is_answered,
		a_client_of_two_forwards_is_answered_by_each,
		a_forwarded_port_can_ask_too,
		an_error_is_about_its_datagram,
		what_cannot_be_sent_is_told,
		ports_without_end_use_up_nothing,
		unused_sockets_are_closed,
		hops_are_counted,
		fragments_of_ipv6_go_out_as_one,
		NULL,
	};

	return unit_run(unit_suite("slirp_udp", tests));
}
