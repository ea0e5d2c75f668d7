/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What other user-mode networks have got wrong, and this one has not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/net_guest.h"

enum { TOTAL = 4000000, PIECE = 1400, STOPS = 5 };

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static struct guest g;

/* A connection out; the host's end of it. */
static int connect_out(struct guest_tcp **t)
{
	int listener, fd = -1;
	uint16_t port;

	listener = host_socket(AF_INET, SOCK_STREAM, &port);
	*t = guest_connect(&g, gateway, 4, port);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	close(listener);
	return fd;
}

START_TEST(empty_datagrams_go_out_and_back)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	uint16_t port;
	char byte;
	int fd = host_socket(AF_INET, SOCK_DGRAM, &port);

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	guest_udp(&g, gateway, 4, 3000, port, "", 0);
	guest_until(&g, recvfrom(fd, &byte, 1, MSG_DONTWAIT, (void *)&from,
				 &len) == 0);
	ck_assert_int_eq(sendto(fd, "", 0, 0, (void *)&from, len), 0);
	guest_until(&g, g.udp_came);
	ck_assert_uint_eq(g.udp_port, 3000);
	ck_assert_uint_eq(g.udp_len, 0);
	close(fd);
	guest_close(&g);
}
END_TEST

/* The host's process dies amid what the guest sends. */
START_TEST(a_reader_that_dies_is_a_reset)
{
	static const uint8_t data[PIECE];
	struct guest_tcp *t;
	char byte;
	int fd;

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	fd = connect_out(&t);
	for (unsigned i = 0; i < 30; i++)
		guest_segment(&g, t, TCP_ACK, data, PIECE);
	guest_until(&g, recv(fd, &byte, 1, MSG_DONTWAIT) == 1);
	close(fd);
	guest_until(&g, t->reset);
	guest_close(&g);
}
END_TEST

/* And amid what it sends: all that it has written arrives. */
START_TEST(a_writer_that_dies_has_written)
{
	static uint8_t data[100000];
	struct guest_tcp *t;
	int fd;

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	fd = connect_out(&t);
	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 >> 3);
	ck_assert_int_eq(send(fd, data, sizeof(data), 0), sizeof(data));
	close(fd);
	guest_until(&g, t->ended);
	ck_assert(!t->reset);
	ck_assert_uint_eq(t->received, sizeof(data));
	ck_assert(t->hash == guest_hash(0, data, sizeof(data)));
	guest_close(&g);
}
END_TEST

/* To itself, by way of the host's port. */
START_TEST(the_guest_reaches_its_own_forward)
{
	const struct sockaddr_in *in;
	struct guest_tcp *t;

	guest_open(&g, "user,host=on", "0:22", NULL);
	guest_up(&g);
	g.echo_port = 22;
	in = (const void *)&g.config.forwards.list[0].host;
	t = guest_connect(&g, gateway, 4, ntohs(in->sin_port));
	ck_assert(t->established);
	guest_segment(&g, t, TCP_ACK | TCP_PSH, "hairpin", 7);
	guest_until(&g, t->received == 7);
	ck_assert(t->hash == guest_hash(0, (const uint8_t *)"hairpin", 7));
	guest_segment(&g, t, TCP_ACK | TCP_FIN, NULL, 0);
	guest_until(&g, t->ended);
	ck_assert(!t->reset);
	guest_close(&g);
}
END_TEST

/* The host has but a loopback, and no route. */
START_TEST(no_route_is_told)
{
	static const uint8_t away[4] = { 192, 0, 2, 1 };
	struct guest_tcp t = { .addr_len = 4, .port = 1000, .peer_port = 80 };
	const uint8_t *icmp;

	host_namespace();
	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
	memcpy(t.addr, away, 4);
	guest_segment(&g, &t, TCP_SYN, NULL, 0);
	guest_until(&g, g.n_icmp);
	/* Network unreachable, about this segment. */
	icmp = guest_payload(g.other.data, 4);
	ck_assert_uint_eq(icmp[0], 3);
	ck_assert_uint_eq(icmp[1], 0);
	ck_assert_mem_eq(icmp + 8 + 16, away, 4);
	guest_close(&g);
}
END_TEST

