/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/net_guest.h"

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static struct guest g;

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

/* The host's peer stops reading until the window is closed, and goes on. */
/* A sender holds back a piece until it fits, or half of the window is open:
 * to learn of it must not take that the sender asks. */
static void upload(unsigned mtu, int small)
{
	/* More than any socket holds. */
	enum { TOTAL = 16 * 1024 * 1024, HALF = 32768 };
	static uint8_t data[65536], buf[65536];
	size_t piece = MIN(mtu - 40, (unsigned)HALF);
	int listener, fd = -1;
	size_t sent = 0, received = 0;
	struct guest_tcp *t;
	unsigned idle = 0;
	uint16_t port;
	ssize_t n;

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_start(&g, mtu);
	guest_arp(&g, 1, gateway);
	listener = host_socket(AF_INET, SOCK_STREAM, &port);
	setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	t = guest_connect(&g, gateway, 4, port);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	while (received < TOTAL) {
		size_t room = t->acked + t->window - t->next;

		if (sent < TOTAL && room >= piece) {
			guest_segment(&g, t, TCP_ACK | TCP_PSH, data, piece);
			sent += piece;
			idle = 0;
		} else if (!guest_step(&g, 1)) {
			idle++;
		}
		/* Some time after nothing moves any more, all there is. */
		if (idle < 20)
			continue;
		while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
			received += (size_t)n;
		ck_assert_uint_lt(idle, 10000);
	}
	close(fd);
	close(listener);
	guest_close(&g);
}

