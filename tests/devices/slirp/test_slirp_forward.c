/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "devices/slirp/internal.h"
#include "tests/net_guest.h"

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static struct guest g;

static void forward_in(const char *net_text, const char *publish)
{
	int fd;

	guest_open(&g, net_text, publish, NULL);
	guest_up(&g);
	g.echo_port = 22;
	if (g.config.forwards.list[0].host.ss_family == AF_INET6) {
		/* It has to be heard of at its IPv6 address. */
		static const uint8_t gateway6[16] = { 0xfe, 0xc0, [15] = 2 };

		guest_solicit(&g, gateway6);
	}
	fd = host_connect(&g.config.forwards.list[0]);
	host_check_echo(&g, fd);
	close(fd);
	guest_until(&g, g.tcp[0].ended);
	guest_close(&g);
}

START_TEST(a_forward_from_ipv4_leads_to_the_guest)
{
	forward_in("user", "0:22");
	forward_in("user,restrict=on", "0:22");
}
END_TEST

START_TEST(a_forward_from_ipv6_leads_to_the_guest)
{
	forward_in("user", "[::1]:0:22");
	forward_in("user,restrict=on", "[::1]:0:22");
}
END_TEST

START_TEST(a_forward_from_a_unix_socket_leads_to_the_guest)
{
	char text[64], path[40];

	snprintf(path, sizeof(path), "/tmp/minivmm-test-%d.sock", getpid());
	snprintf(text, sizeof(text), "unix:%s:22", path);
	forward_in("user", text);
	forward_in("user,restrict=on", text);
	ck_assert_int_lt(access(path, F_OK), 0);
}
END_TEST

static void udp_forward(const char *net_text)
{
	char buf[8];
	int fd;

	guest_open(&g, net_text, "0:5000/udp", NULL);
	guest_up(&g);
	fd = host_connect(&g.config.forwards.list[0]);
	ck_assert_int_eq(send(fd, "ping", 4, 0), 4);
	guest_until(&g, g.udp_came && g.udp_port == 5000);
	ck_assert_mem_eq(g.udp_data, "ping", 4);
	guest_udp(&g, g.udp_from, 4, 5000, g.udp_from_port, "pong!", 5);
	guest_until(&g, recv(fd, buf, sizeof(buf), MSG_DONTWAIT) == 5);
	close(fd);
	guest_close(&g);
}

START_TEST(udp_is_forwarded_and_answered)
{
	udp_forward("user");
}
END_TEST

START_TEST(udp_is_forwarded_and_answered_though_restricted)
{
	udp_forward("user,restrict=on");
}
END_TEST

/* All of them ask before the first is answered. */
START_TEST(many_peers_are_answered_though_restricted)
{
	enum { PEERS = 400 };
	struct guest_frame *f = malloc(sizeof(*f));
	uint16_t ports[PEERS];
	int fds[PEERS];
	char buf[8];

	guest_open(&g, "user,restrict=on", "0:5000/udp", NULL);
	guest_up(&g);
	for (unsigned i = 0; i < PEERS; i++) {
		fds[i] = host_connect(&g.config.forwards.list[0]);
		ck_assert_int_eq(send(fds[i], "ping", 4, 0), 4);
		do
			ck_assert(guest_take(&g, f, GUEST_PATIENCE_MS));
		while (f->data[23] != PROTOCOL_UDP);
		ports[i] = get_be16(guest_payload(f->data, 4));
	}
	for (unsigned i = 0; i < PEERS; i++) {
		guest_udp(&g, gateway, 4, 5000, ports[i], "pong!", 5);
		guest_until(&g,
			    recv(fds[i], buf, sizeof(buf), MSG_DONTWAIT) == 5);
		close(fds[i]);
	}
	ck_assert_uint_eq(guest_stat(&g, "drop_policy"), 0);
	free(f);
	guest_close(&g);
}
END_TEST

/* The guest gets it in fragments. */
START_TEST(a_large_datagram_is_answered_though_restricted)
{
	static char large[4000];
	struct guest_frame *f = malloc(sizeof(*f));
	const uint8_t *udp = guest_payload(f->data, 4);
	char buf[8];
	int fd;

	guest_open(&g, "user,restrict=on", "0:5000/udp", NULL);
	guest_up(&g);
	fd = host_connect(&g.config.forwards.list[0]);
	ck_assert_int_eq(send(fd, large, sizeof(large), 0), sizeof(large));
	do
		ck_assert(guest_take(&g, f, GUEST_PATIENCE_MS));
	while (f->data[23] != PROTOCOL_UDP);
	ck_assert_uint_eq(get_be16(f->data + 20), IPV4_MORE);
	guest_udp(&g, gateway, 4, 5000, get_be16(udp), "pong!", 5);
	guest_until(&g, recv(fd, buf, sizeof(buf), MSG_DONTWAIT) == 5);
	ck_assert_uint_eq(guest_stat(&g, "drop_policy"), 0);
	free(f);
	close(fd);
	guest_close(&g);
}
END_TEST

