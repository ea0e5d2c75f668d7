/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bodies that a slow reader pauses: a guest behind a forward serves them, the
 * host's sockets are small, and when nothing moves any more the reader takes
 * some and everything goes on, to the end.
 */
#include <string.h>
#include <unistd.h>

#include "tests/net_guest.h"

enum { PIECE = 1460 };

static struct guest g;

/* What the guest serves. */
struct body {
	size_t total, sent;
	uint64_t hash;
};

/* How much more the guest may send. */
static uint32_t room(const struct guest_tcp *t)
{
	return t->acked + t->window - t->next;
}

static void send_piece(struct guest_tcp *t, struct body *body, size_t piece)
{
	static uint8_t data[PIECE];

	for (size_t i = 0; i < piece; i++)
		data[i] = (uint8_t)((body->sent + i) * 31 >> 5);
	body->sent += piece;
	body->hash = guest_hash(body->hash, data, piece);
	guest_segment(&g, t,
		      TCP_ACK | TCP_PSH |
			      (body->sent == body->total ? TCP_FIN : 0),
		      data, piece);
}

/* Sends the next piece if the window has room for it. */
static bool serve(struct guest_tcp *t, struct body *body)
{
	size_t piece = MIN((size_t)PIECE, body->total - body->sent);

	if (!piece || room(t) < piece)
		return false;
	send_piece(t, body, piece);
	return true;
}

/* Serves until nothing has moved for a while. */
static void serve_until_it_stands(struct guest_tcp *t, struct body *body)
{
	unsigned idle = 0;

	while (idle < 5)
		idle = serve(t, body) || guest_step(&g, 1) ? 0 : idle + 1;
}

/* What the reader has. */
struct reader {
	int fd;
	size_t received;
	uint64_t hash;
	bool ended;
};

/* Takes @some bytes, or what there is until the end. */
static void read_some(struct reader *reader, size_t some, struct guest_tcp *t,
		      struct body *body)
{
	static uint8_t buf[64 * 1024];
	unsigned waited = 0;

	while (some && !reader->ended) {
		ssize_t n = recv(reader->fd, buf, MIN(some, sizeof(buf)),
				 MSG_DONTWAIT);

		if (n < 0) {
			ck_assert_msg(++waited < GUEST_PATIENCE_MS,
				      "%zu of %zu sent, %zu received",
				      body->sent, body->total,
				      reader->received);
			if (!serve(t, body))
				guest_step(&g, 1);
			continue;
		}
		reader->ended = n == 0;
		reader->hash = guest_hash(reader->hash, buf, (size_t)n);
		reader->received += (size_t)n;
		some -= (size_t)n;
	}
}

static struct reader begin(unsigned mtu)
{
	struct guest_tcp *t = &g.tcp[0];
	int fd;

	guest_open(&g, "user", "0:80", NULL);
	guest_up_with(&g, mtu);
	g.echo_port = 80;
	fd = host_connect(&g.config.forwards.list[0]);
	guest_until(&g, t->established);
	t->echo = false;
	return (struct reader){ .fd = fd };
}

/* All of the body came, as it was sent. */
static void end(struct reader *reader, const struct body *body)
{
	ck_assert_uint_eq(reader->received, body->total);
	ck_assert(reader->hash == body->hash);
	close(reader->fd);
	guest_close(&g);
}

/* A body of @total bytes, of which @some are read at a time. */
static void read_slowly(size_t total, size_t some)
{
	struct reader reader = begin(1500);
	struct body body = { .total = total };
	struct guest_tcp *t = &g.tcp[0];
	unsigned pauses = 0;

	while (!reader.ended) {
		serve_until_it_stands(t, &body);
		pauses += body.sent < total;
		read_some(&reader, some, t, &body);
	}
	/* It did have to wait for the reader. */
	if (total > MIB)
		ck_assert_uint_gt(pauses, 3);
	end(&reader, &body);
}

static void small_buffers(void)
{
	host_namespace();
	host_write("/proc/sys/net/ipv4/tcp_rmem", "4096 4096 16384");
	host_write("/proc/sys/net/ipv4/tcp_wmem", "4096 4096 16384");
}

START_TEST(bodies_of_all_sizes_arrive)
{
	small_buffers();
	for (size_t kib = 100; kib <= 400; kib += 50)
		read_slowly(kib * KIB + 1, 16 * KIB);
}
END_TEST

/* What libslirp and both sockets hold together is about this much. */
START_TEST(a_body_of_209_kb_arrives)
{
	small_buffers();
	read_slowly(209 * 1000, 4000);
	read_slowly(209 * KIB, 5000);
}
END_TEST

START_TEST(a_body_of_8_mb_arrives)
{
	small_buffers();
	read_slowly(8 * MIB, 64 * KIB);
}
END_TEST

/* The buffers a host usually has. */
START_TEST(a_large_body_arrives_from_large_buffers)
{
	read_slowly(32 * MIB, MIB);
}
END_TEST

/* Asks whether the window is closed still, by a byte beyond it, which comes
 * again if it was not taken; there is an answer. */
static void probe(struct guest_tcp *t)
{
	uint32_t edge = t->next, answers = guest_stat(&g, "rx_frames");

	guest_segment(&g, t, TCP_ACK, "?", 1);
	t->next = edge;
	guest_until(&g, guest_stat(&g, "rx_frames") > answers);
	while (guest_step(&g, 1))
		;
}

/* libslirp does not tell of a little room, but it would fill it; and what it
 * tells of the window then is not so. */
START_TEST(a_closed_window_takes_nothing)
{
	struct body body = { .total = MIB };
	struct guest_tcp *t = &g.tcp[0];
	struct reader reader;
	uint32_t edge;

	small_buffers();
	reader = begin(NET_MTU_MAX);
	serve_until_it_stands(t, &body);
	while (room(t)) {
		send_piece(t, &body, MIN(room(t), (uint32_t)PIECE));
		serve_until_it_stands(t, &body);
	}
	edge = t->next;
	while (!room(t)) {
		probe(t);
		ck_assert_uint_eq(t->acked, edge);
		read_some(&reader, 1000, t, &body);
	}
	ck_assert_uint_lt(reader.received, body.sent);
	/* From here on it only sends what it may. */
	read_some(&reader, body.total + 1, t, &body);
	end(&reader, &body);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		bodies_of_all_sizes_arrive,
		a_body_of_209_kb_arrives,
		a_body_of_8_mb_arrives,
		a_large_body_arrives_from_large_buffers,
		a_closed_window_takes_nothing,
		NULL,
	};

	return unit_run(unit_suite("slirp_pause", tests));
}
