/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections that are over leave nothing behind, and lose nothing by that.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/net_guest.h"

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static struct guest g;

static unsigned count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* The host ends them, one after the other, as most clients do. */
static void come_and_go(const char *publish)
{
	unsigned before;
	int fd;

	guest_open(&g, "user", publish, NULL);
	guest_up(&g);
	g.echo_port = 22;
	guest_solicit(&g, g.config.gateway6.s6_addr);
	before = count_fds();
	for (unsigned i = 0; i < 300; i++) {
		fd = host_connect(&g.config.forwards.list[0]);
		host_check_echo(&g, fd);
		close(fd);
	}
	guest_until(&g, count_fds() <= before + 2);
	guest_close(&g);
}

START_TEST(connections_in_leave_nothing_behind)
{
	come_and_go("0:22");
	come_and_go("[::1]:0:22");
}
END_TEST

/* A connection out; the host's end of it. */
static int connect_out(struct guest_tcp **t, int listener, uint16_t port)
{
	int fd = -1;

	*t = guest_connect(&g, gateway, 4, port);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	return fd;
}

START_TEST(connections_out_leave_nothing_behind)
{
	struct guest_tcp *t;
	unsigned before;
	uint16_t port;
	int listener = host_socket(AF_INET, SOCK_STREAM, &port);

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	before = count_fds();
	for (unsigned i = 0; i < 100; i++) {
		int fd = connect_out(&t, listener, port);

		/* The guest ends every other one first. */
		if (i % 2)
			guest_segment(&g, t, TCP_ACK | TCP_FIN, NULL, 0);
		else
			close(fd);
		if (i % 2)
			guest_until(&g, read(fd, &(char){ 0 }, 1) == 0);
		else
			guest_until(&g, t->ended);
		if (i % 2)
			close(fd);
		else
			guest_segment(&g, t, TCP_ACK | TCP_FIN, NULL, 0);
		guest_until(&g, t->ended && t->acked == t->next);
	}
	guest_until(&g, count_fds() <= before + 2);
	close(listener);
	guest_close(&g);
}
END_TEST

/* In bytes; so much that a Unix socket has no room for all of it. */
enum { PIECE = 1000, SLOW_TOTAL = 180 * PIECE };

/* The guest answers with @total bytes and ends the connection. */
static void answer(struct guest_tcp *t, size_t total)
{
	static uint8_t data[PIECE];

	for (size_t sent = 0; sent < total; sent += PIECE) {
		guest_until(&g, t->acked + t->window - t->next >= PIECE);
		memset(data, (int)(sent / PIECE), PIECE);
		guest_segment(&g, t,
			      TCP_ACK | (sent + PIECE == total ? TCP_FIN : 0),
			      data, PIECE);
	}
	guest_until(&g, t->acked == t->next);
}

/* All of that comes, and the end. */
static void read_answer(int fd, size_t total)
{
	static uint8_t got[PIECE], expected[PIECE];
	size_t received = 0;
	ssize_t n;

	while (received < total) {
		guest_until(&g, (n = recv(fd, got, PIECE, MSG_DONTWAIT)) >= 0);
		ck_assert_int_gt(n, 0);
		for (ssize_t i = 0; i < n; i++)
			expected[i] = (uint8_t)(received++ / PIECE);
		ck_assert_mem_eq(got, expected, n);
	}
	guest_until(&g, (n = recv(fd, got, PIECE, MSG_DONTWAIT)) >= 0);
	ck_assert_int_eq(n, 0);
}

/* A client that has said all it has to say, before the guest or after it,
 * reads the answer so slowly that the guest is long done; others come and go
 * meanwhile.  It gets all. */
static void read_after_the_end(int fd, struct guest_tcp *t, size_t total,
			       bool last)
{
	int other;

	guest_until(&g, t->established);
	t->echo = false;
	if (!last)
		shutdown(fd, SHUT_WR);
	guest_until(&g, t->ended || last);
	answer(t, total);
	if (last)
		shutdown(fd, SHUT_WR);
	guest_until(&g, t->ended);
	for (unsigned i = 0; i < 5; i++) {
		other = host_connect(g.config.forwards.list);
		host_check_echo(&g, other);
		close(other);
	}
	read_answer(fd, total);
	guest_until(&g, guest_stat(&g, "tcp_over") > 0);
	close(fd);
}