START_TEST(an_upload_resumes_after_a_pause)
{
	upload(1500, 4096);
	upload(NET_MTU_MAX, 65536);
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

/* Send @len bytes of @data as from sequence number @seq. */
static void send_at(struct guest_tcp *t, uint32_t seq, const char *data,
		    size_t len)
{
	t->next = seq;
	guest_segment(&g, t, TCP_ACK | TCP_PSH, data, len);
}

static bool comes(int fd, const char *data)
{
	char buf[64];
	ssize_t len = (ssize_t)strlen(data);

	guest_until(&g,
		    recv(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_PEEK) == len);
	return recv(fd, buf, sizeof(buf), 0) == len &&
	       memcmp(buf, data, (size_t)len) == 0;
}

START_TEST(sequence_numbers_begin_anew_out_of_order)
{
	static const char all[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	static const struct {
		uint32_t at;
		unsigned from, len;
	} pieces[] = {
		/* Behind 0, before it, and across it, what was lost. */
		{ 5, 10, 5 },		{ 12, 17, 8 },	{ (uint32_t)-4, 1, 2 },
		{ (uint32_t)-5, 0, 9 }, { 20, 25, 11 }, { 2, 7, 18 },
	};
	struct guest_tcp *t;
	uint16_t port;
	int listener, fd = -1;

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	g.first_seq = (uint32_t)-6;
	listener = host_socket(AF_INET, SOCK_STREAM, &port);
	t = guest_connect(&g, gateway, 4, port);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	for (unsigned i = 0; i < ARRAY_SIZE(pieces); i++)
		send_at(t, pieces[i].at, all + pieces[i].from, pieces[i].len);
	ck_assert(comes(fd, all));
	guest_until(&g, t->acked == 31);
	close(fd);
	close(listener);
	guest_close(&g);
}
END_TEST

/* The sequence numbers begin anew within data that was acknowledged, but is
 * sent once more; and when the host's side has nothing more to say. */
START_TEST(sequence_numbers_begin_anew_once)
{
	struct guest_tcp *t;
	uint16_t port;
	int listener, fd = -1;

	for (unsigned half_closed = 0; half_closed < 2; half_closed++) {
		guest_open(&g, "user,host=on", NULL, NULL);
		guest_up(&g);
		g.first_seq = (uint32_t)-6;
		listener = host_socket(AF_INET, SOCK_STREAM, &port);
		t = guest_connect(&g, gateway, 4, port);
		guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
		if (half_closed) {
			shutdown(fd, SHUT_WR);
			guest_until(&g, t->ended);
		}
		send_at(t, (uint32_t)-5, "0123456789", 10);
		ck_assert(comes(fd, "0123456789"));
		guest_until(&g, t->acked == 5);
		send_at(t, (uint32_t)-5, "0123456789", 10);
		send_at(t, (uint32_t)-5, "01234", 5);
		send_at(t, (uint32_t)-3, "23456789abc", 11);
		ck_assert(comes(fd, "abc"));
		guest_until(&g, t->acked == 8);
		send_at(t, 8, "defgh", 5);
		ck_assert(comes(fd, "defgh"));
		ck_assert_uint_eq(guest_stat(&g, "drop_order"), 0);
		close(fd);
		close(listener);
		guest_close(&g);
	}
}
END_TEST

/* The host's side has nothing more to say: libslirp queues everything, and a
 * segment ends at 0.  @data follows, then the end. */
static void end_at_zero(const char *publish, const char *data)
{
	char eof;
	struct guest_tcp *t = &g.tcp[0];
	int fd;

	guest_open(&g, "user", publish, NULL);
	guest_up(&g);
	g.first_seq = (uint32_t)-11;
	g.echo_port = 22;
	guest_solicit(&g, g.config.gateway6.s6_addr);
	fd = host_connect(g.config.forwards.list);
	guest_until(&g, t->established);
	t->echo = false;
	shutdown(fd, SHUT_WR);
	guest_until(&g, t->ended);
	guest_segment(&g, t, TCP_ACK, "0123456789", 10);
	ck_assert_uint_eq(t->next, 0);
	ck_assert(comes(fd, "0123456789"));
	/* It may come again. */
	send_at(t, (uint32_t)-10, "0123456789", 10);
	if (*data)
		guest_segment(&g, t, TCP_ACK, data, strlen(data));
	ck_assert(!*data || comes(fd, data));
	ck_assert_int_eq(recv(fd, &eof, 1, MSG_DONTWAIT), -1);
	guest_segment(&g, t, TCP_ACK | TCP_FIN, NULL, 0);
	guest_until(&g, recv(fd, &eof, 1, MSG_DONTWAIT) == 0);
	guest_until(&g, t->acked == t->next);
	ck_assert_uint_eq(guest_stat(&g, "drop_order"), 0);
	close(fd);
	guest_close(&g);
}

START_TEST(a_segment_of_a_half_closed_connection_may_end_at_zero)
{
	end_at_zero("0:22", "");
	end_at_zero("0:22", "ab");
	end_at_zero("0:22", "abcdefghijklmnop");
	end_at_zero("[::1]:0:22", "abcdefghijklmnop");
}
END_TEST

/* Data that comes with the first segment already, and again. */
START_TEST(a_first_segment_may_have_data)
{
	static const char early[] = "early";
	int listener, fd = -1;
	struct guest_tcp *t;
	uint16_t port;

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	listener = host_socket(AF_INET, SOCK_STREAM, &port);
	t = guest_new_tcp(&g);
	memcpy(t->addr, gateway, 4);
	t->addr_len = 4;
	t->port = 40000;
	t->peer_port = port;
	guest_segment(&g, t, TCP_SYN, early, strlen(early));
	t->next -= (uint32_t)strlen(early);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	guest_until(&g, t->established);
	guest_segment(&g, t, TCP_ACK | TCP_PSH, early, strlen(early));
	ck_assert(comes(fd, early));
	ck_assert_uint_eq(guest_stat(&g, "syn_data"), 1);
	close(fd);
	close(listener);
	guest_close(&g);
}
END_TEST

START_TEST(a_refused_connection_is_reset)
{
	static const uint8_t gateway6[16] = { 0xfe, 0xc0, [15] = 2 };
	uint16_t port;

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	close(host_socket(AF_INET, SOCK_STREAM, &port));
	ck_assert(guest_connect(&g, gateway, 4, port)->reset);
	close(host_socket(AF_INET6, SOCK_STREAM, &port));
	ck_assert(guest_connect(&g, gateway6, 16, port)->reset);
	guest_close(&g);
}
END_TEST

/* The guest takes frames for @ms, but doesn't answer them. */
static void ignore_frames(unsigned ms)
{
	static struct guest_frame f;
	uint64_t end = now_ns() + ms * NSEC_PER_MSEC;

	while (now_ns() < end)
		guest_take(&g, &f, 1);
}

/* The host's side ends with an error when libslirp has all that it can keep
 * for either side: there is something to write, and no room to read. */
START_TEST(an_error_on_a_full_connection_is_survived)
{
	/* Of libslirp's buffer, and what it reads into it are multiples of. */
	enum { ROOM = 131400, SEGMENT = 1440 };
	static const struct linger now = { .l_onoff = 1 };
	static char data[MIB];
	struct guest_tcp *t;
	uint16_t port;
	int listener, fd = -1;

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	listener = host_socket(AF_INET, SOCK_STREAM, &port);
	setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &(int){ 4096 },
		   sizeof(int));
	t = guest_connect(&g, gateway, 4, port);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	/* What it reads fits what it has room for.  Nothing is acknowledged. */
	ck_assert_int_eq(send(fd, data, ROOM - 47 * SEGMENT, 0),
			 ROOM - 47 * SEGMENT);
	ignore_frames(50);
	ck_assert_int_eq(send(fd, data, 47 * SEGMENT, 0), 47 * SEGMENT);
	ignore_frames(100);
	for (unsigned i = 0; i < 5000; i++) {
		guest_segment(&g, t, TCP_ACK, data, 1400);
		ignore_frames(0);
	}
	ignore_frames(100);
	ck_assert_uint_gt(guest_stat(&g, "drop_order"), 0);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	ignore_frames(100);
	/* It is alive. */
	guest_echo(&g, gateway, 64, 1);
	guest_until(&g, g.n_icmp);
	close(listener);
	guest_close(&g);
}
END_TEST

/* A byte that libslirp doesn't acknowledge at once, as the window it is told
 * of is another each time. */
static void send_byte(struct guest_tcp *t)
{
	static uint16_t window = 10000;
	uint8_t byte[1 + TCP_HEADER] = { 0 }, frame[128];
	uint8_t *tcp = byte;

	put_be16(tcp, t->port);
	put_be16(tcp + 2, t->peer_port);
	put_be32(tcp + 4, t->next++);
	put_be32(tcp + 8, t->expected);
	tcp[12] = 0x50;
	tcp[13] = TCP_ACK;
	put_be16(tcp + 14, window++);
	memcpy(guest_payload(frame, 4), tcp, sizeof(byte));
	guest_send(&g, frame,
		   guest_ip(&g, frame, t->addr, 4, PROTOCOL_TCP, sizeof(byte),
			    16));
}

/* Connections that the guest resets with data on the way are not counted as
 * if it were to come yet. */
START_TEST(what_was_reset_leaves_nothing_behind)
{
	struct guest_tcp *stays, *t;
	int listener, stays_fd = -1, fd;
	char buf[8];
	uint16_t port;

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	listener = host_socket(AF_INET, SOCK_STREAM, &port);
	stays = guest_connect(&g, gateway, 4, port);
	guest_until(&g, (stays_fd = accept(listener, NULL, NULL)) >= 0);
	for (unsigned i = 0; i < 60; i++) {
		fd = -1;
		t = guest_connect(&g, gateway, 4, port);
		guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
		for (unsigned k = 0; k < 200; k++)
			send_byte(t);
		guest_segment(&g, t, TCP_RST | TCP_ACK, NULL, 0);
		close(fd);
	}
	for (unsigned k = 0; k < sizeof(buf); k++)
		send_byte(stays);
	guest_until(&g, recv(stays_fd, buf, sizeof(buf),
			     MSG_DONTWAIT | MSG_PEEK) == sizeof(buf));
	ck_assert_uint_eq(guest_stat(&g, "drop_order"), 0);
	close(stays_fd);
	close(listener);
	guest_close(&g);
}
END_TEST

/* A large IPv6 frame is more than libslirp takes at this MTU.  How it is cut
 * is not the guest's to say: of segments of a byte there would be too many
 * [hostile 70] */
START_TEST(large_ipv6_frames_are_cut)
{
	static const uint8_t gateway6[16] = { 0xfe, 0xc0, [15] = 2 };
	static uint8_t frame[ETHER_MAX], data[20000], got[20000];
	const struct netdev_offload offload = {
		.checksum = true,
		.csum_start = ETHER_HEADER + IPV6_HEADER,
		.csum_offset = 16,
		.segment = 1,
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
	guest_until(&g, guest_stat(&g, "tx_segments") == 14);
	close(fd);
	close(listener);
	guest_close(&g);
}
END_TEST

/* The host's first segment is as large as the guest wants segments to be. */
static void check_segments(const uint8_t *to, size_t addr_len)
{
	enum { MSS = 500 };
	static uint8_t data[2 * MSS];
	static struct guest_frame f;
	int listener, fd = -1;
	struct guest_tcp *t;
	struct packet p;
	uint16_t port;

	listener = host_socket(addr_len == 4 ? AF_INET : AF_INET6, SOCK_STREAM,
			       &port);
	g.mtu = MSS + 40;
	t = guest_connect(&g, to, addr_len, port);
	ck_assert(t->established);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	ck_assert_int_eq(send(fd, data, sizeof(data), 0), sizeof(data));
	do
		ck_assert(guest_take(&g, &f, GUEST_PATIENCE_MS));
	while (packet_parse(&p, f.data, f.len) != PACKET_OK ||
	       p.protocol != PROTOCOL_TCP || p.payload_len == TCP_HEADER);
	ck_assert_uint_eq(p.payload_len, TCP_HEADER + MSS);
	close(fd);
	close(listener);
}

START_TEST(segments_are_not_larger_than_the_guest_wants)
{
	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	check_segments(gateway, 4);
	check_segments(g.config.gateway6.s6_addr, 16);
	guest_close(&g);
}
END_TEST

/* The host resets a connection while libslirp has something to write to it,
 * and so much for the guest that it doesn't read any more. */
START_TEST(a_reset_comes_after_what_came_before)
{
	static const struct linger now = { .l_onoff = 1, .l_linger = 0 };
	static uint8_t data[1400];
	int listener, fd = -1;
	struct guest_tcp *t;
	uint16_t port;

	host_namespace();
	host_write("/proc/sys/net/ipv4/tcp_rmem", "4096 4096 4096");
	host_write("/proc/sys/net/ipv4/tcp_wmem", "4096 4096 4096");
	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	listener = host_socket(AF_INET, SOCK_STREAM, &port);
	t = guest_connect(&g, gateway, 4, port);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	guest_set_room(&g, 0);
	for (unsigned i = 0; i < 40; i++)
		guest_segment(&g, t, TCP_ACK, data, sizeof(data));
	for (unsigned idle = 0; idle < 20; idle++) {
		usleep(1000);
		while (send(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
			idle = 0;
	}
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	usleep(20000);
	guest_set_room(&g, GUEST_QUEUE);
	guest_until(&g, t->ended);
	ck_assert(t->reset);
	close(listener);
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		tcp_loses_nothing_when_the_guest_has_little_room,
		tcp_to_the_guest_with_large_frames,
		tcp_from_the_guest_with_large_frames,
		an_upload_resumes_after_a_pause,
		sequence_numbers_begin_anew,
		sequence_numbers_begin_anew_out_of_order,
		sequence_numbers_begin_anew_once,
		a_segment_of_a_half_closed_connection_may_end_at_zero,
		a_first_segment_may_have_data,
		a_refused_connection_is_reset,
		an_error_on_a_full_connection_is_survived,
		what_was_reset_leaves_nothing_behind,
		large_ipv6_frames_are_cut,
		segments_are_not_larger_than_the_guest_wants,
		a_reset_comes_after_what_came_before,
		NULL,
	};

	return unit_run(unit_suite("slirp_tcp", tests));
}