static int name_server(const char *addr)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(53) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	inet_pton(AF_INET, addr, &in.sin_addr);
	ck_assert_int_eq(bind(fd, (void *)&in, sizeof(in)), 0);
	return fd;
}

/* Asks until @fd has the question; a question that is under way when the file
 * changes may still go to the old one. */
static void ask_until(int fd)
{
	static const uint8_t dns[4] = { 10, 0, 2, 3 };
	static uint16_t port = 4000;
	uint64_t give_up = now_ns() + GUEST_PATIENCE_MS * NSEC_PER_MSEC;
	char buf[8];

	while (recv(fd, buf, sizeof(buf), 0) != 4) {
		ck_assert(now_ns() < give_up);
		guest_udp(&g, dns, 4, port++, 53, "who?", 4);
		guest_step(&g, 50);
	}
}

START_TEST(a_resolver_that_changes_is_followed)
{
	char conf[] = "/tmp/minivmm-test-XXXXXX";
	int first, second;

	host_namespace();
	close(mkstemp(conf));
	host_write(conf, "nameserver 127.0.0.1\n");
	ck_assert_int_eq(mount(conf, "/etc/resolv.conf", NULL, MS_BIND, NULL),
			 0);
	first = name_server("127.0.0.1");
	second = name_server("127.0.0.20");
	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
	ask_until(first);
	host_write(conf, "# another\nnameserver 127.0.0.20\n");
	ask_until(second);
	unlink(conf);
	close(first);
	close(second);
	guest_close(&g);
}
END_TEST

/* The guest's side: sends TOTAL bytes to the first who connects. */
static void serve(void)
{
	struct guest_tcp *t = &g.tcp[0];
	static uint8_t data[PIECE];

	guest_up(&g);
	g.echo_port = 22;
	guest_until(&g, t->established);
	t->echo = false;
	for (size_t sent = 0; sent < TOTAL; sent += PIECE) {
		size_t n = MIN((size_t)PIECE, TOTAL - sent);

		guest_until(&g, t->acked + t->window - t->next >= n);
		memset(data, (int)(sent / PIECE), n);
		guest_segment(&g, t, TCP_ACK, data, n);
	}
	guest_segment(&g, t, TCP_ACK | TCP_FIN, NULL, 0);
	guest_until(&g, t->acked == t->next && t->ended);
	guest_close(&g);
	_exit(0);
}

/* How many of the @len bytes of @data, which begin at @at of what serve()
 * sends, are wrong.  One assertion for each byte would take so long with
 * sanitizers that the guest, which waits for the end, would lose patience. */
static size_t count_wrong(const uint8_t *data, size_t len, size_t at)
{
	size_t wrong = 0;

	for (size_t i = 0; i < len; i++)
		wrong += data[i] != (uint8_t)((at + i) / PIECE);
	return wrong;
}

/* The process is stopped amid a transfer, with its threads, and goes on. */
START_TEST(a_process_that_is_stopped_goes_on)
{
	static uint8_t buf[65536];
	size_t received = 0, next = 0;
	unsigned stops = 0;
	int fd, status;
	pid_t pid;
	ssize_t n;

	guest_open(&g, "user", "0:22", NULL);
	pid = fork();
	if (pid == 0)
		serve();
	fd = host_connect(g.config.forwards.list);
	fcntl(fd, F_SETFL, 0);
	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0) {
		ck_assert_uint_eq(count_wrong(buf, (size_t)n, received), 0);
		received += (size_t)n;
		if (stops < STOPS && received >= next) {
			next = ++stops * (size_t)PIECE * 300;
			kill(pid, SIGSTOP);
			ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
			ck_assert(WIFSTOPPED(status));
			usleep(5000);
			kill(pid, SIGCONT);
		}
	}
	ck_assert_int_eq(n, 0);
	ck_assert_uint_eq(received, TOTAL);
	ck_assert_uint_eq(stops, STOPS);
	close(fd);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		empty_datagrams_go_out_and_back,
		a_reader_that_dies_is_a_reset,
		a_writer_that_dies_has_written,
		the_guest_reaches_its_own_forward,
		no_route_is_told,
		a_resolver_that_changes_is_followed,
		a_process_that_is_stopped_goes_on,
		NULL,
	};

	return unit_run(unit_suite("slirp_stays", tests));
}
