/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that scales TCP's windows may send more than libslirp announces, and
 * all of that arrives, whether or not anybody reads it.
 */
#include <string.h>
#include <unistd.h>

#include "tests/net_guest.h"

enum { LIMIT = 65535, SHIFT = 7 };

static struct guest g;
static uint8_t data[LIMIT];
static int reader = -1;
static uint64_t sent_hash;

/* Connects the guest, which scales windows or not, to a reader on the host: out
 * of the guest, or by a forward. */
static struct guest_tcp *begin(bool scales, bool forward, size_t addr_len)
{
	static const uint8_t gateway6[16] = { 0xfe, 0xc0, [15] = 2 };
	static const uint8_t gateway4[] = { 10, 0, 2, 2 };
	struct guest_tcp *t;
	uint16_t port = 0;
	int listener;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 >> 5);
	sent_hash = 0;
	guest_open(&g, "user,host=on", "0:80", NULL);
	g.scales = scales;
	g.shift = SHIFT;
	g.own_window = 512;
	guest_up_with(&g, NET_MTU_MAX);
	if (forward) {
		g.echo_port = 80;
		reader = host_connect(&g.config.forwards.list[0]);
		t = &g.tcp[0];
		guest_until(&g, t->established);
		t->echo = false;
		return t;
	}
	listener = host_socket(addr_len == 4 ? AF_INET : AF_INET6, SOCK_STREAM,
			       &port);
	t = guest_connect(&g, addr_len == 4 ? gateway4 : gateway6, addr_len,
			  port);
	reader = accept(listener, NULL, NULL);
	ck_assert_int_ge(reader, 0);
	close(listener);
	return t;
}

static void end(void)
{
	close(reader);
	guest_close(&g);
}

/* How much more the guest may send. */
static uint32_t room(const struct guest_tcp *t)
{
	return t->acked + t->window - t->next;
}

static void send_some(struct guest_tcp *t, size_t len)
{
	sent_hash = guest_hash(sent_hash, data, len);
	guest_segment(&g, t, TCP_ACK | TCP_PSH, data, len);
}

/* Sends pieces of @len bytes until the window is closed; how much that was. */
static size_t fill(struct guest_tcp *t, size_t len)
{
	size_t total = 0;

	do {
		while ((int32_t)room(t) > 0) {
			size_t n = MIN(len, (size_t)room(t));

			send_some(t, n);
			total += n;
		}
		guest_until(&g, t->acked == t->next);
	} while (room(t));
	return total;
}

/* Reads @len bytes, which are those that were sent. */
static void read_all(size_t len)
{
	static uint8_t buf[LIMIT];
	uint64_t hash = 0;
	unsigned waited = 0;

	while (len) {
		ssize_t n =
			recv(reader, buf, MIN(len, sizeof(buf)), MSG_DONTWAIT);

		if (n <= 0) {
			ck_assert_msg(++waited < GUEST_PATIENCE_MS,
				      "%zu bytes are missing, %u dropped", len,
				      (unsigned)guest_stat(&g, "drop_order"));
			guest_step(&g, 1);
			continue;
		}
		hash = guest_hash(hash, buf, (size_t)n);
		len -= (size_t)n;
	}
	ck_assert(hash == sent_hash);
}

/* The guest fills the window before anybody reads; it gets an acknowledgement
 * of all it was allowed to send, and a window again without asking. */
static void fill_unread(bool forward, size_t addr_len, size_t len)
{
	struct guest_tcp *t = begin(true, forward, addr_len);

	ck_assert(t->scales);
	for (unsigned round = 0; round < 2; round++) {
		read_all(fill(t, len));
		sent_hash = 0;
		guest_until(&g, t->window > 0);
	}
	ck_assert_uint_eq(guest_stat(&g, "drop_order"), 0);
	ck_assert_uint_eq(guest_stat(&g, "window_probes"), 0);
	end();
}

START_TEST(what_was_promised_is_taken)
{
	static const size_t pieces[] = { LIMIT - 100, 32768, 16384, 1460, 700 };

	host_namespace();
	host_write("/proc/sys/net/ipv4/tcp_rmem", "4096 131072 131072");
	host_write("/proc/sys/net/ipv4/tcp_wmem", "4096 131072 131072");
	for (unsigned i = 0; i < ARRAY_SIZE(pieces); i++) {
		fill_unread(false, 4, pieces[i]);
		fill_unread(true, 4, pieces[i]);
		fill_unread(false, 16, pieces[i]);
	}
}
END_TEST

