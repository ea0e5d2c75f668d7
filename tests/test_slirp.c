/* SPDX-License-Identifier: BSD-2-Clause */
#include <poll.h>
#include <sys/resource.h>

#include "tests/fake_guest.h"

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static struct guest g;

START_TEST(the_gateway_answers_arp)
{
	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
	ck_assert_uint_eq(g.gateway_mac[0], 0x52);
	guest_close(&g);
}
END_TEST

/* Sends a DHCP message of @type and waits for an answer of @answer; the
 * address offered. */
static uint32_t dhcp(unsigned type, unsigned answer)
{
	static const uint8_t all[4] = { 255, 255, 255, 255 };
	uint8_t message[300] = { 1, 1, 6 };
	uint8_t addr4[4];

	memcpy(message + 28, g.mac, 6);
	put_be32(message + 236, 0x63825363);
	message[240] = 53;
	message[241] = 1;
	message[242] = (uint8_t)type;
	message[243] = 255;
	memcpy(addr4, g.addr4, 4);
	memset(g.addr4, 0, 4);
	g.udp_came = false;
	guest_udp(&g, all, 4, 68, 67, message, sizeof(message));
	memcpy(g.addr4, addr4, 4);
	guest_until(&g, g.udp_came);
	ck_assert_uint_eq(g.udp_port, 68);
	ck_assert_uint_eq(g.udp_data[242], answer);
	return get_be32(g.udp_data + 16);
}

START_TEST(the_guest_gets_a_lease)
{
	guest_open(&g, "user", NULL, NULL);
	guest_start(&g, 1500);
	ck_assert_uint_eq(dhcp(1, 2), 0x0a00020f);
	ck_assert_uint_eq(dhcp(3, 5), 0x0a00020f);
	guest_close(&g);
}
END_TEST

/* A TCP connection to the host's loopback, both ways, then closed. */
static void tcp_out(int family, const char *to_text, const char *net_text)
{
	uint8_t to[16];
	size_t len = family == AF_INET ? 4 : 16;
	struct guest_tcp *t;
	uint16_t port;
	char buf[16] = "";
	int listener, fd = -1;

	inet_pton(family, to_text, to);
	guest_open(&g, net_text, NULL, NULL);
	guest_up(&g);
	listener = host_socket(family, SOCK_STREAM, &port);
	t = guest_connect(&g, to, len, port);
	ck_assert(t->established);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	guest_segment(&g, t, TCP_ACK | TCP_PSH, "hello", 5);
	guest_until(&g, recv(fd, buf, sizeof(buf), MSG_DONTWAIT) == 5);
	ck_assert_mem_eq(buf, "hello", 5);
	ck_assert_int_eq(send(fd, "world!", 6, 0), 6);
	guest_until(&g, t->received == 6);
	close(fd);
	guest_until(&g, t->ended);
	close(listener);
	guest_close(&g);
}

START_TEST(tcp_leaves_by_ipv4)
{
	tcp_out(AF_INET, "10.0.2.2", "user,host=on");
}
END_TEST

START_TEST(tcp_leaves_by_ipv6)
{
	tcp_out(AF_INET6, "fec0::2", "user,host=on");
}
END_TEST

START_TEST(the_hosts_loopback_is_out_of_reach)
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	static const uint8_t zero[4];
	static const uint8_t mapped[16] = { [10] = 255, 255, 127, 0, 0, 1 };
	static const uint8_t gateway6[16] = { 0xfe, 0xc0, [15] = 2 };
	const struct {
		const uint8_t *addr;
		size_t len;
	} tos[] = { { gateway, 4 },
		    { loopback, 4 },
		    { zero, 4 },
		    { mapped, 16 },
		    { gateway6, 16 },
		    { in6addr_loopback.s6_addr, 16 },
		    { in6addr_any.s6_addr, 16 } };
	uint16_t port;
	int listener = host_socket(AF_INET, SOCK_STREAM, &port);
	int udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in in = { .sin_family = AF_INET };
	char c;

	/* With a UDP forward, libslirp's own wall is down. */
	guest_open(&g, "user", "0:5000/udp", NULL);
	guest_up(&g);
	in.sin_port = htons(port);
	ck_assert_int_eq(bind(udp, (void *)&in, sizeof(in)), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(tos); i++) {
		struct guest_tcp t = { .addr_len = tos[i].len,
				       .port = (uint16_t)(1000 + i),
				       .peer_port = port };

		memcpy(t.addr, tos[i].addr, t.addr_len);
		guest_segment(&g, &t, TCP_SYN, NULL, 0);
		guest_udp(&g, t.addr, t.addr_len, 5000, port, "x", 1);
	}
	guest_until(&g, guest_stat(&g, "drop_policy") == 2 * ARRAY_SIZE(tos));
	ck_assert_int_lt(accept(listener, NULL, NULL), 0);
	ck_assert_int_lt(recv(udp, &c, 1, 0), 0);
	close(listener);
	close(udp);
	guest_close(&g);
}
END_TEST

