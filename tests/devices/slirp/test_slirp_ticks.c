/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libslirp's timers of TCP, which it counts in calls: net-rx sleeps while none
 * is of use, and none is late after that.  On a clock that is put forward.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "devices/slirp/internal.h"
#include "tests/clock_skip.h"
#include "tests/net_guest.h"

enum {
	PIECE = 100,
	/* In ticks: more than it takes to see that nothing happens. */
	SOON = 10,
	LONG_S = 1200,
};

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static struct guest g;
/* Frames of TCP with data that the guest took without an answer. */
static unsigned n_data;

static struct slirp_net *net_of(void)
{
	return (struct slirp_net *)(void *)g.dev;
}

/* Lets the guest take what comes without a word, but for ARP. */
static void take_silently(void)
{
	static struct guest_frame f;
	struct packet p;

	while (guest_take(&g, &f, 0)) {
		if (packet_parse(&p, f.data, f.len) != PACKET_OK)
			continue;
		if (p.ethertype == ETHERTYPE_ARP)
			guest_arp(&g, 2, p.net + 14);
		else if (p.protocol == PROTOCOL_TCP &&
			 p.payload_len > packet_tcp_header(&p))
			n_data++;
	}
}

static void pass(uint64_t ns)
{
	uint64_t turns = guest_stat(&g, "turns");

	clock_skip((int64_t)ns);
	netdev_rx_room(g.dev);
	while (guest_stat(&g, "turns") == turns)
		usleep(20);
}

static void tick(bool answers)
{
	pass(NSEC_PER_SEC / 2);
	while (answers && guest_step(&g, 0))
		;
	if (!answers)
		take_silently();
}

/* Whether net-rx waits for no timer of TCP. */
static bool is_idle(void)
{
	struct slirp_net *net = net_of();
	bool idle;

	pthread_mutex_lock(&net->loop.lock);
	idle = net->loop.deadline_ns == slirp_clock_deadline(net);
	pthread_mutex_unlock(&net->loop.lock);
	return idle;
}

static void become_idle(void)
{
	for (unsigned i = 0; i < SOON && !is_idle(); i++)
		tick(true);
	ck_assert(is_idle());
}

static void open_net(void)
{
	guest_open(&g, "user,host=on,ipv6=off", "0:22", NULL);
	guest_up(&g);
	g.echo_port = 22;
}

static int connect_in(void)
{
	int fd = host_connect(g.config.forwards.list);

	host_check_echo(&g, fd);
	return fd;
}

static struct guest_tcp *connect_out(int *fd)
{
	uint16_t port;
	int listener = host_socket(AF_INET, SOCK_STREAM, &port);
	struct guest_tcp *t = guest_connect(&g, gateway, 4, port);

	*fd = -1;
	guest_until(&g, (*fd = accept(listener, NULL, NULL)) >= 0);
	close(listener);
	return t;
}

START_TEST(idle_connections_need_no_timer)
{
	static const unsigned counts[] = { 0, 1, 100 };
	int in[100], out[100];

	open_net();
	for (unsigned i = 0; i < counts[_i]; i++) {
		in[i] = connect_in();
		connect_out(&out[i]);
	}
	become_idle();
	/* Much later nothing has changed. */
	pass(LONG_S * NSEC_PER_SEC);
	ck_assert(is_idle());
	for (unsigned i = 0; i < counts[_i]; i++)
		host_check_echo(&g, in[i]);
	ck_assert(!counts[_i] || !is_idle());
	become_idle();
	for (unsigned i = 0; i < counts[_i]; i++) {
		close(in[i]);
		close(out[i]);
	}
	guest_close(&g);
}
END_TEST

/* Those that only the guest has ended are idle, too. */
START_TEST(a_connection_that_the_guest_has_ended_needs_no_timer)
{
	struct guest_tcp *t;
	char c;
	int fd;

	open_net();
	t = connect_out(&fd);
	guest_segment(&g, t, TCP_ACK | TCP_FIN, NULL, 0);
	guest_until(&g, recv(fd, &c, 1, MSG_DONTWAIT) == 0);
	for (unsigned i = 0; i < SOON; i++)
		tick(true);
	/* But whether the guest has them is asked once a minute. */
	pthread_mutex_lock(&net_of()->loop.lock);
	ck_assert_uint_ge(net_of()->loop.deadline_ns,
			  now_ns() + 30 * NSEC_PER_SEC);
	pthread_mutex_unlock(&net_of()->loop.lock);
	close(fd);
	guest_close(&g);
}
END_TEST

static void send_piece(int fd)
{
	static const char data[PIECE];

	ck_assert_int_eq(send(fd, data, PIECE, MSG_NOSIGNAL), PIECE);
}

/* How many ticks it takes until what the guest doesn't acknowledge is sent once
 * more. */
static unsigned ticks_until_sent_again(int fd)
{
	unsigned ticks = 0, first;

	n_data = 0;
	send_piece(fd);
	while (!n_data)
		take_silently();
	first = n_data;
	while (n_data == first) {
		ck_assert_uint_lt(ticks, 100);
		tick(false);
		ticks++;
	}
	return ticks;
}

START_TEST(a_retransmission_is_not_late)
{
	unsigned busy, after_idle;
	int fd, other;

	open_net();
	fd = connect_in();
	busy = ticks_until_sent_again(fd);
	close(fd);
	guest_close(&g);

	open_net();
	fd = connect_in();
	other = connect_in();
	become_idle();
	pass(LONG_S * NSEC_PER_SEC);
	ck_assert(is_idle());
	after_idle = ticks_until_sent_again(fd);
	ck_assert_uint_gt(after_idle, 0);
	ck_assert_uint_le(after_idle, busy + 1);
	close(fd);
	close(other);
	guest_close(&g);
}
END_TEST

