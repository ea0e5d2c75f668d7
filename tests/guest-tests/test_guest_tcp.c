/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TCP of the bare-metal guests, without one: what other tests rely on.
 * Time stands still but for what is waited for, which is over at once.
 */
#include <stdlib.h>
#include <string.h>

#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/net/pattern.h"
#include "guest-tests/net/tcp.h"
#include "tests/unit.h"

enum { FRAMES = 64, FRAME_MAX = 65600, HEAD = IP_HEAD + sizeof(struct tcp) };

/* What the guest sent. */
struct sent {
	size_t len;
	uint8_t data[FRAME_MAX];
};

/* The other end. */
struct peer {
	uint32_t next, expected;
	uint16_t window;
	/* What came in order. */
	uint8_t *bytes;
	size_t len;
};

struct nic nic;
volatile unsigned irq_count[256], irq_any;
static struct sent sent[FRAMES];
static unsigned n_sent, room;
static struct peer peer;

uint64_t clock_after(unsigned ms)
{
	(void)ms;
	return clock_tsc();
}

const char *str_find(const char *s, const char *word);

const char *str_find(const char *s, const char *word)
{
	return strstr(s, word);
}

bool nic_receive(struct nic_frame *frame)
{
	(void)frame;
	return false;
}

bool nic_send(const struct nic_out *out)
{
	struct sent *s = &sent[n_sent];

	if (n_sent >= room)
		return false;
	n_sent++;
	s->len = out->head_len + out->body_len;
	memcpy(s->data, out->head, out->head_len);
	if (out->body_len)
		memcpy(s->data + out->head_len, out->body, out->body_len);
	return true;
}

void nic_flush(void)
{
}

void nic_sleep(unsigned any, bool sending)
{
	(void)any;
	(void)sending;
}

static const struct tcp *tcp_of(const struct sent *s)
{
	return (const void *)(s->data + IP_HEAD);
}

static size_t payload(const struct sent *s, const uint8_t **data)
{
	size_t head = IP_HEAD + (size_t)(tcp_of(s)->offset >> 4) * 4;

	*data = s->data + head;
	return s->len - head;
}

/* A segment of the other end's, @ahead bytes before its turn. */
static void put(uint8_t flags, uint32_t ahead, const void *data, size_t len)
{
	static uint8_t frame[FRAME_MAX];
	struct ipv4 *ip = (void *)(frame + sizeof(struct ether));
	struct tcp *tcp = (void *)(frame + IP_HEAD);
	struct nic_frame f = { frame, HEAD + len, true };

	memset(frame, 0, HEAD);
	((struct ether *)frame)->type = be16(ETHER_IPV4);
	*ip = (struct ipv4){ .version_len = 0x45,
			     .len = be16((uint16_t)(f.len - 14)),
			     .protocol = IPV4_TCP,
			     .from = IP_GATEWAY,
			     .to = IP_SELF };
	*tcp = (struct tcp){ .from = be16(5000),
			     .to = be16(TCP_PORT),
			     .seq = be32(peer.next + ahead),
			     .ack = be32(peer.expected),
			     .offset = 0x50,
			     .flags = flags,
			     .window = be16(peer.window) };
	if (len)
		memcpy(frame + HEAD, data, len);
	ip_input(&f);
	if (!ahead)
		peer.next += (uint32_t)len + !!(flags & (TCP_SYN | TCP_FIN));
}

/* Take what the guest sent, but lose each @lose-th frame; 0: none. */
static void take(unsigned lose)
{
	static unsigned count;

	n_sent = 0;
	tcp_output();
	for (unsigned i = 0; i < n_sent; i++) {
		const uint8_t *data;
		size_t len = payload(&sent[i], &data);

		if (lose && ++count % lose == 0)
			continue;
		if (be32(tcp_of(&sent[i])->seq) != peer.expected)
			continue;
		memcpy(peer.bytes + peer.len, data, len);
		peer.len += len;
		peer.expected +=
			(uint32_t)len + !!(tcp_of(&sent[i])->flags & TCP_FIN);
	}
}

static void setup(void)
{
	nic = (struct nic){ .mtu = 1500, .checksum = true };
	room = FRAMES;
	http_init();
	tcp_first_seq = (uint32_t)-20000;
	peer = (struct peer){ .next = (uint32_t)-5, .window = 65535 };
	peer.bytes = calloc(1, 1 << 20);
	put(TCP_SYN, 0, NULL, 0);
	n_sent = 0;
	tcp_output();
	ck_assert_uint_eq(n_sent, 1);
	ck_assert_uint_eq(tcp_of(&sent[0])->flags, TCP_SYN | TCP_ACK);
	ck_assert_uint_eq(be32(tcp_of(&sent[0])->ack), peer.next);
	peer.expected = be32(tcp_of(&sent[0])->seq) + 1;
	put(TCP_ACK, 0, NULL, 0);
}

static void ask(const char *what)
{
	put(TCP_ACK | TCP_PSH, 0, what, strlen(what));
}

