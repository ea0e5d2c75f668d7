/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Services of the network that are unix sockets of the host's: one whose queue
 * is full holds nothing up, and is connected to when it accepts.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "devices/slirp/internal.h"
#include "tests/net_guest.h"

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static const uint8_t service[4] = { 10, 0, 2, 100 };
static struct guest g;
static struct sockaddr_un un = { .sun_family = AF_UNIX };
/* The service's socket, and who fills its queue. */
static int listener, fillers[2];

static void open_service(int backlog)
{
	char text[200];

	snprintf(un.sun_path, sizeof(un.sun_path), "/tmp/minivmm-test-%d",
		 getpid());
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(listener, (void *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(listener, backlog), 0);
	snprintf(text, sizeof(text), "user,guestfwd=10.0.2.100:80-unix:%s",
		 un.sun_path);
	guest_open(&g, text, NULL, NULL);
	guest_up(&g);
}

static void close_service(void)
{
	guest_close(&g);
	close(listener);
	unlink(un.sun_path);
}

static int connect_unix(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (connect(fd, (void *)&un, sizeof(un)) == 0)
		return fd;
	ck_assert_int_eq(errno, EAGAIN);
	close(fd);
	return -1;
}

/* A queue of one has room for two. */
static void fill_queue(void)
{
	fillers[0] = connect_unix();
	fillers[1] = connect_unix();
	ck_assert_int_ge(fillers[1], 0);
	ck_assert_int_lt(connect_unix(), 0);
}

/* Accepts those that fill the queue, too. */
static void empty_queue(void)
{
	for (unsigned i = 0; i < 2; i++) {
		close(accept(listener, NULL, NULL));
		close(fillers[i]);
	}
}

static int accepted(void)
{
	int fd = -1;

	guest_until(&g,
		    (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0);
	return fd;
}

static void check_alive(void)
{
	unsigned n = g.n_icmp;

	guest_echo(&g, gateway, 8, 0);
	guest_until(&g, g.n_icmp > n);
}

/* All that is there to be read is @len bytes of @data; whether the other side
 * has ended. */
static bool check_read(int fd, const char *data, size_t len)
{
	char buf[64];
	size_t n = 0;
	ssize_t rc = -1;

	guest_until(&g, (rc = recv(fd, buf + n, sizeof(buf) - n, 0)) == 0 ||
				(rc > 0 && (n += (size_t)rc) >= len));
	ck_assert_uint_eq(n, len);
	ck_assert_mem_eq(buf, data, len);
	return rc == 0;
}

START_TEST(a_full_queue_holds_nothing_up)
{
	struct guest_tcp *t;
	uint64_t turns;
	int fd;

	open_service(1);
	fill_queue();
	t = guest_connect(&g, service, 4, 80);
	ck_assert(t->established);
	guest_segment(&g, t, TCP_ACK | TCP_PSH, "hello", 5);
	check_alive();
	/* It is asked again, but not without a pause. */
	turns = guest_stat(&g, "turns");
	for (unsigned i = 0; i < 50; i++)
		guest_step(&g, 10);
	ck_assert_uint_le(guest_stat(&g, "turns") - turns, 40);
	ck_assert(!t->reset && !t->ended);
	empty_queue();
	fd = accepted();
	ck_assert(!check_read(fd, "hello", 5));
	ck_assert_int_eq(send(fd, "world!", 6, 0), 6);
	guest_until(&g, t->received == 6);
	close(fd);
	guest_until(&g, t->ended);
	close_service();
}
END_TEST

/* More than libslirp may have of the guest's is kept by the guest. */
START_TEST(a_full_queue_loses_nothing)
{
	enum { LEN = 40 };
	static const char data[1000];
	struct guest_tcp *t;
	size_t got = 0;
	char buf[4096];
	ssize_t n;
	int fd;

	open_service(1);
	fill_queue();
	t = guest_connect(&g, service, 4, 80);
	for (unsigned i = 0; i < LEN; i++)
		guest_segment(&g, t, TCP_ACK | TCP_PSH, data, sizeof(data));
	guest_until(&g, t->acked == t->next);
	empty_queue();
	fd = accepted();
	while (got < LEN * sizeof(data)) {
		guest_until(&g, (n = recv(fd, buf, sizeof(buf), 0)) > 0);
		got += (size_t)n;
	}
	ck_assert_uint_eq(got, LEN * sizeof(data));
	close(fd);
	close_service();
}
END_TEST

/* With and without data before it. */
static void ended_while_waiting(const char *data, size_t len)
{
	struct guest_tcp *t;
	int fd;

	open_service(1);
	fill_queue();
	t = guest_connect(&g, service, 4, 80);
	if (len)
		guest_segment(&g, t, TCP_ACK | TCP_PSH, data, len);
	guest_segment(&g, t, TCP_ACK | TCP_FIN, NULL, 0);
	guest_until(&g, t->acked == t->next);
	empty_queue();
	fd = accepted();
	if (!len || !check_read(fd, data, len))
		ck_assert(check_read(fd, "", 0));
	/* The other direction lives. */
	ck_assert_int_eq(send(fd, "late", 4, 0), 4);
	guest_until(&g, t->received == 4);
	close(fd);
	guest_until(&g, t->ended);
	close_service();
}

START_TEST(an_end_while_it_waits_is_not_lost)
{
	ended_while_waiting("", 0);
	ended_while_waiting("hello", 5);
}
END_TEST

START_TEST(a_reset_while_it_waits_is_forgotten)
{
	struct guest_tcp *t, *second;
	int fd;

	open_service(1);
	fill_queue();
	t = guest_connect(&g, service, 4, 80);
	second = guest_connect(&g, service, 4, 80);
	guest_segment(&g, t, TCP_RST, NULL, 0);
	guest_segment(&g, second, TCP_ACK | TCP_PSH, "second", 6);
	check_alive();
	empty_queue();
	fd = accepted();
	check_read(fd, "second", 6);
	for (unsigned i = 0; i < 20; i++)
		guest_step(&g, 5);
	ck_assert_int_lt(accept(listener, NULL, NULL), 0);
	close(fd);
	close_service();
}
END_TEST

/* It has gone while somebody waited. */
START_TEST(a_service_that_goes_resets_who_waits)
{
	struct guest_tcp *t;

	open_service(1);
	fill_queue();
	t = guest_connect(&g, service, 4, 80);
	guest_segment(&g, t, TCP_ACK | TCP_PSH, "hello", 5);
	check_alive();
	ck_assert(!t->reset);
	close(listener);
	guest_until(&g, t->reset);
	close_service();
}
END_TEST

/* And one that never was. */
START_TEST(a_service_that_is_not_there_resets)
{
	struct guest_tcp *t;

	open_service(1);
	unlink(un.sun_path);
	t = guest_connect(&g, service, 4, 80);
	guest_until(&g, t->reset);
	check_alive();
	close_service();
}
END_TEST

static unsigned count_reset(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < GUEST_CONNECTIONS; i++)
		n += g.tcp[i].used && g.tcp[i].reset;
	return n;
}

/* As many as may; the others are reset. */
START_TEST(many_wait)
{
	enum { MANY = SLIRP_WAITS + 20 };
	static int fds[MANY];

	open_service(1);
	fill_queue();
	for (unsigned i = 0; i < MANY; i++)
		guest_connect(&g, service, 4, 80);
	guest_until(&g, count_reset() == 20);
	empty_queue();
	for (unsigned i = 0; i < SLIRP_WAITS; i++)
		fds[i] = accepted();
	for (unsigned i = 0; i < SLIRP_WAITS; i++)
		close(fds[i]);
	ck_assert_uint_eq(count_reset(), 20);
	close_service();
}
END_TEST

/* The end does not wait for the service, nor does a new start. */
START_TEST(the_network_ends_and_starts_meanwhile)
{
	open_service(1);
	fill_queue();
	guest_connect(&g, service, 4, 80);
	netdev_stop(g.dev);
	guest_up(&g);
	check_alive();
	guest_connect(&g, service, 4, 80);
	close_service();
	close(fillers[0]);
	close(fillers[1]);
}
END_TEST

START_TEST(the_stub_leaves_no_file)
{
	struct unix_stub stub;
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), peer;
	char dir[] = "/tmp/minivmm-test-XXXXXX", long_dir[200];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(long_dir, sizeof(long_dir), "%s/%0120d", dir, 0);
	ck_assert_int_eq(mkdir(long_dir, 0700), 0);
	setenv("TMPDIR", long_dir, 1);
	ck_assert_int_eq(unix_stub_open(&stub), 0);
	ck_assert_int_eq(rmdir(long_dir), 0);
	ck_assert_int_eq(rmdir(dir), 0);
	ck_assert_int_eq(unix_stub_accept(&stub), -EAGAIN);
	strcpy(to.sun_path, stub.path);
	ck_assert_int_eq(connect(fd, (void *)&to, sizeof(to)), 0);
	peer = unix_stub_accept(&stub);
	ck_assert_int_ge(peer, 0);
	ck_assert_int_eq(send(fd, "x", 1, 0), 1);
	close(peer);
	close(fd);
	unix_stub_close(&stub);
	/* Where there is no such directory, another will do. */
	ck_assert_int_eq(unix_stub_open(&stub), 0);
	unix_stub_close(&stub);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_full_queue_holds_nothing_up,
		a_full_queue_loses_nothing,
		an_end_while_it_waits_is_not_lost,
		a_reset_while_it_waits_is_forgotten,
		a_service_that_goes_resets_who_waits,
		a_service_that_is_not_there_resets,
		many_wait,
		the_network_ends_and_starts_meanwhile,
		the_stub_leaves_no_file,
		NULL,
	};

	return unit_run(unit_suite("slirp_service", tests));
}