/* The guest has more than libslirp's 64 KiB under way. */
START_TEST(more_than_64_kib_are_promised)
{
	for (unsigned forward = 0; forward < 2; forward++) {
		struct guest_tcp *t = begin(true, forward, 4);

		send_some(t, 32768);
		read_all(32768);
		guest_until(&g, t->acked == t->next);
		ck_assert_uint_gt(t->window, 110000);
		ck_assert_uint_le(t->window, 131072 - 16384);
		end();
	}
}
END_TEST

START_TEST(a_guest_that_does_not_scale_is_promised_64_kib)
{
	for (unsigned forward = 0; forward < 2; forward++) {
		struct guest_tcp *t = begin(false, forward, 4);

		/* Only the one that begins may offer it. */
		ck_assert_int_eq(t->scales, forward);
		send_some(t, 32768);
		read_all(32768);
		guest_until(&g, t->acked == t->next);
		ck_assert_uint_eq(t->window, LIMIT);
		end();
	}
}
END_TEST

/* libslirp delays an acknowledgement if the guest's window has changed; and it
 * must not get data beyond the window that it has announced itself. */
START_TEST(libslirp_is_asked_before_it_gets_more_than_it_announced)
{
	struct guest_tcp *t = begin(true, true, 4);

	send_some(t, 40000);
	read_all(40000);
	guest_until(&g, t->acked == t->next);
	for (unsigned i = 0; i < 100; i++) {
		sent_hash = 0;
		g.own_window = (uint16_t)(300 + i % 2);
		send_some(t, 20000);
		g.own_window = (uint16_t)(400 + i % 2);
		send_some(t, 65000);
		g.own_window = (uint16_t)(500 + i % 2);
		send_some(t, 20000);
		read_all(105000);
		guest_until(&g, t->acked == t->next);
		ck_assert_uint_gt(t->window, LIMIT);
	}
	ck_assert_uint_eq(guest_stat(&g, "drop_order"), 0);
	end();
}
END_TEST

/* After a loss, what lies beyond libslirp's own window is dropped, and the
 * guest sends it again. */
START_TEST(a_hole_does_not_let_more_in_than_libslirp_announced)
{
	struct guest_tcp *t = begin(true, true, 4);
	uint32_t first;

	send_some(t, 40000);
	read_all(40000);
	guest_until(&g, t->acked == t->next);
	for (unsigned i = 0; i < 20; i++) {
		sent_hash = 0;
		first = t->next;
		t->next += 10000;
		guest_segment(&g, t, TCP_ACK, data, 50000);
		guest_segment(&g, t, TCP_ACK, data, 50000);
		t->next = first;
		send_some(t, 10000);
		guest_until(&g, t->acked == first + 60000);
		ck_assert_uint_eq(guest_stat(&g, "drop_order"), i + 1);
		sent_hash = guest_hash(sent_hash, data, 50000);
		t->next = t->acked;
		send_some(t, 50000);
		read_all(110000);
		guest_until(&g, t->acked == t->next);
		ck_assert_uint_gt(t->window, LIMIT);
	}
	end();
}
END_TEST

/* The guest announces 512, which is 64 KiB if it is scaled, and must be
 * believed if it is not. */
START_TEST(the_guests_windows_are_understood)
{
	for (unsigned scales = 0; scales < 2; scales++) {
		struct guest_tcp *t = begin(scales, true, 4);
		uint64_t frames = guest_stat(&g, "rx_frames");

		ck_assert_int_eq(send(reader, data, sizeof(data), 0),
				 sizeof(data));
		guest_until(&g, t->received == sizeof(data));
		frames = guest_stat(&g, "rx_frames") - frames;
		if (scales)
			ck_assert_uint_lt(frames, 20);
		else
			ck_assert_uint_ge(frames, sizeof(data) / 512);
		end();
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_was_promised_is_taken,
		more_than_64_kib_are_promised,
		a_guest_that_does_not_scale_is_promised_64_kib,
		libslirp_is_asked_before_it_gets_more_than_it_announced,
		a_hole_does_not_let_more_in_than_libslirp_announced,
		the_guests_windows_are_understood,
		NULL,
	};

	return unit_run(unit_suite("slirp_window", tests));
}