START_TEST(udp_goes_out_and_back)
{
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	static uint8_t data[60000], got[60000];
	size_t sizes[] = { 1, 1472, 60000 };
	uint16_t port;
	int fd = host_socket(AF_INET, SOCK_DGRAM, &port);

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	guest_open(&g, "user,host=on", NULL, NULL);
	guest_start(&g, NET_MTU_MAX);
	guest_arp(&g, 1, gateway);
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t n = sizes[i];

		guest_udp(&g, gateway, 4, 3000, port, data, n);
		guest_until(&g,
			    recvfrom(fd, got, sizeof(got), MSG_DONTWAIT,
				     (void *)&from, &from_len) == (ssize_t)n);
		ck_assert_mem_eq(got, data, n);
		g.udp_came = false;
		ck_assert_int_eq(
			sendto(fd, data, n, 0, (void *)&from, from_len),
			(ssize_t)n);
		guest_until(&g, g.udp_came);
		ck_assert_uint_eq(g.udp_len, n);
		ck_assert_mem_eq(g.udp_data, data, n);
	}
	close(fd);
	guest_close(&g);
}
END_TEST

/* What is sent follows what the guest agreed to: fragments, not a frame it
 * can't take. */
START_TEST(no_frame_is_larger_than_the_guest_agreed_to)
{
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	static uint8_t data[9000];
	struct guest_frame *f = malloc(sizeof(*f));
	size_t total = 0;
	uint16_t port;
	int fd = host_socket(AF_INET, SOCK_DGRAM, &port);

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	guest_udp(&g, gateway, 4, 3000, port, data, 10);
	guest_until(&g, recvfrom(fd, data, sizeof(data), MSG_DONTWAIT,
				 (void *)&from, &from_len) == 10);
	ck_assert_int_eq(sendto(fd, data, 9000, 0, (void *)&from, from_len),
			 9000);
	while (total < 9000 + UDP_HEADER) {
		ck_assert(guest_take(&g, f, GUEST_PATIENCE_MS));
		ck_assert_uint_le(f->len, ETHER_HEADER + 1500);
		total += get_be16(f->data + 16) - IPV4_HEADER;
	}
	ck_assert_uint_eq(total, 9000 + UDP_HEADER);
	free(f);
	close(fd);
	guest_close(&g);
}
END_TEST

/* Everything that @fd, connected to the guest's echo, sends comes back. */
static void check_echo(int fd)
{
	char buf[8] = "";
	ssize_t n;

	guest_until(&g, send(fd, "ping", 4, MSG_DONTWAIT | MSG_NOSIGNAL) == 4);
	guest_until(&g, (n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) == 4);
	ck_assert_mem_eq(buf, "ping", 4);
}

static void forward_in(const char *publish)
{
	int fd;

	guest_open(&g, "user", publish, NULL);
	guest_up(&g);
	g.echo_port = 22;
	if (g.config.forwards.list[0].host.ss_family == AF_INET6) {
		/* It has to be heard of at its IPv6 address. */
		static const uint8_t gateway6[16] = { 0xfe, 0xc0, [15] = 2 };

		guest_solicit(&g, gateway6);
	}
	fd = host_connect(&g.config.forwards.list[0]);
	check_echo(fd);
	close(fd);
	guest_until(&g, g.tcp[0].ended);
	guest_close(&g);
}

START_TEST(a_forward_from_ipv4_leads_to_the_guest)
{
	forward_in("0:22");
}
END_TEST

START_TEST(a_forward_from_ipv6_leads_to_the_guest)
{
	forward_in("[::1]:0:22");
}
END_TEST

