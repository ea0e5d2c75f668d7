/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections in which nothing happens for long, on a clock that is put
 * forward: they live as long as the guest has them, and no longer.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tests/clock_skip.h"
#include "tests/net_guest.h"

enum { PIECE = 1000, MINUTE = 60 };

static struct guest g;

static const char *const publish[] = { "0:22", "[::1]:0:22" };

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

static void open_forward(unsigned family)
{
	guest_open(&g, "user,host=on", publish[family], NULL);
	guest_up(&g);
	guest_solicit(&g, g.config.gateway6.s6_addr);
	g.echo_port = 22;
}

static int connect_in(void)
{
	int fd = host_connect(g.config.forwards.list);

	guest_until(&g, g.tcp[0].established);
	g.tcp[0].echo = false;
	return fd;
}

/* Lets libslirp's clock, which goes in steps, go on; the guest answers what it
 * is asked, if it is @there. */
static void pass_time(unsigned seconds, bool there)
{
	static struct guest_frame f;

	for (unsigned i = 0; i < 2 * seconds; i++) {
		uint64_t turns = guest_stat(&g, "turns");

		clock_skip(NSEC_PER_SEC / 2);
		netdev_rx_room(g.dev);
		while (guest_stat(&g, "turns") == turns)
			usleep(20);
		while (there ? guest_step(&g, 0) : guest_take(&g, &f, 0))
			;
	}
}

static ssize_t read_end(int fd)
{
	static uint8_t buf[PIECE];
	ssize_t n;

	guest_until(&g, (n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) >= 0 ||
				errno != EAGAIN);
	return n < 0 ? -errno : n;
}

/* `nc -N host port <job`: the guest works for long, then answers. */
START_TEST(a_half_closed_connection_lives)
{
	struct guest_tcp *t = &g.tcp[0];
	int fd;

	open_forward((unsigned)_i);
	fd = connect_in();
	shutdown(fd, SHUT_WR);
	guest_until(&g, t->ended);
	pass_time(30 * MINUTE, true);
	ck_assert_uint_ge(guest_stat(&g, "tcp_keepalives"), 10);
	guest_segment(&g, t, TCP_ACK | TCP_PSH, "done", 4);
	guest_segment(&g, t, TCP_ACK | TCP_FIN, NULL, 0);
	ck_assert_int_eq(read_end(fd), 4);
	ck_assert_int_eq(read_end(fd), 0);
	close(fd);
	guest_close(&g);
}
END_TEST

/* The same the other way round. */
START_TEST(a_connection_that_the_guest_half_closes_lives)
{
	struct guest_tcp *t = &g.tcp[0];
	int fd;

	open_forward((unsigned)_i);
	fd = connect_in();
	guest_segment(&g, t, TCP_ACK | TCP_FIN, NULL, 0);
	ck_assert_int_eq(read_end(fd), 0);
	pass_time(30 * MINUTE, true);
	ck_assert_uint_ge(guest_stat(&g, "tcp_keepalives"), 10);
	ck_assert_int_eq(send(fd, "done", 4, MSG_NOSIGNAL), 4);
	guest_until(&g, t->received == 4);
	close(fd);
	guest_until(&g, t->ended);
	guest_close(&g);
}
END_TEST

/* A guest that doesn't answer, after the host's end. */
START_TEST(a_guest_that_is_gone_is_a_reset)
{
	int fd;

	open_forward((unsigned)_i);
	fd = connect_in();
	shutdown(fd, SHUT_WR);
	guest_until(&g, g.tcp[0].ended);
	pass_time(15 * MINUTE, false);
	ck_assert_int_eq(read_end(fd), -ECONNRESET);
	close(fd);
	guest_close(&g);
}
END_TEST

