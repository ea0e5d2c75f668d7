/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which descriptor a connection has: it is known when it is sure, and only
 * then; and which connections are kept for a descriptor.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/firewall/tcp_frame.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/timewait.h"
#include "tests/unit.h"

static struct slirp_net net;
static struct slirp_shard *const shard = net.shards.list;
static uint8_t frame[TCP_FRAME_MAX];
/* Where clients at TCP sockets connect to. */
static int listener;

static void setup(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };

	memset(&net, 0, sizeof(net));
	net.dev.wake_fd = eventfd(0, EFD_CLOEXEC);
	net.now_ns = 1;
	net.watches.fd = -1;
	net.shards.n = 1;
	shard->net = &net;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, (void *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(listen(listener, 4), 0);
}

static void teardown(void)
{
	close(listener);
	close(net.dev.wake_fd);
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);

	ck_assert_int_eq(getsockname(fd, (void *)&addr, &len), 0);
	return ntohs(addr.sin_port);
}

/* The end that libslirp would have of a client at a TCP socket. */
static int tcp_client(uint16_t *port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(getsockname(listener, (void *)&addr, &len), 0);
	ck_assert_int_eq(connect(fd, (void *)&addr, len), 0);
	*port = port_of(fd);
	return accept(listener, NULL, NULL);
}

static int unix_client(void)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	return fds[0];
}

/* The socket that libslirp opens next for such a client's port. */
static int port_socket(uint16_t *port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (void *)&addr, sizeof(addr)), 0);
	*port = port_of(fd);
	return fd;
}

/* The first segment from the host's @port. */
static struct packet first_segment(uint16_t port)
{
	static const uint8_t mac[6] = { 2 }, gateway[4] = { 10, 0, 2, 2 },
			     guest[4] = { 10, 0, 2, 15 };
	struct tcp_frame f = { .from_mac = mac,
			       .to_mac = mac,
			       .from = gateway,
			       .to = guest,
			       .addr_len = 4,
			       .from_port = port,
			       .to_port = 22,
			       .seq = 1000,
			       .flags = TCP_SYN };
	size_t len = tcp_frame_write(&f, frame);
	struct packet p;

	ck_assert_int_eq(packet_parse(&p, frame, len), PACKET_OK);
	return p;
}

/* It is sent: the descriptor that its connection has then. */
static int send_first(uint16_t port)
{
	struct packet p = first_segment(port);

	conntrack_to_flow(&net.firewall.conntrack, &p);
	slirp_pairing_to(shard, &p);
	conntrack_to(&net.firewall.conntrack, &p);
	return p.flow->fd;
}

START_TEST(a_tcp_client_is_known_by_its_port)
{
	uint16_t port;
	int fd = tcp_client(&port);

	slirp_pairing_open(shard, fd);
	ck_assert_int_eq(send_first(port), fd);
}
END_TEST

START_TEST(a_unix_client_is_known_by_the_next_socket)
{
	int fd = unix_client();
	uint16_t port;

	slirp_pairing_open(shard, fd);
	port_socket(&port);
	ck_assert_int_eq(send_first((uint16_t)(port + 1)), -1);
	ck_assert_int_eq(send_first(port), fd);
}
END_TEST

START_TEST(another_threads_descriptor_may_be_next)
{
	int fd = unix_client();
	uint16_t port;

	slirp_pairing_open(shard, fd);
	ck_assert_int_ge(dup(fd), 0);
	port_socket(&port);
	ck_assert_int_eq(send_first(port), -1);
}
END_TEST

/* They might have the same port, at two forwards. */
START_TEST(one_of_two_that_wait_is_not_known)
{
	uint16_t port, unix_port;
	int other = tcp_client(&port), fd = tcp_client(&port);
	int at_unix = unix_client();

	slirp_pairing_open(shard, other);
	slirp_pairing_open(shard, fd);
	ck_assert_int_eq(send_first(port), -1);
	/* Of a Unix client it is sure. */
	slirp_pairing_open(shard, at_unix);
	port_socket(&unix_port);
	ck_assert_int_eq(send_first(unix_port), at_unix);
	/* When none can wait any more, it is again. */
	net.now_ns += 200 * NSEC_PER_SEC;
	fd = tcp_client(&port);
	slirp_pairing_open(shard, fd);
	ck_assert_int_eq(send_first(port), fd);
}
END_TEST

/* It comes again when another one with this port has been accepted. */
START_TEST(a_segment_sent_again_changes_nothing)
{
	uint16_t port;
	int fd = tcp_client(&port);

	slirp_pairing_open(shard, fd);
	ck_assert_int_eq(send_first(port), fd);
	slirp_pairing_open(shard, dup(fd));
	ck_assert_int_eq(send_first(port), fd);
}
END_TEST

START_TEST(one_that_is_closed_is_not_known)
{
	uint16_t port;
	int fd = tcp_client(&port);

	slirp_pairing_open(shard, fd);
	slirp_pairing_close(shard, fd);
	ck_assert_int_eq(send_first(port), -1);
}
END_TEST

START_TEST(what_the_guest_begins_has_what_is_opened_meanwhile)
{
	struct packet p = first_segment(5000);

	conntrack_from(&net.firewall.conntrack, &p);
	net.opening = &p;
	slirp_pairing_open(shard, 7);
	net.opening = NULL;
	ck_assert_int_eq(p.flow->fd, 7);
	/* The same ports the other way round are another connection. */
	conntrack_to_flow(&net.firewall.conntrack, &p);
	ck_assert_int_eq(p.flow->fd, -1);
}
END_TEST

/* A connection that is over and whose descriptor isn't known is kept for the
 * socket that has its port in libslirp, not that which the guest sees. */
START_TEST(one_that_is_not_known_is_kept_by_its_port)
{
	uint16_t port;
	int fd = tcp_client(&port), other = tcp_client(&(uint16_t){ 0 });
	struct packet p = first_segment((uint16_t)(port + 1));

	conntrack_to_flow(&net.firewall.conntrack, &p);
	p.flow->peer_port = port;
	slirp_timewait_note(&net, p.flow);
	ck_assert_int_eq(p.flow->fd, -1);
	slirp_shard_touch(shard);
	slirp_timewait_ask(&net);
	slirp_timewait_keep(&net, other);
	ck_assert(!p.flow->unwritten);
	slirp_timewait_keep(&net, fd);
	ck_assert(p.flow->unwritten);
	/* It may be any at a Unix socket. */
	slirp_shard_touch(shard);
	slirp_timewait_ask(&net);
	slirp_timewait_keep(&net, unix_client());
	ck_assert(p.flow->unwritten);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_tcp_client_is_known_by_its_port,
		a_unix_client_is_known_by_the_next_socket,
		another_threads_descriptor_may_be_next,
		one_of_two_that_wait_is_not_known,
		a_segment_sent_again_changes_nothing,
		one_that_is_closed_is_not_known,
		what_the_guest_begins_has_what_is_opened_meanwhile,
		one_that_is_not_known_is_kept_by_its_port,
		NULL,
	};

	return unit_run(unit_suite_fixture("pairing", tests, setup, teardown));
}
