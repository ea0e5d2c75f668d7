/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "tests/net_judge.h"

static uint8_t datagram[65536];

/* Passes the piece of the datagram, which is UDP and @total bytes long. */
static bool fragment(uint16_t id, size_t at, size_t len, bool more,
		     uint64_t now_ns)
{
	uint8_t *ip = frame + ETHER_HEADER;
	uint16_t sum;
	size_t n;

	n = guest_ip(&g, frame, away, 4, PROTOCOL_UDP, len, -1);
	memcpy(guest_payload(frame, 4), datagram + at, len);
	put_be16(ip + 4, id);
	put_be16(ip + 6, (uint16_t)(at / 8 | (more ? IPV4_MORE : 0)));
	memset(ip + 10, 0, 2);
	sum = checksum(ip, IPV4_HEADER);
	memcpy(ip + 10, &sum, 2);
	return judge_with(n, now_ns);
}

static void make_datagram(size_t len)
{
	for (size_t i = 0; i < len; i++)
		datagram[i] = (uint8_t)(i * 17 + (i >> 8));
	put_be16(datagram + 2, PORT);
	put_be16(datagram + 4, (uint16_t)len);
	memset(datagram + 6, 0, 2);
}

static void check_datagram(size_t len)
{
	ck_assert_uint_eq(p.payload_len, len);
	ck_assert_mem_eq(p.payload, datagram, len);
	ck_assert_uint_eq(checksum(p.net, IPV4_HEADER), 0);
	ck_assert_uint_eq(get_be16(p.net + 6), 0);
}

START_TEST(fragments_are_put_together_in_any_order)
{
	enum { TOTAL = 4 * 1480 + 100 };
	static const unsigned orders[][5] = { { 0, 1, 2, 3, 4 },
					      { 4, 3, 2, 1, 0 },
					      { 2, 4, 0, 3, 1 } };

	make_datagram(TOTAL);
	for (unsigned i = 0; i < ARRAY_SIZE(orders); i++) {
		judge_setup();
		for (unsigned k = 0; k < 5; k++) {
			size_t at = orders[i][k] * 1480;
			size_t len = MIN((size_t)1480, TOTAL - at);

			ck_assert_int_eq(
				fragment(7, at, len, orders[i][k] < 4, 0),
				k == 4);
		}
		check_datagram(TOTAL);
		ck_assert_uint_eq(s.reassembly.completed, 1);
	}
}
END_TEST

START_TEST(the_largest_datagram_is_put_together)
{
	size_t at = 0;

	make_datagram(REASSEMBLY_PAYLOAD);
	judge_setup();
	for (; at + 65000 < REASSEMBLY_PAYLOAD; at += 65000)
		ck_assert(!fragment(7, at, 65000, true, 0));
	ck_assert(fragment(7, at, REASSEMBLY_PAYLOAD - at, false, 0));
	check_datagram(REASSEMBLY_PAYLOAD);
}
END_TEST

/* The fragment makes its datagram one to be dropped. */
static void contradict(uint16_t id, size_t at, size_t len, bool more)
{
	uint64_t dropped = s.reassembly.dropped;

	ck_assert(!fragment(id, at, len, more, 0));
	ck_assert_uint_eq(s.reassembly.dropped, dropped + 1);
}

START_TEST(fragments_that_contradict_are_dropped)
{
	make_datagram(9000);
	judge_setup();
	/* Overlap; also where as much came as there is, but a hole is left. */
	ck_assert(!fragment(1, 0, 1480, true, 0));
	contradict(1, 1472, 1480, false);
	ck_assert(!fragment(2, 0, 800, true, 0));
	contradict(2, 400, 792, true);
	ck_assert(!fragment(2, 1592, 8, false, 0));
	/* Past the end of the largest, and behind the end. */
	contradict(3, 65528, 8, false);
	contradict(3, 65512, 8, true);
	ck_assert(!fragment(4, 800, 80, false, 0));
	ck_assert(!fragment(4, 1600, 80, true, 0));
	ck_assert(!fragment(4, 80, 640, true, 0));
	contradict(4, 0, 88, true);
	/* As much as there is came, but some of it from behind the end. */
	ck_assert(!fragment(8, 0, 8, true, 0));
	ck_assert(!fragment(8, 64, 8, true, 0));
	contradict(8, 16, 8, false);
	ck_assert(!fragment(9, 16, 8, false, 0));
	ck_assert(!fragment(9, 0, 8, true, 0));
	contradict(9, 64, 8, true);
	/* Two ends; no multiple of 8; nothing. */
	ck_assert(!fragment(5, 80, 8, false, 0));
	contradict(5, 800, 8, false);
	contradict(6, 0, 12, true);
	contradict(7, 0, 0, true);
	ck_assert_uint_eq(s.reassembly.completed, 0);
	ck_assert_uint_eq(s.passed, 0);
}
END_TEST

START_TEST(fragments_wait_for_a_limited_time)
{
	make_datagram(2000);
	judge_setup();
	ck_assert(!fragment(1, 0, 1480, true, 0));
	ck_assert(!fragment(1, 1480, 520, false, REASSEMBLY_TIME_NS + 1));
	ck_assert_uint_eq(s.reassembly.dropped, 1);
	/* The time is that of the datagram, not of the first one. */
	ck_assert(fragment(1, 0, 1480, true, 2 * REASSEMBLY_TIME_NS));
}
END_TEST

START_TEST(the_oldest_of_too_many_datagrams_gives_way)
{
	make_datagram(2000);
	judge_setup();
	for (unsigned i = 0; i <= REASSEMBLY_SLOTS; i++)
		ck_assert(!fragment((uint16_t)i, 0, 1480, true, i));
	ck_assert_uint_eq(s.reassembly.dropped, 1);
	for (unsigned i = 1; i <= REASSEMBLY_SLOTS; i++)
		ck_assert(fragment((uint16_t)i, 1480, 520, false, 10));
	ck_assert(!fragment(0, 1480, 520, false, 10));
}
END_TEST

/* What was put together is judged like any other. */
START_TEST(fragments_hide_nothing)
{
	uint8_t tcp[48] = { [12] = 0x50, [13] = TCP_ACK | TCP_URG, [19] = 9 };

	judge_setup();
	put_be16(tcp + 2, PORT);
	memcpy(datagram, tcp, sizeof(tcp));
	for (unsigned i = 0; i < 3; i++) {
		size_t n = guest_ip(&g, frame, away, 4, PROTOCOL_TCP, 16, -1);

		memcpy(guest_payload(frame, 4), datagram + 16 * i, 16);
		put_be16(frame + ETHER_HEADER + 6,
			 (uint16_t)(2 * i | (i < 2 ? IPV4_MORE : 0)));
		ck_assert_int_eq(judge(n), i == 2);
	}
	ck_assert_uint_eq(p.payload[13], TCP_ACK);
	ck_assert_uint_eq(p.payload[19], 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		fragments_are_put_together_in_any_order,
		the_largest_datagram_is_put_together,
		fragments_that_contradict_are_dropped,
		fragments_wait_for_a_limited_time,
		the_oldest_of_too_many_datagrams_gives_way,
		fragments_hide_nothing,
		NULL,
	};

	return unit_run(unit_suite("reassembly", tests));
}
