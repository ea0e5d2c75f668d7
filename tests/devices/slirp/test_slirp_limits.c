/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No descriptor of the network's blocks, there are not too many of them, and
 * one kind does not use up the room of another.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/files.h"
#include "tests/net_guest.h"
#include "tests/net_options.h"

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static struct guest g;

static void set_fds(rlim_t soft)
{
	struct rlimit fds;

	getrlimit(RLIMIT_NOFILE, &fds);
	fds.rlim_cur = soft;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &fds), 0);
}

static void set_few_fds(void)
{
	struct rlimit few = { 128, 128 };

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
}

/* How many sockets the process has; none of them blocks. */
static unsigned count_sockets(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	unsigned n = 0;

	while ((entry = readdir(dir))) {
		int fd = atoi(entry->d_name), type;
		socklen_t len = sizeof(type);

		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
			continue;
		ck_assert_msg(fcntl(fd, F_GETFL) & O_NONBLOCK,
			      "socket %d of type %d blocks", fd, type);
		ck_assert_msg(fcntl(fd, F_GETFD) & FD_CLOEXEC,
			      "socket %d of type %d is inherited", fd, type);
		n++;
	}
	closedir(dir);
	return n;
}

START_TEST(no_socket_blocks)
{
	static const uint8_t gateway6[16] = { 0xfe, 0xc0, [15] = 2 };
	static const uint8_t away[4] = { 127, 0, 0, 1 };
	unsigned before;
	int fd, client;
	uint16_t port;

	host_namespace();
	host_write("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
	before = count_sockets();
	guest_open(&g, "user,host=on", "0:22", NULL);
	guest_up(&g);
	g.echo_port = 22;
	guest_solicit(&g, gateway6);
	fd = host_socket(AF_INET, SOCK_STREAM, &port);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	guest_udp(&g, gateway, 4, 1000, 9, "x", 1);
	guest_udp(&g, gateway6, 16, 1000, 9, "x", 1);
	guest_echo(&g, away, 8, 0);
	guest_connect(&g, gateway, 4, port);
	client = host_connect(&g.config.forwards.list[0]);
	fcntl(client, F_SETFD, FD_CLOEXEC);
	host_check_echo(&g, client);
	/* The test's two, the forward's, twice, and at least one of each. */
	ck_assert_uint_ge(count_sockets(), before + 2 + 2 + 4);
	close(client);
	close(fd);
	guest_close(&g);
}
END_TEST

/* More datagrams than there may be sockets, each from another port */
static void flood(unsigned n)
{
	uint64_t frames = guest_stat(&g, "tx_frames");

	for (unsigned i = 0; i < n; i++)
		guest_udp(&g, gateway, 4, (uint16_t)(10000 + i), 9, "x", 1);
	guest_until(&g, guest_stat(&g, "tx_frames") >= frames + n);
}

/* [hostile 75] */
START_TEST(udp_leaves_room_for_tcp)
{
	uint16_t port;
	int fd;

	set_few_fds();
	fd = host_socket(AF_INET, SOCK_STREAM, &port);
	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	flood(200);
	ck_assert_uint_gt(guest_stat(&g, "udp_evicted"), 150);
	ck_assert(guest_connect(&g, gateway, 4, port)->established);
	close(fd);
	guest_close(&g);
}
END_TEST

/* The guest sees but that nobody answers. */
START_TEST(what_is_refused_is_told)
{
	unsigned n = 0;
	uint16_t port;
	int fd;

	set_few_fds();
	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	fd = host_socket(AF_INET, SOCK_STREAM, &port);
	log_capture();
	for (; !guest_stat(&g, "drop_limit"); n++) {
		struct guest_tcp *t = guest_new_tcp(&g);

		memcpy(t->addr, gateway, 4);
		t->addr_len = 4;
		t->port = (uint16_t)(20000 + n);
		t->peer_port = port;
		guest_segment(&g, t, TCP_SYN, NULL, 0);
		guest_step(&g, 2);
	}
	ck_assert_uint_gt(n, 10);
	/* It holds the lock until it has said it. */
	guest_close(&g);
	log_expect("a connection of the guest's is refused");
	close(fd);
}
END_TEST

/* No datagram is refused for them: not a new port's, no forward's, no DHCP. */
START_TEST(no_datagram_is_refused_for_others)
{
	static const uint8_t all[4] = { 255, 255, 255, 255 };
	uint16_t port;
	char buf[4];
	int fd, client;

	set_few_fds();
	fd = host_socket(AF_INET, SOCK_DGRAM, &port);
	guest_open(&g, "user,host=on", "0:5000/udp", NULL);
	guest_up(&g);
	flood(200);
	guest_udp(&g, gateway, 4, 999, port, "bb", 2);
	guest_until(&g, recv(fd, buf, sizeof(buf), MSG_DONTWAIT) == 2);
	/* A forward's, both ways. */
	client = host_connect(&g.config.forwards.list[0]);
	ck_assert_int_eq(send(client, "ping", 4, 0), 4);
	guest_until(&g, g.udp_came && g.udp_port == 5000);
	guest_udp(&g, g.udp_from, 4, 5000, g.udp_from_port, "pon", 3);
	guest_until(&g, recv(client, buf, sizeof(buf), MSG_DONTWAIT) == 3);
	/* DHCP's. */
	guest_udp(&g, all, 4, 68, 67, "x", 1);
	guest_until(&g, guest_stat(&g, "tx_frames") > 200);
	ck_assert_uint_eq(guest_stat(&g, "drop_limit"), 0);
	close(client);
	close(fd);
	guest_close(&g);
}
END_TEST

/* The process has @spare descriptors left for a connection of the host's: that
 * is not tried again and again, and works when there are some. */
static void without_descriptors(const char *publish, unsigned spare)
{
	struct timespec half = { 0, 500000000 };
	struct rlimit fds;
	uint64_t turns;
	int client, rc, last, lasts[200];
	unsigned n = 0;

	getrlimit(RLIMIT_NOFILE, &fds);
	guest_open(&g, "user", publish, NULL);
	guest_up(&g);
	g.echo_port = 22;
	/* libslirp has the forward's socket. */
	client = host_connect(&g.config.forwards.list[0]);
	host_check_echo(&g, client);
	close(client);
	client = socket(g.config.forwards.list[0].host.ss_family,
			SOCK_STREAM | SOCK_NONBLOCK, 0);
	set_fds(200);
	while ((last = dup(client)) >= 0)
		lasts[n++] = last;
	for (unsigned i = 0; i < spare; i++)
		close(lasts[--n]);
	rc = connect(client, (const void *)&g.config.forwards.list[0].host,
		     g.config.forwards.list[0].host_len);
	ck_assert(rc == 0 || errno == EINPROGRESS);
	turns = guest_stat(&g, "turns");
	nanosleep(&half, NULL);
	ck_assert_uint_le(guest_stat(&g, "turns") - turns, 50);
	set_fds(fds.rlim_cur);
	while (n)
		close(lasts[--n]);
	host_check_echo(&g, client);
	close(client);
	guest_close(&g);
}

START_TEST(accepting_without_descriptors_does_not_spin)
{
	without_descriptors("0:22", 0);
}
END_TEST

START_TEST(accepting_without_descriptors_does_not_abort)
{
	char text[64];

	snprintf(text, sizeof(text), "unix:/tmp/minivmm-test-%d.sock:22",
		 getpid());
	without_descriptors(text, 0);
	/* libslirp wants two for it. */
	without_descriptors(text, 1);
}
END_TEST

START_TEST(forwards_raise_the_limit_first)
{
	struct rlimit fds;

	getrlimit(RLIMIT_NOFILE, &fds);
	ck_assert_uint_ge(fds.rlim_max, 1000);
	set_fds(150);
	guest_open(&g, "user", "21000-21199:22000-22199", NULL);
	guest_up(&g);
	guest_close(&g);
}
END_TEST

/* And if that is not enough, it is said at the start. */
START_TEST(too_many_forwards_are_refused)
{
	struct rlimit few = { 200, 200 };
	struct forwards forwards = { .list = NULL };

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	ck_assert_int_eq(publish_option(&forwards, "21000-21069:22000-22069"),
			 0);
	ck_assert_int_eq(forwards_open(&forwards), -EMFILE);
	forwards_free(&forwards);
}
END_TEST

/* The host's link takes 256 kbit/s, and its queue more than a socket has:
 * what the socket has no room for is lost, nothing waits for it, and the guest
 * is not told that the other host is out of reach. */
static void on_a_slow_link(int family, const uint8_t *to, size_t addr_len)
{
	enum { DATAGRAMS = 1000 };
	static const uint8_t data[1400];
	uint64_t begun;
	unsigned n_icmp;
	uint16_t port;
	int fd;

	host_namespace();
	ck_assert_int_eq(system("tc qdisc add dev lo root tbf rate 256kbit "
				"burst 4000 limit 10000000"),
			 0);
	fd = host_socket(family, SOCK_DGRAM, &port);
	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	/* Its advertisements are ICMP, too. */
	guest_solicit(&g, g.config.gateway6.s6_addr);
	guest_until(&g, g.n_icmp);
	while (guest_step(&g, 50))
		;
	n_icmp = g.n_icmp;
	begun = now_ns();
	for (unsigned i = 0; i < DATAGRAMS; i++)
		guest_udp(&g, to, addr_len, 3000, port, data, sizeof(data));
	guest_until(&g, guest_stat(&g, "tx_frames") >= DATAGRAMS);
	guest_echo(&g, gateway, 8, 7);
	/* An answer to the guest, not an error. */
	guest_until(&g, g.n_icmp > n_icmp);
	ck_assert_uint_gt(guest_stat(&g, "tx_unsent"), 100);
	while (guest_step(&g, 50))
		;
	ck_assert_uint_eq(guest_payload(g.other.data, 4)[0], 0);
	ck_assert_uint_eq(g.n_icmp, n_icmp + 1);
	guest_close(&g);
	ck_assert_uint_lt(now_ns() - begun, 10 * NSEC_PER_SEC);
	close(fd);
}

START_TEST(a_slow_link_holds_nothing_up)
{
	on_a_slow_link(AF_INET, gateway, 4);
}
END_TEST

START_TEST(a_slow_link_holds_nothing_up_by_ipv6)
{
	static const uint8_t gateway6[16] = { 0xfe, 0xc0, [15] = 2 };

	on_a_slow_link(AF_INET6, gateway6, 16);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		no_socket_blocks,
		udp_leaves_room_for_tcp,
		what_is_refused_is_told,
		no_datagram_is_refused_for_others,
		accepting_without_descriptors_does_not_spin,
		accepting_without_descriptors_does_not_abort,
		forwards_raise_the_limit_first,
		too_many_forwards_are_refused,
		a_slow_link_holds_nothing_up,
		a_slow_link_holds_nothing_up_by_ipv6,
		NULL,
	};

	return unit_run(unit_suite("slirp_limits", tests));
}
