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

/* Sends the next piece if the window has room for it. */
static bool serve(struct guest_tcp *t, struct body *body)
{
	static uint8_t data[PIECE];
	size_t piece = MIN((size_t)PIECE, body->total - body->sent);

	if (!piece || t->acked + t->window - t->next < piece)
		return false;
	for (size_t i = 0; i < piece; i++)
		data[i] = (uint8_t)((body->sent + i) * 31 >> 5);
	body->sent += piece;
	body->hash = guest_hash(body->hash, data, piece);
	guest_segment(&g, t,
		      TCP_ACK | TCP_PSH |
			      (body->sent == body->total ? TCP_FIN : 0),
		      data, piece);
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

/* A body of @total bytes, of which @some are read at a time. */
static void read_slowly(size_t total, size_t some)
{
	struct reader reader = { .fd = -1 };
	struct body body = { .total = total };
	struct guest_tcp *t = &g.tcp[0];
	unsigned pauses = 0;

	guest_open(&g, "user", "0:80", NULL);
	guest_up(&g);
	g.echo_port = 80;
	reader.fd = host_connect(&g.config.forwards.list[0]);
	guest_until(&g, t->established);
	t->echo = false;
	while (!reader.ended) {
		serve_until_it_stands(t, &body);
		pauses += body.sent < total;
		read_some(&reader, some, t, &body);
	}
	ck_assert_uint_eq(reader.received, total);
	ck_assert(reader.hash == body.hash);
	/* It did have to wait for the reader. */
	if (total > MIB)
		ck_assert_uint_gt(pauses, 3);
	close(reader.fd);
	guest_close(&g);
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

int main(void)
{
	const TTest *const tests[] = {
		bodies_of_all_sizes_arrive,
		a_body_of_209_kb_arrives,
		a_body_of_8_mb_arrives,
		a_large_body_arrives_from_large_buffers,
		NULL,
	};

	return unit_run(unit_suite("slirp_pause", tests));
}