/* A connection from before the guest's driver runs waits for it. */
START_TEST(a_connection_waits_for_the_guest)
{
	int fd;

	guest_open(&g, "user", "0:22", NULL);
	g.echo_port = 22;
	fd = host_connect(&g.config.forwards.list[0]);
	/* A guest that says nothing by itself is asked. */
	guest_start(&g, 1500);
	g.deaf = true;
	guest_until(&g, g.n_arp >= 2);
	g.deaf = false;
	host_check_echo(&g, fd);
	close(fd);
	guest_close(&g);
}
END_TEST

START_TEST(a_forward_follows_the_guests_address)
{
	static const uint8_t all[4] = { 255, 255, 255, 255 };
	int fd;

	guest_open(&g, "user", "0:22", NULL);
	inet_pton(AF_INET, "10.0.2.77", g.addr4);
	guest_up(&g);
	g.echo_port = 22;
	fd = host_connect(&g.config.forwards.list[0]);
	host_check_echo(&g, fd);
	close(fd);
	/* The driver starts anew, the guest is elsewhere. */
	netdev_stop(g.dev);
	inet_pton(AF_INET, "10.0.2.78", g.addr4);
	guest_start(&g, 1500);
	guest_arp(&g, 1, gateway);
	fd = host_connect(&g.config.forwards.list[0]);
	host_check_echo(&g, fd);
	close(fd);
	ck_assert_int_ne(memcmp(g.addr4, all, 4), 0);
	guest_close(&g);
}
END_TEST

static uint32_t believed_in(void)
{
	struct slirp_net *net = (struct slirp_net *)(void *)g.dev;
	uint32_t addr;

	pthread_mutex_lock(&net->loop.lock);
	addr = net->guest.v4.s_addr;
	pthread_mutex_unlock(&net->loop.lock);
	return addr;
}

/* It had a lease, then was given an address by hand, of which it tells once. */
START_TEST(a_forward_follows_an_address_set_by_hand)
{
	int fd;

	guest_open(&g, "user", "0:22", NULL);
	guest_up(&g);
	g.echo_port = 22;
	inet_pton(AF_INET, "10.0.2.77", g.addr4);
	guest_arp(&g, 1, g.addr4);
	guest_until(&g, believed_in() == inet_addr("10.0.2.77"));
	ck_assert_uint_eq(guest_stat(&g, "guest_asked"), 1);
	fd = host_connect(&g.config.forwards.list[0]);
	host_check_echo(&g, fd);
	close(fd);
	guest_close(&g);
}
END_TEST

START_TEST(a_burst_of_connections_loses_none)
{
	enum { BURST = 500 };
	static int fds[BURST];

	guest_open(&g, "user", "0:22", NULL);
	for (unsigned i = 0; i < BURST; i++) {
		struct pollfd pfd = { .events = POLLOUT };

		/* Nothing but the host's own queue is there to take it. */
		pfd.fd = fds[i] = host_connect(&g.config.forwards.list[0]);
		ck_assert_int_eq(poll(&pfd, 1, 0), 1);
		ck_assert_int_eq(pfd.revents, POLLOUT);
	}
	guest_up(&g);
	g.echo_port = 22;
	for (unsigned i = 0; i < BURST; i++)
		host_check_echo(&g, fds[i]);
	for (unsigned i = 0; i < BURST; i++)
		close(fds[i]);
	guest_close(&g);
}
END_TEST

/* Before the guest is heard of, libslirp would not survive it. */
START_TEST(a_datagram_for_an_unknown_ipv6_guest_waits)
{
	static const uint8_t gateway6[16] = { 0xfe, 0xc0, [15] = 2 };
	int fd;

	guest_open(&g, "user", "[::1]:0:5000/udp", NULL);
	guest_up(&g);
	fd = host_connect(&g.config.forwards.list[0]);
	ck_assert_int_eq(send(fd, "ping", 4, 0), 4);
	for (unsigned i = 0; i < 20; i++)
		guest_step(&g, 5);
	ck_assert(!g.udp_came);
	guest_solicit(&g, gateway6);
	guest_until(&g, g.udp_came && g.udp_port == 5000);
	ck_assert_uint_eq(g.udp_len, 4);
	close(fd);
	guest_close(&g);
}
END_TEST