START_TEST(a_delayed_acknowledgement_is_not_late)
{
	struct guest_tcp *t;
	int fd;

	open_net();
	t = connect_out(&fd);
	for (unsigned i = 0; i < 3; i++) {
		become_idle();
		guest_segment(&g, t, TCP_ACK, "x", 1);
		/* Without a tick. */
		guest_until(&g, t->acked == t->next);
	}
	close(fd);
	guest_close(&g);
}
END_TEST

/* Acknowledges what came, and closes the window. */
static void close_window(const struct guest_tcp *t)
{
	const struct tcp_frame ack = {
		.from_mac = g.mac,
		.to_mac = g.gateway_mac,
		.from = g.addr4,
		.to = t->addr,
		.addr_len = 4,
		.from_port = t->port,
		.to_port = t->peer_port,
		.seq = t->next,
		.ack = t->expected + PIECE,
		.flags = TCP_ACK,
	};
	uint8_t frame[TCP_FRAME_MAX];

	guest_send(&g, frame, tcp_frame_write(&ack, frame));
}

/* The guest's window is closed, and the host's data waits: the guest is asked
 * after five seconds. */
START_TEST(a_closed_window_is_asked_in_time)
{
	struct guest_tcp *t;
	unsigned ticks = 0;
	int fd;

	open_net();
	t = connect_out(&fd);
	n_data = 0;
	send_piece(fd);
	while (!n_data)
		take_silently();
	close_window(t);
	become_idle();
	pass(LONG_S * NSEC_PER_SEC);
	ck_assert(is_idle());
	n_data = 0;
	send_piece(fd);
	guest_until(&g, !is_idle());
	while (!n_data) {
		ck_assert_uint_lt(ticks, 15);
		ck_assert(!is_idle());
		tick(false);
		ticks++;
	}
	ck_assert_uint_ge(ticks, 8);
	close(fd);
	guest_close(&g);
}
END_TEST

/* A client whose connection the guest doesn't answer is told so after 75
 * seconds. */
START_TEST(an_unanswered_connection_ends_in_time)
{
	unsigned ticks = 0;
	ssize_t n = -1;
	int other, fd;
	char c;

	open_net();
	other = connect_in();
	become_idle();
	pass(LONG_S * NSEC_PER_SEC);
	g.echo_port = 0;
	fd = host_connect(g.config.forwards.list);
	guest_until(&g, !is_idle());
	while ((n = recv(fd, &c, 1, MSG_DONTWAIT)) < 0 && errno == EAGAIN) {
		ck_assert_uint_lt(ticks, 160);
		tick(false);
		ticks++;
	}
	ck_assert_int_le(n, 0);
	ck_assert_uint_ge(ticks, 140);
	close(fd);
	close(other);
	guest_close(&g);
}
END_TEST

/* The same for a connection of the guest's to a host whose queue is full. */
START_TEST(a_connection_out_ends_in_time)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int queued[4], idle;
	struct guest_tcp *t;
	unsigned ticks = 0;
	uint16_t port;
	int listener = host_socket(AF_INET, SOCK_STREAM, &port);

	listen(listener, 0);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	addr.sin_port = htons(port);
	for (unsigned i = 0; i < ARRAY_SIZE(queued); i++) {
		queued[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(queued[i], (void *)&addr, sizeof(addr));
	}
	open_net();
	connect_out(&idle);
	become_idle();
	t = guest_new_tcp(&g);
	memcpy(t->addr, gateway, 4);
	t->addr_len = 4;
	t->port = 4000;
	t->peer_port = port;
	guest_segment(&g, t, TCP_SYN, NULL, 0);
	while (!t->reset) {
		ck_assert_uint_lt(ticks, 160);
		tick(true);
		ck_assert(t->reset || !is_idle());
		ticks++;
	}
	ck_assert_uint_ge(ticks, 140);
	for (unsigned i = 0; i < ARRAY_SIZE(queued); i++)
		close(queued[i]);
	close(idle);
	close(listener);
	guest_close(&g);
}
END_TEST

/* After the host's end libslirp counts the time for which the guest says
 * nothing. */
START_TEST(ticks_go_on_after_the_hosts_end)
{
	int fd;

	open_net();
	fd = connect_in();
	g.tcp[0].echo = false;
	become_idle();
	shutdown(fd, SHUT_WR);
	guest_until(&g, g.tcp[0].ended);
	for (unsigned i = 0; i < 2 * SOON; i++) {
		tick(true);
		ck_assert(!is_idle());
	}
	close(fd);
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const loops[] = {
		idle_connections_need_no_timer,
		NULL,
	};
	const TTest *const tests[] = {
		a_connection_that_the_guest_has_ended_needs_no_timer,
		a_retransmission_is_not_late,
		a_delayed_acknowledgement_is_not_late,
		a_closed_window_is_asked_in_time,
		an_unanswered_connection_ends_in_time,
		a_connection_out_ends_in_time,
		ticks_go_on_after_the_hosts_end,
		NULL,
	};
	Suite *suite = suite_create("slirp_ticks");

	unit_add(suite, loops, 3, NULL, NULL);
	unit_add(suite, tests, 1, NULL, NULL);
	return unit_run(suite);
}