START_TEST(a_forward_from_a_unix_socket_leads_to_the_guest)
{
	char text[64], path[40];

	snprintf(path, sizeof(path), "/tmp/minivmm-test-%d.sock", getpid());
	snprintf(text, sizeof(text), "unix:%s:22", path);
	forward_in(text);
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
	check_echo(fd);
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
	check_echo(fd);
	close(fd);
	/* The driver starts anew, the guest is elsewhere. */
	netdev_stop(g.dev);
	inet_pton(AF_INET, "10.0.2.78", g.addr4);
	guest_start(&g, 1500);
	guest_arp(&g, 1, gateway);
	fd = host_connect(&g.config.forwards.list[0]);
	check_echo(fd);
	close(fd);
	ck_assert_int_ne(memcmp(g.addr4, all, 4), 0);
	guest_close(&g);
}
END_TEST

START_TEST(a_burst_of_connections_loses_none)
{
	enum { BURST = 500 };
	static int fds[BURST];

	guest_open(&g, "user", "0:22", NULL);
	guest_up(&g);
	g.echo_port = 22;
	for (unsigned i = 0; i < BURST; i++)
		fds[i] = host_connect(&g.config.forwards.list[0]);
	for (unsigned i = 0; i < BURST; i++)
		check_echo(fds[i]);
	for (unsigned i = 0; i < BURST; i++)
		close(fds[i]);
	guest_close(&g);
}
END_TEST

/* A service of the network's that is a unix socket of the host's; one that is
 * missing is told, but not each time. */