static void open_forwards(const char *publish)
{
	guest_open(&g, "user", publish, NULL);
	guest_up(&g);
	g.echo_port = 22;
	guest_solicit(&g, g.config.gateway6.s6_addr);
}

static void one_reads_after_the_end(const char *publish, size_t total,
				    bool last)
{
	open_forwards(publish);
	read_after_the_end(host_connect(g.config.forwards.list), &g.tcp[0],
			   total, last);
	guest_close(&g);
}

/* To each of two forwards that lead to one port comes a client from the same
 * port: the guest sees the second, the slow reader, at another one. */
static void second_reads_after_the_end(const char *publish, bool last)
{
	const struct forward *f;
	uint16_t local = 0;
	int first, second;

	open_forwards(publish);
	f = g.config.forwards.list;
	first = host_connect_from(&f[0], &local);
	host_check_echo(&g, first);
	second = host_connect_from(&f[1], &local);
	guest_until(&g, g.tcp[1].established);
	ck_assert_uint_eq(g.tcp[0].peer_port, local);
	ck_assert_uint_ne(g.tcp[1].peer_port, local);
	read_after_the_end(second, &g.tcp[1], 60000, last);
	close(first);
	guest_close(&g);
}

static void small_buffers(void)
{
	host_namespace();
	host_write("/proc/sys/net/ipv4/tcp_rmem", "4096 4096 4096");
	host_write("/proc/sys/net/ipv4/tcp_wmem", "4096 4096 4096");
}

START_TEST(what_has_not_been_read_is_not_lost)
{
	char text[64];

	small_buffers();
	for (unsigned last = 0; last < 2; last++) {
		one_reads_after_the_end("0:22", 60000, last);
		one_reads_after_the_end("[::1]:0:22", 60000, last);
	}
	snprintf(text, sizeof(text), "unix:/tmp/minivmm-test-%d.sock:22",
		 getpid());
	one_reads_after_the_end(text, SLOW_TOTAL, false);
	one_reads_after_the_end(text, SLOW_TOTAL, true);
}
END_TEST

/* The guest's end was acknowledged, and it has forgotten the connection: it
 * answers what comes later by a reset, which takes nothing back. */
static void reset_after_the_end(const char *publish)
{
	struct guest_tcp *t = &g.tcp[0];
	int fd;

	open_forwards(publish);
	fd = host_connect(g.config.forwards.list);
	guest_until(&g, t->established);
	t->echo = false;
	shutdown(fd, SHUT_WR);
	guest_until(&g, t->ended);
	answer(t, 60000);
	guest_segment(&g, t, TCP_RST, NULL, 0);
	guest_step(&g, 50);
	read_answer(fd, 60000);
	guest_until(&g, guest_stat(&g, "tcp_over") > 0);
	close(fd);
	guest_close(&g);
}

START_TEST(nor_when_the_guest_has_forgotten_the_connection)
{
	small_buffers();
	reset_after_the_end("0:22");
	reset_after_the_end("[::1]:0:22");
}
END_TEST

START_TEST(nor_of_a_client_that_is_shown_at_another_port)
{
	small_buffers();
	for (unsigned last = 0; last < 2; last++) {
		second_reads_after_the_end("0:22 0:22", last);
		second_reads_after_the_end("[::1]:0:22 [::1]:0:22", last);
	}
}
END_TEST

/* Clients of each forward come and go, and nothing is left of them. */
static void check_others_leave(void)
{
	unsigned before = count_fds();

	for (unsigned i = 0; i < 20; i++) {
		const struct forwards *f = &g.config.forwards;
		int fd = host_connect(&f->list[i % f->count]);

		host_check_echo(&g, fd);
		close(fd);
	}
	guest_until(&g, count_fds() <= before);
}

/* One client of a Unix socket reads slowly after the end, which keeps no other
 * one, of that socket or another. */