static void check_body(size_t len)
{
	char *body = strstr((char *)peer.bytes, "\r\n\r\n");

	ck_assert_ptr_nonnull(body);
	body += 4;
	ck_assert_uint_eq((size_t)(peer.bytes + peer.len - (uint8_t *)body),
			  len);
	for (size_t i = 0; i < len; i++)
		ck_assert_uint_eq((uint8_t)body[i], pattern_byte(i));
}

static void download(size_t len, unsigned lose)
{
	unsigned tries = 0;

	while (peer.len < len + 40 && tries++ < 10000) {
		take(lose);
		put(TCP_ACK, 0, NULL, 0);
		tcp_tick();
	}
	check_body(len);
}

START_TEST(a_request_is_answered)
{
	setup();
	ask("GET /seq/42 HTTP/1.1\r\n\r\n");
	take(0);
	ck_assert_str_eq(strstr((char *)peer.bytes, "\r\n\r\n") + 4, "42");
	put(TCP_ACK | TCP_FIN, 0, NULL, 0);
	take(0);
	put(TCP_ACK, 0, NULL, 0);
	ck_assert_uint_eq(tcp_stats.live, 0);
	ck_assert_uint_eq(tcp_stats.closed, 1);
}
END_TEST

START_TEST(what_is_lost_is_sent_again)
{
	setup();
	ask("GET /bytes/300000 HTTP/1.1\r\n\r\n");
	download(300000, 3);
	ck_assert_uint_gt(tcp_stats.retransmits, 0);
}
END_TEST

START_TEST(a_nic_without_room_is_waited_for)
{
	setup();
	room = 2;
	ask("GET /bytes/100000 HTTP/1.1\r\n\r\n");
	download(100000, 0);
	ck_assert_uint_eq(tcp_stats.reset, 0);
}
END_TEST

START_TEST(a_closed_window_is_probed)
{
	setup();
	peer.window = 5000;
	ask("GET /bytes/100000 HTTP/1.1\r\n\r\n");
	take(0);
	peer.window = 0;
	put(TCP_ACK, 0, NULL, 0);
	/* For ever, but with a single byte each. */
	for (unsigned i = 0; i < 50; i++) {
		const uint8_t *data;

		n_sent = 0;
		tcp_output();
		tcp_tick();
		n_sent = 0;
		tcp_output();
		ck_assert_uint_eq(n_sent, 1);
		ck_assert_uint_eq(payload(&sent[0], &data), 1);
		ck_assert_uint_eq(be32(tcp_of(&sent[0])->seq), peer.expected);
		/* An acknowledgement is within the window none the less. */
		put(TCP_ACK, (uint32_t)-1, "x", 1);
		n_sent = 0;
		tcp_output();
		ck_assert_uint_eq(n_sent, 1);
		ck_assert_uint_eq(be32(tcp_of(&sent[0])->seq), peer.expected);
		put(TCP_ACK, 0, NULL, 0);
	}
	ck_assert_uint_eq(tcp_stats.probes, 50);
	peer.window = 65535;
	put(TCP_ACK, 0, NULL, 0);
	download(100000, 0);
}
END_TEST

START_TEST(what_is_ahead_of_its_turn_is_dropped)
{
	struct pattern *p = malloc(sizeof(*p));

	setup();
	pattern_fill(p);
	ask("POST /check HTTP/1.1\r\nContent-Length: 3000\r\n\r\n");
	put(TCP_ACK, 1000, pattern_at(p, 1000), 1000);
	take(0);
	ck_assert_uint_eq(be32(tcp_of(&sent[n_sent - 1])->ack), peer.next);
	put(TCP_ACK, 0, pattern_at(p, 0), 1000);
	/* Half of it again. */
	peer.next -= 500;
	put(TCP_ACK, 0, pattern_at(p, 500), 1500);
	put(TCP_ACK, 0, pattern_at(p, 2000), 1000);
	take(0);
	ck_assert_str_eq(strstr((char *)peer.bytes, "\r\n\r\n") + 4, "3000");
	free(p);
}
END_TEST

START_TEST(a_reset_ends_it)
{
	setup();
	ask("GET /bytes/100000 HTTP/1.1\r\n\r\n");
	put(TCP_RST, 0, NULL, 0);
	ck_assert_uint_eq(tcp_stats.live, 0);
	n_sent = 0;
	tcp_output();
	ck_assert_uint_eq(n_sent, 0);
	/* And nobody is there. */
	put(TCP_ACK, 0, NULL, 0);
	ck_assert_uint_eq(n_sent, 1);
	ck_assert_uint_eq(tcp_of(&sent[0])->flags, TCP_RST);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_request_is_answered,
		what_is_lost_is_sent_again,
		a_nic_without_room_is_waited_for,
		a_closed_window_is_probed,
		what_is_ahead_of_its_turn_is_dropped,
		a_reset_ends_it,
		NULL,
	};

	return unit_run(unit_suite("guest_tcp", tests));
}