START_TEST(a_service_is_a_unix_socket)
{
	static const uint8_t service[4] = { 10, 0, 2, 100 };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char text[160], buf[8] = "", log[4096] = "";
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int fd = -1, err = dup(STDERR_FILENO), pipes[2];
	struct guest_tcp *t;

	snprintf(un.sun_path, sizeof(un.sun_path), "/tmp/minivmm-test-%d",
		 getpid());
	ck_assert_int_eq(bind(listener, (void *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(listener, 8), 0);
	snprintf(text, sizeof(text),
		 "user,restrict=on,guestfwd=10.0.2.100:80-unix:%s",
		 un.sun_path);
	guest_open(&g, text, NULL, NULL);
	guest_up(&g);
	t = guest_connect(&g, service, 4, 80);
	ck_assert(t->established);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	guest_segment(&g, t, TCP_ACK | TCP_PSH, "hello", 5);
	guest_until(&g, recv(fd, buf, sizeof(buf), MSG_DONTWAIT) == 5);
	close(fd);
	unlink(un.sun_path);
	close(listener);
	ck_assert_int_eq(pipe(pipes), 0);
	dup2(pipes[1], STDERR_FILENO);
	for (unsigned i = 0; i < 50; i++)
		guest_connect(&g, service, 4, 80);
	dup2(err, STDERR_FILENO);
	close(pipes[1]);
	ck_assert_int_gt(read(pipes[0], log, sizeof(log) - 1), 0);
	ck_assert_msg(strncmp(log, "minivmm: network: ", 18) == 0, "%s", log);
	ck_assert_uint_lt(strlen(log), 500);
	close(pipes[0]);
	close(err);
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

static unsigned n_established(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < GUEST_CONNECTIONS; i++)
		n += g.tcp[i].established;
	return n;
}

/* Far more connections and datagrams than there may be sockets. */
START_TEST(sockets_are_limited)
{
	struct rlimit few = { 128, 128 };
	uint16_t port;
	int listener;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	guest_open(&g, "user,host=on", "0:22", NULL);
	guest_up(&g);
	g.echo_port = 22;
	listener = host_socket(AF_INET, SOCK_STREAM, &port);
	for (unsigned i = 0; i < 200; i++) {
		struct guest_tcp *t = guest_new_tcp(&g);

		memcpy(t->addr, gateway, 4);
		t->addr_len = 4;
		t->port = (uint16_t)(40000 + i);
		t->peer_port = port;
		guest_segment(&g, t, TCP_SYN, NULL, 0);
		guest_udp(&g, gateway, 4, (uint16_t)(1000 + i), 9, "x", 1);
	}
	guest_until(&g, guest_stat(&g, "tx_frames") >= 400);
	ck_assert_uint_gt(guest_stat(&g, "drop_limit"), 250);
	guest_until(&g, n_established() > 10 && g.tcp[0].established);
	/* There are descriptors left, and the connections are alive. */
	ck_assert_int_ge(dup(listener), 0);
	guest_segment(&g, &g.tcp[0], TCP_ACK | TCP_FIN, NULL, 0);
	guest_until(&g, g.tcp[0].acked == g.tcp[0].next);
	guest_close(&g);
}
END_TEST

struct capture {
	size_t blocks, to_guest, from_guest;
};

static void on_capture(void *arg, const void *buf, size_t len)
{
	struct capture *c = arg;
	const uint8_t *block = buf;

	c->blocks++;
	/* The last option of a packet is its direction. */
	if (get_le32(block) != 6)
		return;
	if (get_le32(block + len - 12) == 1)
		c->to_guest++;
	else
		c->from_guest++;
}

START_TEST(both_directions_are_captured)
{
	struct capture seen = { 0 };
	const struct pcapng capture = { on_capture, &seen };

	guest_open(&g, "user", NULL, &capture);
	guest_up(&g);
	dhcp(1, 2);
	netdev_stop(g.dev);
	ck_assert_uint_eq(seen.blocks, 2 + guest_stat(&g, "tx_frames") +
					       guest_stat(&g, "rx_frames"));
	ck_assert_uint_eq(seen.from_guest, guest_stat(&g, "tx_frames"));
	ck_assert_uint_eq(seen.to_guest, guest_stat(&g, "rx_frames"));
	ck_assert_uint_ge(seen.to_guest, 2);
	guest_close(&g);
}
END_TEST

START_TEST(nothing_leaves_when_restricted)
{
	static const uint8_t away[4] = { 192, 0, 2, 1 };
	static const uint8_t dns[4] = { 10, 0, 2, 3 };
	struct guest_tcp t = { .addr_len = 4, .port = 1, .peer_port = 80 };
	uint8_t frame[128] = { 0 };
	uint8_t *echo = guest_payload(frame, 4);

	guest_open(&g, "user,restrict=on,host=on", "0:5000/udp", NULL);
	guest_up(&g);
	memcpy(t.addr, away, 4);
	guest_segment(&g, &t, TCP_SYN, NULL, 0);
	memcpy(t.addr, gateway, 4);
	guest_segment(&g, &t, TCP_SYN, NULL, 0);
	guest_udp(&g, away, 4, 5000, 53, "x", 1);
	guest_udp(&g, dns, 4, 5000, 53, "x", 1);
	echo[0] = 8;
	guest_send(&g, frame,
		   guest_ip(&g, frame, away, 4, PROTOCOL_ICMP, 8, 2));
	guest_until(&g, guest_stat(&g, "drop_policy") == 5);
	/* The network itself still answers. */
	guest_send(&g, frame,
		   guest_ip(&g, frame, gateway, 4, PROTOCOL_ICMP, 8, 2));
	guest_until(&g, g.n_icmp);
	ck_assert_uint_eq(dhcp(1, 2), 0x0a00020f);
	guest_close(&g);
}
END_TEST

/* Pushes @total bytes from the host to the guest, whose NIC takes @room
 * frames at a time and now and then none. */
static void download(size_t total, unsigned room, unsigned mtu)
{
	static uint8_t data[65536];
	uint64_t hash = 0;
	size_t sent = 0;
	struct guest_tcp *t;
	uint16_t port;
	int listener, fd = -1;

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_start(&g, mtu);
	guest_arp(&g, 1, gateway);
	listener = host_socket(AF_INET, SOCK_STREAM, &port);
	t = guest_connect(&g, gateway, 4, port);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	guest_set_room(&g, room);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 >> 3);
	while (sent < total) {
		size_t at = sent % sizeof(data);
		ssize_t n = send(fd, data + at,
				 MIN(sizeof(data) - at, total - sent),
				 MSG_DONTWAIT);

		if (n > 0) {
			hash = guest_hash(hash, data + at, (size_t)n);
			sent += (size_t)n;
		}
		if (sent % 100 == 0) {
			guest_set_room(&g, 0);
			guest_set_room(&g, room);
		}
		guest_step(&g, n > 0 ? 0 : 1);
	}
	guest_until(&g, t->received == total);
	ck_assert(t->hash == hash);
	ck_assert_uint_eq(guest_stat(&g, "rx_drop_backlog"), 0);
	ck_assert_uint_eq(guest_stat(&g, "rx_drop_age"), 0);
	close(fd);
	close(listener);
}

START_TEST(tcp_loses_nothing_when_the_guest_has_little_room)
{
	download(4 * MIB, 2, 1500);
	ck_assert_uint_gt(guest_stat(&g, "rx_waited"), 0);
	guest_close(&g);
}
END_TEST

START_TEST(tcp_to_the_guest_with_large_frames)
{
	download(16 * MIB, GUEST_QUEUE, NET_MTU_MAX);
	guest_close(&g);
}
END_TEST

/* The guest's TCP sends as the window allows, as large frames. */
START_TEST(tcp_from_the_guest_with_large_frames)
{
	enum { TOTAL = 16 * 1024 * 1024, PIECE = 32000 };
	static uint8_t data[PIECE], buf[65536];
	uint64_t hash = 0, expected = 0;
	size_t sent = 0, received = 0;
	struct guest_tcp *t;
	uint16_t port;
	ssize_t n;
	int listener, fd = -1;

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	listener = host_socket(AF_INET, SOCK_STREAM, &port);
	t = guest_connect(&g, gateway, 4, port);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	for (size_t i = 0; i < PIECE; i++)
		data[i] = (uint8_t)(i * 13);
	while (received < TOTAL) {
		size_t piece = MIN((size_t)PIECE, TOTAL - sent);

		if (piece && t->acked + t->window - t->next >= piece) {
			guest_segment(&g, t, TCP_ACK | TCP_PSH, data, piece);
			expected = guest_hash(expected, data, piece);
			sent += piece;
		}
		guest_step(&g, 0);
		n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n > 0) {
			hash = guest_hash(hash, buf, (size_t)n);
			received += (size_t)n;
		}
	}
	ck_assert(hash == expected);
	close(fd);
	close(listener);
	guest_close(&g);
}
END_TEST