START_TEST(a_slow_reader_at_a_unix_socket_keeps_no_others)
{
	char text[64];
	int slow;

	snprintf(text, sizeof(text), "unix:/tmp/minivmm-test-%d.sock:22 0:22",
		 getpid());
	open_forwards(text);
	slow = host_connect(g.config.forwards.list);
	guest_until(&g, g.tcp[0].established);
	g.tcp[0].echo = false;
	shutdown(slow, SHUT_WR);
	guest_until(&g, g.tcp[0].ended);
	answer(&g.tcp[0], SLOW_TOTAL);
	check_others_leave();
	read_answer(slow, SLOW_TOTAL);
	close(slow);
	guest_until(&g, guest_stat(&g, "tcp_over") > 20);
	guest_close(&g);
}
END_TEST

/* A service of guestfwd, that has said all it has to say, reads slowly. */
START_TEST(a_slow_service_keeps_no_others)
{
	static const uint8_t addr[4] = { 10, 0, 2, 100 };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	char text[160], publish[160];
	struct guest_tcp *t;
	int slow;

	snprintf(un.sun_path, sizeof(un.sun_path), "/tmp/minivmm-test-%d",
		 getpid());
	ck_assert_int_eq(bind(listener, (void *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	snprintf(text, sizeof(text), "user,guestfwd=10.0.2.100:80-unix:%s",
		 un.sun_path);
	snprintf(publish, sizeof(publish), "0:22 unix:%s.sock:22", un.sun_path);
	guest_open(&g, text, publish, NULL);
	guest_up(&g);
	g.echo_port = 22;
	t = guest_connect(&g, addr, 4, 80);
	guest_until(&g,
		    (slow = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0);
	shutdown(slow, SHUT_WR);
	guest_until(&g, t->ended);
	answer(t, SLOW_TOTAL);
	check_others_leave();
	read_answer(slow, SLOW_TOTAL);
	close(slow);
	guest_until(&g, guest_stat(&g, "tcp_over") > 20);
	guest_close(&g);
	close(listener);
	unlink(un.sun_path);
}
END_TEST

/* The guest ends a connection that the host has ended, and begins another
 * from the same port before that is heard of. */
START_TEST(a_port_that_is_used_anew_is_not_reset)
{
	struct guest_tcp *t;
	uint64_t came;
	uint16_t port;
	char c = 0;
	int fd, udp, listener = host_socket(AF_INET, SOCK_STREAM, &port);

	guest_open(&g, "user,host=on", "0:5000/udp", NULL);
	guest_up(&g);
	udp = host_connect(&g.config.forwards.list[0]);
	fd = connect_out(&t, listener, port);
	close(fd);
	guest_until(&g, t->ended);
	/* net-rx is held up in the NIC, by what came for the guest, until both
	 * are on their way. */
	came = guest_stat(&g, "rx_frames");
	pthread_mutex_lock(&g.lock);
	ck_assert_int_eq(send(udp, "x", 1, 0), 1);
	while (guest_stat(&g, "rx_frames") == came)
		usleep(1000);
	guest_segment(&g, t, TCP_ACK | TCP_FIN, NULL, 0);
	t->established = t->ended = t->closed = false;
	t->next = t->acked = t->next + 200000;
	guest_segment(&g, t, TCP_SYN, NULL, 0);
	pthread_mutex_unlock(&g.lock);
	guest_until(&g, t->established);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	for (unsigned i = 0; i < 10; i++)
		guest_step(&g, 5);
	ck_assert(!t->reset);
	guest_segment(&g, t, TCP_ACK | TCP_PSH, "x", 1);
	guest_until(&g, recv(fd, &c, 1, MSG_DONTWAIT) == 1);
	close(udp);
	close(fd);
	close(listener);
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		connections_in_leave_nothing_behind,
		connections_out_leave_nothing_behind,
		what_has_not_been_read_is_not_lost,
		nor_when_the_guest_has_forgotten_the_connection,
		nor_of_a_client_that_is_shown_at_another_port,
		a_slow_reader_at_a_unix_socket_keeps_no_others,
		a_slow_service_keeps_no_others,
		a_port_that_is_used_anew_is_not_reset,
		NULL,
	};

	return unit_run(unit_suite("slirp_timewait", tests));
}
