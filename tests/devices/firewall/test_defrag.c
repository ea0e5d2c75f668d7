/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "devices/firewall/segment.h"
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
		ck_assert_uint_eq(s.defrag.completed, 1);
	}
}
END_TEST

START_TEST(the_largest_datagram_is_put_together)
{
	size_t at = 0;

	make_datagram(DEFRAG_PAYLOAD);
	judge_setup();
	for (; at + 65000 < DEFRAG_PAYLOAD; at += 65000)
		ck_assert(!fragment(7, at, 65000, true, 0));
	ck_assert(fragment(7, at, DEFRAG_PAYLOAD - at, false, 0));
	check_datagram(DEFRAG_PAYLOAD);
}
END_TEST

/* The fragment makes its datagram one to be dropped. */
static void contradict(uint16_t id, size_t at, size_t len, bool more)
{
	uint64_t dropped = s.defrag.dropped;

	ck_assert(!fragment(id, at, len, more, 0));
	ck_assert_uint_eq(s.defrag.dropped, dropped + 1);
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
	ck_assert_uint_eq(s.defrag.completed, 0);
	ck_assert_uint_eq(s.passed, 0);
}
END_TEST

START_TEST(fragments_wait_for_a_limited_time)
{
	make_datagram(2000);
	judge_setup();
	ck_assert(!fragment(1, 0, 1480, true, 0));
	ck_assert(!fragment(1, 1480, 520, false, DEFRAG_TIME_NS + 1));
	ck_assert_uint_eq(s.defrag.dropped, 1);
	/* The time is that of the datagram, not of the first one. */
	ck_assert(fragment(1, 0, 1480, true, 2 * DEFRAG_TIME_NS));
}
END_TEST

START_TEST(the_oldest_of_too_many_datagrams_gives_way)
{
	make_datagram(2000);
	judge_setup();
	for (unsigned i = 0; i <= DEFRAG_SLOTS; i++)
		ck_assert(!fragment((uint16_t)i, 0, 1480, true, i));
	ck_assert_uint_eq(s.defrag.dropped, 1);
	for (unsigned i = 1; i <= DEFRAG_SLOTS; i++)
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

/* Passes the fragment @n of the datagram, in packets of 1280 bytes at most, and
 * with the next header @protocol. */
static bool fragment6(uint32_t id, size_t total, size_t n, uint8_t protocol)
{
	static uint8_t whole[ETHER_HEADER + IPV6_HEADER + sizeof(datagram)];
	struct packet of = { .frame = whole,
			     .net = whole + ETHER_HEADER,
			     .protocol = protocol,
			     .payload = guest_payload(whole, 16),
			     .payload_len = total };

	guest_ip(&g, whole, away6, 16, PROTOCOL_UDP, MIN(total, (size_t)60000),
		 -1);
	memcpy(of.payload, datagram, total);
	return judge(segment_fragment6(&of, 1280, id, n, frame));
}

static void check_datagram6(size_t len)
{
	ck_assert_uint_eq(p.protocol, PROTOCOL_UDP);
	ck_assert_uint_eq(p.addr_len, 16);
	ck_assert_mem_eq(p.addrs + 16, away6, 16);
	ck_assert_uint_eq(p.payload_len, len);
	ck_assert_mem_eq(p.payload, datagram, len);
}

/* RFC 8200, 4.5. */
START_TEST(fragments_of_ipv6_are_put_together)
{
	static const unsigned orders[][4] = { { 0, 1, 2, 3 },
					      { 3, 2, 1, 0 },
					      { 2, 0, 3, 1 } };
	enum { TOTAL = 3 * 1232 + 100 };

	make_datagram(TOTAL);
	for (unsigned i = 0; i < ARRAY_SIZE(orders); i++) {
		judge_setup();
		/* Only the first one says of which protocol it is. */
		for (unsigned k = 0; k < 4; k++)
			ck_assert_int_eq(fragment6(7, TOTAL, orders[i][k],
						   orders[i][k] ? 59 : 17),
					 k == 3);
		check_datagram6(TOTAL);
	}
	/* Two at a time, told apart by all 32 bits. */
	make_datagram(1300);
	ck_assert(!fragment6(7, 1300, 0, 17));
	ck_assert(!fragment6(0x10007, 1300, 0, 17));
	ck_assert(fragment6(7, 1300, 1, 17));
	ck_assert(fragment6(0x10007, 1300, 1, 17));
}
END_TEST

START_TEST(the_largest_datagram_of_ipv6_is_put_together)
{
	enum { LAST = 65535 / 1232 };

	make_datagram(65535);
	judge_setup();
	for (unsigned i = 0; i < LAST; i++)
		ck_assert(!fragment6(7, 65535, i, 17));
	ck_assert(fragment6(7, 65535, LAST, 17));
	check_datagram6(65535);
	/* One byte more is too much. */
	make_datagram(65536);
	for (unsigned i = 0; i <= LAST; i++)
		ck_assert(!fragment6(8, 65536, i, 17));
	ck_assert_uint_eq(s.defrag.dropped, 1);
}
END_TEST

/* A fragment that is whole by itself: RFC 6946. */
START_TEST(a_fragment_may_be_the_only_one)
{
	make_datagram(1300);
	judge_setup();
	ck_assert(!fragment6(7, 1300, 0, 17));
	make_datagram(100);
	ck_assert(fragment6(7, 100, 0, 17));
	check_datagram6(100);
	make_datagram(1300);
	ck_assert(fragment6(7, 1300, 1, 17));
	check_datagram6(1300);
	/* What is in it is no fragment. */
	ck_assert(!fragment6(7, 100, 0, PROTOCOL_FRAGMENT));
	ck_assert_uint_eq(s.dropped[DROP_MALFORMED], 1);
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
		fragments_of_ipv6_are_put_together,
		the_largest_datagram_of_ipv6_is_put_together,
		a_fragment_may_be_the_only_one,
		NULL,
	};

	return unit_run(unit_suite("defrag", tests));
}