/* The same address at another card. */
START_TEST(a_datagram_goes_to_the_hardware_address_of_now)
{
	struct guest_frame *f = malloc(sizeof(*f));
	int fd;

	guest_open(&g, "user", "0:5000/udp", NULL);
	guest_up(&g);
	fd = host_connect(&g.config.forwards.list[0]);
	for (unsigned i = 0; i < 2; i++) {
		g.mac[5] ^= 1;
		guest_arp(&g, 1, gateway);
		guest_until(&g, guest_stat(&g, "passed") == 2 + i);
		ck_assert_int_eq(send(fd, "ping", 4, 0), 4);
		do
			ck_assert(guest_take(&g, f, GUEST_PATIENCE_MS));
		while (f->data[23] != PROTOCOL_UDP);
		ck_assert_mem_eq(f->data, g.mac, 6);
	}
	free(f);
	close(fd);
	guest_close(&g);
}
END_TEST

/* Its hardware address is known from there, too. */
START_TEST(a_guest_is_heard_of_by_what_it_sends)
{
	static const uint8_t mac[6] = { 0x52, 0x55, 10, 0, 2, 2 };
	int fd;

	guest_open(&g, "user", "0:5000/udp", NULL);
	guest_start(&g, 1500);
	memcpy(g.gateway_mac, mac, 6);
	/* It is heard of by something else than ARP. */
	guest_udp(&g, gateway, 4, 68, 67, "x", 1);
	guest_until(&g, guest_stat(&g, "passed") == 1);
	fd = host_connect(&g.config.forwards.list[0]);
	ck_assert_int_eq(send(fd, "ping", 4, 0), 4);
	guest_until(&g, g.udp_came && g.udp_port == 5000);
	ck_assert_uint_eq(g.n_arp, 0);
	close(fd);
	guest_close(&g);
}
END_TEST

/* Three forwards lead to one port, and to each comes a client from the same
 * address and port: each has a connection, and the guest sees two clients. */
static void lead_to_one_port(const char *publish)
{
	uint16_t local = 0;
	int fds[3];

	guest_open(&g, "user", publish, NULL);
	guest_up(&g);
	g.echo_port = 22;
	guest_solicit(&g, g.config.gateway6.s6_addr);
	for (unsigned i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = host_connect_from(&g.config.forwards.list[i], &local);
	for (unsigned n = 0; n < 3; n++)
		for (unsigned i = 0; i < ARRAY_SIZE(fds); i++)
			host_check_echo(&g, fds[i]);
	ck_assert_uint_eq(g.tcp[0].peer_port, local);
	ck_assert_uint_ne(g.tcp[1].peer_port, local);
	ck_assert_uint_ne(g.tcp[2].peer_port, local);
	ck_assert_uint_ne(g.tcp[1].peer_port, g.tcp[2].peer_port);
	/* What one does is nothing to the others. */
	close(fds[1]);
	guest_until(&g, g.tcp[0].ended || g.tcp[1].ended || g.tcp[2].ended);
	host_check_echo(&g, fds[0]);
	host_check_echo(&g, fds[2]);
	close(fds[0]);
	close(fds[2]);
	for (unsigned i = 0; i < ARRAY_SIZE(fds); i++)
		guest_until(&g, g.tcp[i].ended);
	guest_close(&g);
}

START_TEST(several_forwards_may_lead_to_one_port)
{
	lead_to_one_port("0:22 0:22 0:22");
	lead_to_one_port("[::1]:0:22 [::1]:0:22 [::1]:0:22");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_forward_from_ipv4_leads_to_the_guest,
		a_forward_from_ipv6_leads_to_the_guest,
		a_forward_from_a_unix_socket_leads_to_the_guest,
		udp_is_forwarded_and_answered,
		udp_is_forwarded_and_answered_though_restricted,
		many_peers_are_answered_though_restricted,
		a_large_datagram_is_answered_though_restricted,
		a_connection_waits_for_the_guest,
		a_forward_follows_the_guests_address,
		a_forward_follows_an_address_set_by_hand,
		a_burst_of_connections_loses_none,
		a_datagram_for_an_unknown_ipv6_guest_waits,
		a_guest_is_heard_of_by_what_it_sends,
		a_datagram_goes_to_the_hardware_address_of_now,
		several_forwards_may_lead_to_one_port,
		NULL,
	};

	return unit_run(unit_suite("slirp_forward", tests));
}
