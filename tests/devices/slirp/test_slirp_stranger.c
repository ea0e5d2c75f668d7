/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Strangers at a forward, and guests whose TCP is odd: whatever they do, others
 * are served, and nothing of them stays.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tests/clock_skip.h"
#include "tests/net_guest.h"

enum { CROWD = 300, TOTAL = 50000, MINUTE = 60 };

static struct guest g;

static void begin(void)
{
	guest_open(&g, "user,host=on", "0:22", NULL);
	guest_up_with(&g, NET_MTU_MAX);
	g.echo_port = 22;
}

static int client(void)
{
	return host_connect(g.config.forwards.list);
}

/* One more client is served. */
static void check_served(void)
{
	int fd = client();

	host_check_echo(&g, fd);
	close(fd);
}

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

/* libslirp's clock goes on, and the guest with it. */
static void pass_time(unsigned seconds)
{
	for (unsigned i = 0; i < 2 * seconds; i++) {
		uint64_t turns = guest_stat(&g, "turns");

		clock_skip(NSEC_PER_SEC / 2);
		netdev_rx_room(g.dev);
		while (guest_stat(&g, "turns") == turns)
			usleep(20);
		while (guest_step(&g, 0))
			;
	}
}

static void reset(int fd)
{
	const struct linger now = { .l_onoff = 1 };

	ck_assert_int_eq(
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(fd);
}

/* Reads what the guest has sent: @len bytes. */
static void read_all(int fd, void *buf, size_t len)
{
	for (size_t have = 0; have < len;) {
		ssize_t n;

		guest_until(&g, (n = recv(fd, (char *)buf + have, len - have,
					  MSG_DONTWAIT)) >= 0 ||
					errno != EAGAIN);
		ck_assert_int_gt(n, 0);
		have += (size_t)n;
	}
}

/* ---- Strangers. ---- */

START_TEST(clients_that_reset_at_once_leave_nothing)
{
	unsigned before;

	begin();
	check_served();
	pass_time(MINUTE);
	before = count_fds();
	for (unsigned i = 0; i < CROWD; i++) {
		int fd = client();

		/* Some of them say something, and some are heard of before. */
		if (i % 3 == 0)
			send(fd, "x", 1, MSG_NOSIGNAL);
		if (i % 2)
			guest_step(&g, 1);
		reset(fd);
	}
	check_served();
	pass_time(2 * MINUTE);
	ck_assert_uint_le(count_fds(), before);
	guest_close(&g);
}
END_TEST

/* Each sends a byte and waits. */
START_TEST(slow_clients_hold_nothing_up)
{
	static int fds[CROWD];

	begin();
	for (unsigned i = 0; i < CROWD; i++) {
		fds[i] = client();
		ck_assert_int_eq(send(fds[i], "G", 1, MSG_NOSIGNAL), 1);
		guest_step(&g, 0);
	}
	check_served();
	pass_time(5 * MINUTE);
	check_served();
	for (unsigned i = 0; i < CROWD; i++) {
		char back;

		read_all(fds[i], &back, 1);
		ck_assert_int_eq(back, 'G');
		close(fds[i]);
	}
	guest_close(&g);
}
END_TEST

/* They are not answered while the guest does not listen, and the guest's
 * reset reaches all of them; then it listens. */
START_TEST(clients_that_nobody_answers_leave_nothing)
{
	static int fds[CROWD];
	unsigned before;

	begin();
	check_served();
	pass_time(MINUTE);
	before = count_fds();
	g.echo_port = 0;
	for (unsigned i = 0; i < CROWD; i++)
		fds[i] = client();
	pass_time(2 * MINUTE);
	for (unsigned i = 0; i < CROWD; i++)
		close(fds[i]);
	pass_time(2 * MINUTE);
	ck_assert_uint_le(count_fds(), before);
	g.echo_port = 22;
	check_served();
	guest_close(&g);
}
END_TEST

/* ---- The guest. ---- */

/* It begins connections, and does not acknowledge the answer. */
START_TEST(connections_half_open_hold_nothing_up)
{
	static const uint8_t gateway[4] = { 10, 0, 2, 2 };
	struct guest_tcp t = { .addr = { 10, 0, 2, 2 }, .addr_len = 4 };
	struct guest_frame f;
	uint16_t port, other;
	int listener, fd;

	begin();
	listener = host_socket(AF_INET, SOCK_STREAM, &port);
	fd = host_socket(AF_INET, SOCK_STREAM, &other);
	t.peer_port = port;
	for (unsigned i = 0; i < CROWD; i++) {
		t.port = (uint16_t)(1024 + i);
		t.next = i * 1000;
		guest_segment(&g, &t, TCP_SYN, NULL, 0);
		while (guest_take(&g, &f, 0))
			;
	}
	ck_assert(guest_connect(&g, gateway, 4, other)->established);
	check_served();
	pass_time(5 * MINUTE);
	check_served();
	close(fd);
	close(listener);
	guest_close(&g);
}
END_TEST

/* How it says by how much it shifts its windows, and by how much that is. */
static const struct {
	uint8_t len, text[36], shift;
	bool scales;
} options[] = {
	{ 4, { 3, 3, 14, 1 }, 14, true },
	/* 14 is what counts: RFC 7323, 2.3. */
	{ 4, { 3, 3, 15, 1 }, 14, true },
	{ 4, { 3, 3, 255, 1 }, 14, true },
	{ 8, { 3, 3, 7, 3, 3, 2, 1, 1 }, 7, true },
	{ 16, { 4, 2, 8, 10, [12] = 3, 3, 7, 1 }, 7, true },
	/* These are none. */
	{ 4, { 3, 4, 7, 0 }, 0, false },
	{ 4, { 3, 0, 7, 0 }, 0, false },
	{ 4, { 3, 40, 7, 0 }, 0, false },
	{ 4, { 0, 3, 3, 7 }, 0, false },
	{ 4, { 1, 1, 1, 3 }, 0, false },
	{ 36, { [0 ... 32] = 1, 3, 3, 7 }, 7, true },
};

/* TOTAL bytes go to the guest in pieces that its window allows, and come
 * back. */
static void check_much(int fd)
{
	static uint8_t data[TOTAL], back[TOTAL];
	uint64_t frames = guest_stat(&g, "rx_frames");

	for (size_t i = 0; i < TOTAL; i++)
		data[i] = (uint8_t)(i * 7 >> 3);
	ck_assert_int_eq(send(fd, data, TOTAL, 0), TOTAL);
	read_all(fd, back, TOTAL);
	ck_assert_mem_eq(data, back, TOTAL);
	frames = guest_stat(&g, "rx_frames") - frames;
	if (!g.scales)
		ck_assert_uint_ge(frames, TOTAL / g.own_window);
}

START_TEST(options_are_understood_or_ignored)
{
	static const uint8_t gateway[4] = { 10, 0, 2, 2 };
	struct guest_tcp *t;
	uint16_t port;
	int fd;

	begin();
	memcpy(g.options, options[_i].text, options[_i].len);
	g.n_options = options[_i].len;
	g.scales = options[_i].scales;
	g.own_window = 1000;
	fd = client();
	check_much(fd);
	ck_assert(g.tcp[0].scales);
	close(fd);
	fd = host_socket(AF_INET, SOCK_STREAM, &port);
	t = guest_connect(&g, gateway, 4, port);
	ck_assert_int_eq(t->scales, g.scales);
	t->echo = true;
	check_much(accept(fd, NULL, NULL));
	guest_close(&g);
}
END_TEST

START_TEST(a_window_may_be_closed_for_minutes)
{
	static uint8_t data[TOTAL], back[TOTAL];
	struct guest_tcp *t = &g.tcp[0];
	int fd;

	begin();
	fd = client();
	host_check_echo(&g, fd);
	g.shut = true;
	guest_segment(&g, t, TCP_ACK, NULL, 0);
	memset(data, 'w', TOTAL);
	ck_assert_int_eq(send(fd, data, TOTAL, 0), TOTAL);
	pass_time(10 * MINUTE);
	/* It is asked whether that is still so, by a byte at a time. */
	ck_assert_uint_lt(t->received, 1000);
	g.shut = false;
	guest_segment(&g, t, TCP_ACK, NULL, 0);
	read_all(fd, back, TOTAL);
	ck_assert_mem_eq(data, back, TOTAL);
	close(fd);
	guest_close(&g);
}
END_TEST

/* The first that came counts. */
START_TEST(what_is_sent_again_may_not_be_changed)
{
	struct guest_tcp *t = &g.tcp[0];
	char text[12];
	int fd;

	begin();
	fd = client();
	host_check_echo(&g, fd);
	guest_segment(&g, t, TCP_ACK | TCP_PSH, "once", 4);
	t->next -= 4;
	guest_segment(&g, t, TCP_ACK | TCP_PSH, "evilmore", 8);
	read_all(fd, text, 8);
	ck_assert_mem_eq(text, "oncemore", 8);
	close(fd);
	guest_close(&g);
}
END_TEST

START_TEST(an_end_may_come_with_data)
{
	struct guest_tcp *t = &g.tcp[0];
	char text[4];
	int fd;

	begin();
	fd = client();
	host_check_echo(&g, fd);
	guest_segment(&g, t, TCP_ACK | TCP_FIN | TCP_PSH | TCP_URG, "last", 4);
	read_all(fd, text, 4);
	ck_assert_mem_eq(text, "last", 4);
	guest_until(&g, recv(fd, text, 4, MSG_DONTWAIT) == 0);
	close(fd);
	guest_close(&g);
}
END_TEST

/* All flags together, in turn, in a connection and without one. */
START_TEST(no_flags_bring_anything_down)
{
	begin();
	for (unsigned flags = 0; flags < 64; flags++) {
		struct guest_tcp stray = { .addr = { 10, 0, 2, 2 },
					   .addr_len = 4,
					   .port = 22,
					   .peer_port = 9 };
		int fd = client();

		host_check_echo(&g, fd);
		guest_segment(&g, &g.tcp[0], (uint8_t)flags, "x", flags & 1);
		guest_segment(&g, &stray, (uint8_t)flags, "x", flags & 1);
		reset(fd);
		memset(g.tcp, 0, sizeof(g.tcp));
	}
	check_served();
	guest_close(&g);
}
END_TEST

/* Both sides begin, each without having heard of the other. */
START_TEST(both_sides_may_begin)
{
	struct guest_tcp *t;
	struct guest_frame f;
	struct packet p;
	int fd;

	begin();
	g.echo_port = 0;
	fd = client();
	do
		ck_assert(guest_take(&g, &f, GUEST_PATIENCE_MS));
	while (packet_parse(&p, f.data, f.len) != PACKET_OK ||
	       p.protocol != PROTOCOL_TCP || !(p.payload[13] & TCP_SYN));
	t = guest_new_tcp(&g);
	memcpy(t->addr, p.addrs, 4);
	t->addr_len = 4;
	t->port = 22;
	t->peer_port = get_be16(p.payload);
	t->expected = get_be32(p.payload + 4) + 1;
	t->echo = true;
	guest_segment(&g, t, TCP_SYN, NULL, 0);
	guest_until(&g, t->established || t->reset);
	host_check_echo(&g, fd);
	close(fd);
	g.echo_port = 22;
	check_served();
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		clients_that_reset_at_once_leave_nothing,
		slow_clients_hold_nothing_up,
		clients_that_nobody_answers_leave_nothing,
		connections_half_open_hold_nothing_up,
		a_window_may_be_closed_for_minutes,
		what_is_sent_again_may_not_be_changed,
		an_end_may_come_with_data,
		no_flags_bring_anything_down,
		both_sides_may_begin,
		NULL,
	};
	const TTest *const each[] = {
		options_are_understood_or_ignored,
		NULL,
	};
	Suite *suite = unit_suite("slirp_stranger", tests);

	unit_add(suite, each, ARRAY_SIZE(options), NULL, NULL);
	return unit_run(suite);
}
