/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's peer sees a clean end of a connection only if the guest has ended
 * it, and gets all that came before; everything else is a reset.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/net_guest.h"

enum { TOTAL = 50000, PIECE = 1000 };

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static struct guest g;

static const char *const publish[] = { "0:22", "[::1]:0:22" };

/* Opens the network with one forward, of IPv4 or IPv6. */
static void open_forward(unsigned family)
{
	guest_open(&g, "user,host=on", publish[family], NULL);
	guest_up(&g);
	guest_solicit(&g, g.config.gateway6.s6_addr);
	g.echo_port = 22;
}

static unsigned forward_port(void)
{
	const struct sockaddr_in *in =
		(const void *)&g.config.forwards.list[0].host;

	/* At the same place for IPv6. */
	return ntohs(in->sin_port);
}

/* Connects to it; the guest's end is the first. */
static int connect_in(void)
{
	int fd = host_connect(g.config.forwards.list);

	guest_until(&g, g.tcp[0].established);
	g.tcp[0].echo = false;
	return fd;
}

/* Reads all there is from @fd, in the end 0 or a negative errno; how many
 * bytes that were. */
static size_t read_all(int fd, int *end)
{
	static uint8_t buf[TOTAL];
	size_t len = 0;
	ssize_t n;

	do {
		guest_until(&g, (n = recv(fd, buf, sizeof(buf),
					  MSG_DONTWAIT)) >= 0 ||
					errno != EAGAIN);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	*end = n < 0 ? -errno : 0;
	return len;
}

/* The guest sends TOTAL bytes, as the window allows; @flags with the last. */
static void send_all(struct guest_tcp *t, uint8_t flags)
{
	static uint8_t data[PIECE];

	for (size_t sent = 0; sent < TOTAL; sent += PIECE) {
		guest_until(&g, t->acked + t->window - t->next >= PIECE);
		guest_segment(&g, t,
			      TCP_ACK | (sent + PIECE == TOTAL ? flags : 0),
			      data, PIECE);
	}
}

static void small_buffers(void)
{
	host_namespace();
	host_write("/proc/sys/net/ipv4/tcp_rmem", "4096 4096 4096");
	host_write("/proc/sys/net/ipv4/tcp_wmem", "4096 4096 4096");
}

START_TEST(a_reset_by_the_guest_is_a_reset_in)
{
	int end, fd;

	open_forward((unsigned)_i);
	fd = connect_in();
	guest_segment(&g, &g.tcp[0], TCP_RST | TCP_ACK, NULL, 0);
	ck_assert_uint_eq(read_all(fd, &end), 0);
	ck_assert_int_eq(end, -ECONNRESET);
	close(fd);
	guest_close(&g);
}
END_TEST

START_TEST(a_reset_by_the_guest_is_a_reset_out)
{
	const uint8_t *const to[] = { gateway, g.config.gateway6.s6_addr };
	int listener, end, fd = -1;
	struct guest_tcp *t;
	uint16_t port;

	open_forward((unsigned)_i);
	listener = host_socket(_i ? AF_INET6 : AF_INET, SOCK_STREAM, &port);
	t = guest_connect(&g, to[_i], _i ? 16 : 4, port);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	guest_segment(&g, t, TCP_RST | TCP_ACK, NULL, 0);
	ck_assert_uint_eq(read_all(fd, &end), 0);
	ck_assert_int_eq(end, -ECONNRESET);
	close(fd);
	close(listener);
	guest_close(&g);
}
END_TEST

/* Part of what the guest sent is on its way still. */
START_TEST(a_reset_amid_data_is_a_reset)
{
	int end, fd;

	small_buffers();
	open_forward((unsigned)_i);
	fd = connect_in();
	send_all(&g.tcp[0], 0);
	guest_until(&g, g.tcp[0].acked == g.tcp[0].next);
	guest_segment(&g, &g.tcp[0], TCP_RST | TCP_ACK, NULL, 0);
	ck_assert_uint_lt(read_all(fd, &end), TOTAL);
	ck_assert_int_eq(end, -ECONNRESET);
	close(fd);
	guest_close(&g);
}
END_TEST

/* The same when the guest had ended it first: part of that is lost. */
START_TEST(a_reset_before_the_end_is_written_is_a_reset)
{
	int end, fd;

	small_buffers();
	open_forward((unsigned)_i);
	fd = connect_in();
	send_all(&g.tcp[0], TCP_FIN);
	guest_until(&g, g.tcp[0].acked == g.tcp[0].next);
	guest_segment(&g, &g.tcp[0], TCP_RST | TCP_ACK, NULL, 0);
	ck_assert_uint_lt(read_all(fd, &end), TOTAL);
	ck_assert_int_eq(end, -ECONNRESET);
	close(fd);
	guest_close(&g);
}
END_TEST

START_TEST(a_forward_to_a_closed_port_is_reset)
{
	int end, fd;

	open_forward((unsigned)_i);
	g.echo_port = 0;
	g.refuses = true;
	fd = host_connect(g.config.forwards.list);
	ck_assert_uint_eq(read_all(fd, &end), 0);
	ck_assert_int_eq(end, -ECONNRESET);
	close(fd);
	guest_close(&g);
}
END_TEST

/* The guest is gone before it has said that it has no more to say. */
START_TEST(the_end_of_the_network_is_a_reset)
{
	static uint8_t buf[16];
	ssize_t n;
	int fd;

	open_forward((unsigned)_i);
	fd = connect_in();
	guest_segment(&g, &g.tcp[0], TCP_ACK, "part", 4);
	guest_until(&g, recv(fd, buf, 4, MSG_DONTWAIT) == 4);
	guest_close(&g);
	n = recv(fd, buf, sizeof(buf), 0);
	ck_assert(n < 0 && errno == ECONNRESET);
	close(fd);
}
END_TEST

/* The machine is reset: connections end in either direction, and the next guest
 * may use the same ports and sequence numbers, and who comes meanwhile waits
 * for it. */
START_TEST(the_end_of_the_machine_is_a_reset)
{
	int listener, end, fd, waits = -1, fd_out[2] = { -1, -1 };
	struct guest_tcp *t;
	uint16_t port;

	open_forward((unsigned)_i);
	listener = host_socket(AF_INET, SOCK_STREAM, &port);
	fd = connect_in();
	for (unsigned i = 0; i < 2; i++) {
		if (i == 1) {
			netdev_unplug(g.dev);
			memset(g.tcp, 0, sizeof(g.tcp));
			g.n_connects = 0;
			waits = host_connect(g.config.forwards.list);
			guest_up(&g);
		}
		t = guest_connect(&g, gateway, 4, port);
		ck_assert(t->established);
		guest_until(&g,
			    (fd_out[i] = accept(listener, NULL, NULL)) >= 0);
	}
	ck_assert_uint_eq(read_all(fd, &end), 0);
	ck_assert_int_eq(end, -ECONNRESET);
	ck_assert_uint_eq(read_all(fd_out[0], &end), 0);
	ck_assert_int_eq(end, -ECONNRESET);
	guest_solicit(&g, g.config.gateway6.s6_addr);
	host_check_echo(&g, waits);
	close(fd);
	close(waits);
	close(fd_out[0]);
	close(fd_out[1]);
	close(listener);
	guest_close(&g);
}
END_TEST

START_TEST(a_driver_that_comes_again_keeps_connections)
{
	int fd;

	open_forward((unsigned)_i);
	fd = host_connect(g.config.forwards.list);
	host_check_echo(&g, fd);
	netdev_stop(g.dev);
	guest_start(&g, 1500);
	host_check_echo(&g, fd);
	close(fd);
	guest_close(&g);
}
END_TEST

/* The process is killed amid a connection: that is a reset, too, and another
 * may have the port at once. */
START_TEST(the_death_of_the_process_is_a_reset)
{
	static uint8_t buf[16];
	char same[64];
	ssize_t n;
	pid_t pid;
	int fd;

	guest_open(&g, "user", publish[_i], NULL);
	pid = fork();
	if (pid == 0) {
		guest_up(&g);
		guest_solicit(&g, g.config.gateway6.s6_addr);
		g.echo_port = 22;
		guest_until(&g, g.tcp[0].received == 4);
		kill(getpid(), SIGKILL);
	}
	fd = host_connect(g.config.forwards.list);
	while (send(fd, "ping", 4, MSG_NOSIGNAL) < 0)
		usleep(1000);
	fcntl(fd, F_SETFL, 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		;
	ck_assert(n < 0 && errno == ECONNRESET);
	snprintf(same, sizeof(same), "%s%u:22", _i ? "[::1]:" : "",
		 forward_port());
	guest_close(&g);
	guest_open(&g, "user", same, NULL);
	guest_close(&g);
	close(fd);
}
END_TEST

/* It has: the end is clean, whatever comes after it, and nothing is lost. */
START_TEST(an_end_by_the_guest_is_an_end)
{
	int end, fd;

	open_forward((unsigned)_i % 2);
	fd = connect_in();
	send_all(&g.tcp[0], TCP_FIN);
	guest_until(&g, g.tcp[0].acked == g.tcp[0].next);
	if (_i < 2) {
		guest_segment(&g, &g.tcp[0], TCP_RST | TCP_ACK, NULL, 0);
		ck_assert_uint_eq(read_all(fd, &end), TOTAL);
		guest_close(&g);
	} else {
		static uint8_t buf[TOTAL];
		size_t len = 0;
		ssize_t n;

		guest_close(&g);
		while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
			len += (size_t)n;
		end = (int)n;
		ck_assert_uint_eq(len, TOTAL);
	}
	ck_assert_int_eq(end, 0);
	close(fd);
}
END_TEST

int main(void)
{
	const TTest *const resets[] = {
		a_reset_by_the_guest_is_a_reset_in,
		a_reset_by_the_guest_is_a_reset_out,
		a_reset_amid_data_is_a_reset,
		a_reset_before_the_end_is_written_is_a_reset,
		a_forward_to_a_closed_port_is_reset,
		the_end_of_the_network_is_a_reset,
		the_end_of_the_machine_is_a_reset,
		a_driver_that_comes_again_keeps_connections,
		the_death_of_the_process_is_a_reset,
		NULL,
	};
	const TTest *const ends[] = {
		an_end_by_the_guest_is_an_end,
		NULL,
	};
	Suite *suite = suite_create("slirp_reset");

	unit_add(suite, resets, 2, NULL, NULL);
	unit_add(suite, ends, 4, NULL, NULL);
	return unit_run(suite);
}