/* After its own: nothing is left of it. */
START_TEST(a_guest_that_is_gone_leaves_nothing)
{
	int fds[5];
	unsigned before;

	open_forward((unsigned)_i);
	before = count_fds();
	for (unsigned i = 0; i < ARRAY_SIZE(fds); i++) {
		struct guest_tcp *t = &g.tcp[i];

		fds[i] = host_connect(g.config.forwards.list);
		guest_until(&g, t->established);
		guest_segment(&g, t, TCP_ACK | TCP_FIN, NULL, 0);
		ck_assert_int_eq(read_end(fds[i]), 0);
	}
	pass_time(15 * MINUTE, false);
	/* The forward's own may have come since. */
	ck_assert_uint_le(count_fds(), before + ARRAY_SIZE(fds) + 2);
	for (unsigned i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
	guest_close(&g);
}
END_TEST

/* A guest that has the connection no more says so. */
START_TEST(a_guest_that_has_forgotten_is_a_reset)
{
	struct guest_tcp *t = &g.tcp[0];
	uint64_t asked;
	int fd;

	open_forward((unsigned)_i);
	fd = connect_in();
	shutdown(fd, SHUT_WR);
	guest_until(&g, t->ended);
	pass_time(5 * MINUTE, true);
	asked = guest_stat(&g, "tcp_keepalives");
	ck_assert_uint_gt(asked, 0);
	g.forgets = true;
	while (guest_stat(&g, "tcp_keepalives") == asked)
		pass_time(1, true);
	ck_assert_int_eq(read_end(fd), -ECONNRESET);
	close(fd);
	guest_close(&g);
}
END_TEST

/* The host has ended the connection, then the guest has, and the host's reader
 * pauses meanwhile: it gets all. */
static void pause_before_the_end(unsigned seconds, bool there)
{
	enum { TOTAL = 60000 };
	static uint8_t data[PIECE], got[PIECE];
	struct guest_tcp *t = &g.tcp[0];
	size_t received = 0;
	ssize_t n;
	int fd;

	fd = connect_in();
	shutdown(fd, SHUT_WR);
	guest_until(&g, t->ended);
	for (size_t sent = 0; sent < TOTAL; sent += PIECE) {
		guest_until(&g, t->acked + t->window - t->next >= PIECE);
		memset(data, (int)(sent / PIECE), PIECE);
		guest_segment(&g, t,
			      TCP_ACK | (sent + PIECE == TOTAL ? TCP_FIN : 0),
			      data, PIECE);
	}
	/* It hears that all has come. */
	guest_until(&g, t->acked == t->next);
	g.forgets = !there;
	pass_time(seconds, true);
	while (received < TOTAL) {
		guest_until(&g, (n = recv(fd, got, PIECE, MSG_DONTWAIT)) >= 0 ||
					errno != EAGAIN);
		ck_assert_int_gt(n, 0);
		for (ssize_t i = 0; i < n; i++)
			ck_assert_uint_eq(got[i],
					  (uint8_t)(received++ / PIECE));
	}
	ck_assert_int_eq(read_end(fd), 0);
	close(fd);
}

START_TEST(a_reader_may_pause_before_the_end)
{
	static const unsigned pauses[] = { 15, 30 * MINUTE };

	host_namespace();
	host_write("/proc/sys/net/ipv4/tcp_rmem", "4096 4096 4096");
	host_write("/proc/sys/net/ipv4/tcp_wmem", "4096 4096 4096");
	open_forward((unsigned)_i % 2);
	pause_before_the_end(pauses[_i / 2 % 2], _i < 4);
	guest_until(&g, guest_stat(&g, "tcp_over") > 0);
	guest_close(&g);
}
END_TEST

/* Of a guest that sends all the time from one address: another one is not taken
 * for its address without a question. */
START_TEST(a_guest_that_sends_stays_where_it_is)
{
	static const uint8_t gateway[4] = { 10, 0, 2, 2 };

	guest_open(&g, "user", "0:22", NULL);
	guest_up(&g);
	for (unsigned i = 0; i < 2; i++) {
		guest_echo(&g, gateway, 10, 1);
		guest_until(&g, g.n_icmp > i);
		if (i == 0)
			clock_skip(60 * NSEC_PER_SEC);
	}
	inet_pton(AF_INET, "10.0.2.77", g.addr4);
	guest_arp(&g, 1, g.addr4);
	guest_until(&g, guest_stat(&g, "guest_asked") == 1);
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const twice[] = {
		a_half_closed_connection_lives,
		a_connection_that_the_guest_half_closes_lives,
		a_guest_that_is_gone_is_a_reset,
		a_guest_that_is_gone_leaves_nothing,
		a_guest_that_has_forgotten_is_a_reset,
		NULL,
	};
	const TTest *const pauses[] = {
		a_reader_may_pause_before_the_end,
		NULL,
	};
	const TTest *const tests[] = {
		a_guest_that_sends_stays_where_it_is,
		NULL,
	};
	Suite *suite = suite_create("slirp_idle");

	unit_add(suite, twice, 2, NULL, NULL);
	unit_add(suite, pauses, 8, NULL, NULL);
	unit_add(suite, tests, 1, NULL, NULL);
	return unit_run(suite);
}