/* Data that includes the sequence number 0, and data that ends before it, by
 * a connection out and by one in. */
static void cross_zero(uint32_t first_seq, const char *data)
{
	char buf[64] = "";
	size_t len = strlen(data);
	struct guest_tcp *t;
	uint16_t port;
	int listener, fd = -1;

	guest_open(&g, "user,host=on", "0:22", NULL);
	guest_up(&g);
	g.first_seq = first_seq;
	g.echo_port = 22;
	listener = host_socket(AF_INET, SOCK_STREAM, &port);
	t = guest_connect(&g, gateway, 4, port);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	guest_segment(&g, t, TCP_ACK | TCP_PSH, data, len);
	guest_until(&g,
		    recv(fd, buf, sizeof(buf), MSG_DONTWAIT) == (ssize_t)len);
	ck_assert_mem_eq(buf, data, len);
	close(fd);
	fd = host_connect(&g.config.forwards.list[0]);
	guest_until(&g, send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL) ==
				(ssize_t)len);
	guest_until(&g,
		    recv(fd, buf, sizeof(buf), MSG_DONTWAIT) == (ssize_t)len);
	ck_assert_uint_eq(guest_stat(&g, "drop_order"), 0);
	close(fd);
	close(listener);
	guest_close(&g);
}

START_TEST(sequence_numbers_begin_anew)
{
	cross_zero((uint32_t)-6, "0123456789");
	cross_zero((uint32_t)-11, "0123456789");
	cross_zero((uint32_t)-1, "0123456789");
}
END_TEST

/* A large IPv6 frame is more than libslirp takes at this MTU. */
START_TEST(large_ipv6_frames_are_cut)
{
	static const uint8_t gateway6[16] = { 0xfe, 0xc0, [15] = 2 };
	static uint8_t frame[ETHER_MAX], data[20000], got[20000];
	const struct netdev_offload offload = {
		.checksum = true,
		.csum_start = ETHER_HEADER + IPV6_HEADER,
		.csum_offset = 16,
		.segment = 1440,
	};
	uint8_t *tcp = guest_payload(frame, 16);
	struct guest_tcp *t;
	size_t received = 0, len;
	uint16_t port, sum;
	ssize_t n;
	int listener, fd = -1;

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	listener = host_socket(AF_INET6, SOCK_STREAM, &port);
	t = guest_connect(&g, gateway6, 16, port);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 11 >> 2);
	memset(tcp, 0, TCP_HEADER);
	put_be16(tcp, t->port);
	put_be16(tcp + 2, t->peer_port);
	put_be32(tcp + 4, t->next);
	put_be32(tcp + 8, t->expected);
	tcp[12] = 0x50;
	tcp[13] = TCP_ACK | TCP_PSH;
	put_be16(tcp + 14, 65535);
	memcpy(tcp + TCP_HEADER, data, sizeof(data));
	len = guest_ip(&g, frame, gateway6, 16, PROTOCOL_TCP,
		       TCP_HEADER + sizeof(data), -1);
	/* As a driver leaves it: the sum of the pseudo-header. */
	sum = checksum_fold(checksum_pseudo(frame + 22, 32, PROTOCOL_TCP,
					    TCP_HEADER + sizeof(data)));
	memcpy(tcp + 16, &sum, 2);
	guest_send_with(&g, frame, len, &offload);
	while (received < sizeof(data)) {
		n = recv(fd, got + received, sizeof(got) - received,
			 MSG_DONTWAIT);
		if (n > 0)
			received += (size_t)n;
		guest_step(&g, 1);
	}
	ck_assert_mem_eq(got, data, sizeof(data));
	ck_assert_uint_eq(guest_stat(&g, "tx_segments"), 14);
	close(fd);
	close(listener);
	guest_close(&g);
}
END_TEST

/* Time the process has spent on CPUs, in milliseconds. */
static uint64_t cpu_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
	       (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

/* A guest without room costs nothing, and one frame a second. */
START_TEST(a_guest_without_room_is_not_waited_for_busily)
{
	uint64_t turns, cpu;
	uint8_t frame[128] = { 0 };
	uint8_t *echo = guest_payload(frame, 4);

	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
	guest_set_room(&g, 0);
	echo[0] = 8;
	for (unsigned i = 0; i < 3; i++)
		guest_send(
			&g, frame,
			guest_ip(&g, frame, gateway, 4, PROTOCOL_ICMP, 8, 2));
	while (guest_stat(&g, "rx_waited") < 3)
		guest_step(&g, 1);
	turns = guest_stat(&g, "turns");
	cpu = cpu_ms();
	while (guest_stat(&g, "rx_drop_age") < 1)
		usleep(10000);
	ck_assert_uint_le(guest_stat(&g, "turns") - turns, 3);
	ck_assert_uint_le(cpu_ms() - cpu, 200);
	guest_set_room(&g, GUEST_QUEUE);
	guest_until(&g, g.n_icmp >= 1);
	guest_close(&g);
}
END_TEST

START_TEST(an_idle_guest_causes_no_wakeups)
{
	struct timespec second = { 1, 0 };
	uint64_t turns;

	guest_open(&g, "user", "0:22", NULL);
	guest_up(&g);
	nanosleep(&second, NULL);
	turns = guest_stat(&g, "turns");
	nanosleep(&second, NULL);
	nanosleep(&second, NULL);
	ck_assert_uint_eq(guest_stat(&g, "turns"), turns);
	guest_close(&g);
}
END_TEST

START_TEST(it_starts_and_stops_under_traffic)
{
	uint8_t frame[128] = { 0 };
	uint8_t *echo = guest_payload(frame, 4);

	guest_open(&g, "user", "0:22", NULL);
	echo[0] = 8;
	for (unsigned i = 0; i < 200; i++) {
		guest_start(&g, i % 2 ? 1500 : NET_MTU_MAX);
		guest_arp(&g, 1, gateway);
		for (unsigned k = 0; k < i % 7; k++)
			guest_send(&g, frame,
				   guest_ip(&g, frame, gateway, 4,
					    PROTOCOL_ICMP, 8, 2));
		netdev_stop(g.dev);
		while (guest_step(&g, 0))
			;
	}
	guest_up(&g);
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_gateway_answers_arp,
		the_guest_gets_a_lease,
		tcp_leaves_by_ipv4,
		tcp_leaves_by_ipv6,
		the_hosts_loopback_is_out_of_reach,
		udp_goes_out_and_back,
		no_frame_is_larger_than_the_guest_agreed_to,
		a_forward_from_ipv4_leads_to_the_guest,
		a_forward_from_ipv6_leads_to_the_guest,
		a_forward_from_a_unix_socket_leads_to_the_guest,
		udp_is_forwarded_and_answered,
		udp_is_forwarded_and_answered_though_restricted,
		a_connection_waits_for_the_guest,
		a_forward_follows_the_guests_address,
		a_burst_of_connections_loses_none,
		a_service_is_a_unix_socket,
		a_datagram_for_an_unknown_ipv6_guest_waits,
		sockets_are_limited,
		both_directions_are_captured,
		nothing_leaves_when_restricted,
		tcp_loses_nothing_when_the_guest_has_little_room,
		tcp_to_the_guest_with_large_frames,
		tcp_from_the_guest_with_large_frames,
		sequence_numbers_begin_anew,
		large_ipv6_frames_are_cut,
		a_guest_without_room_is_not_waited_for_busily,
		an_idle_guest_causes_no_wakeups,
		it_starts_and_stops_under_traffic,
		NULL,
	};

	return unit_run(unit_suite("slirp", tests));
}
