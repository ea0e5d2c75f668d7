/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "devices/firewall/checksum.h"
#include "devices/firewall/conntrack.h"
#include "tests/net_judge.h"

START_TEST(segments_in_order_are_not_counted)
{
	uint32_t seq = 10000;

	judge_setup();
	judge_acknowledge(1, TCP_SYN, seq);
	for (unsigned i = 0; i < 5000; i++) {
		ck_assert(judge_segment(1, 0, seq, 1000));
		/* Nor are old ones, and those without data. */
		ck_assert(judge_segment(1, 0, seq - 5000, 1000));
		ck_assert(judge_segment(1, 0, seq + 5000, 0));
		seq += 1000;
		judge_acknowledge(1, 0, seq);
		ck_assert_uint_eq(s.conntrack.held, 0);
	}
}
END_TEST

START_TEST(segments_ahead_of_their_turn_are_limited)
{
	unsigned n = 0;

	judge_setup();
	judge_acknowledge(1, TCP_SYN, 100);
	while (judge_segment(1, 0, 200 + 2 * n, 1))
		n++;
	ck_assert_uint_eq(n, TCP_QUEUE_FLOW_MAX);
	ck_assert_uint_eq(s.dropped[DROP_ORDER], 1);
	ck_assert(judge_segment(1, 0, 100, 100));
	/* Filling one gap of many frees nothing, filling all does. */
	judge_acknowledge(1, 0, 201);
	ck_assert(!judge_segment(1, 0, 50000, 1));
	judge_acknowledge(1, 0, 200 + 2 * n);
	ck_assert_uint_eq(s.conntrack.held, 0);
	ck_assert(judge_segment(1, 0, 50000, 1));
}
END_TEST

START_TEST(all_connections_share_a_limit)
{
	enum { FLOWS = TCP_QUEUE_MAX / TCP_QUEUE_FLOW_MAX };

	judge_setup();
	for (uint16_t i = 0; i <= FLOWS; i++)
		judge_acknowledge(i, TCP_SYN, 0);
	for (unsigned n = 0; n < TCP_QUEUE_FLOW_MAX; n++)
		for (uint16_t i = 0; i < FLOWS; i++)
			ck_assert(judge_segment(i, 0, 100 + n, 1));
	ck_assert(!judge_segment(FLOWS, 0, 100, 1));
	ck_assert(judge_segment(FLOWS, 0, 0, 1));
	judge_acknowledge(0, TCP_RST, 0);
	ck_assert(judge_segment(FLOWS, 0, 100, 1));
}
END_TEST

START_TEST(a_fin_alone_is_ahead_of_its_turn_too)
{
	unsigned n = 0;

	judge_setup();
	judge_acknowledge(1, TCP_SYN, 100);
	while (judge_segment(1, TCP_FIN, 200, 0))
		n++;
	ck_assert_uint_eq(n, TCP_QUEUE_FLOW_MAX);
	judge_acknowledge(1, TCP_RST, 0);
	ck_assert_uint_eq(s.conntrack.held, 0);
}
END_TEST

START_TEST(large_segments_count_for_more)
{
	unsigned n = 0;

	judge_setup();
	judge_acknowledge(1, TCP_SYN, 0);
	while (judge_segment(1, 0, 1000000 + n * 60000, 60000))
		n++;
	ck_assert_uint_eq(n, TCP_QUEUE_FLOW_MAX / (1 + 60000 / 1024));
}
END_TEST

/* Connections nobody has heard of, as many as there are: what is not known
 * to be in order is counted, and stays so when its place is taken. */
START_TEST(forgotten_connections_stay_counted)
{
	unsigned passed = 0;

	judge_setup();
	for (unsigned i = 1; i < 60000; i++)
		passed += judge_segment((uint16_t)i, 0, 0, 1);
	ck_assert_uint_eq(passed, TCP_QUEUE_MAX);
	ck_assert_uint_eq(s.conntrack.held, TCP_QUEUE_MAX);
	for (unsigned i = 1; i < 60000; i++)
		judge_acknowledge((uint16_t)i, TCP_SYN, 0);
	ck_assert_uint_le(s.conntrack.held, TCP_QUEUE_MAX);
	ck_assert_uint_gt(s.conntrack.held, 0);
	conntrack_clear(&s.conntrack);
	ck_assert(judge_segment(1, 0, 5, 1));
}
END_TEST

/* How much is counted when a connection with five segments is reset, after
 * byte @at of the frame was changed if it is not 0. */
static unsigned held_after(uint8_t flags, uint32_t seq, size_t len, size_t at)
{
	uint8_t *tcp = guest_payload(frame, judge_addr_len);
	size_t n;

	judge_setup();
	judge_acknowledge(1, TCP_SYN, 100000);
	for (uint32_t i = 1; i <= 5; i++)
		ck_assert(judge_segment(1, 0, 100000 + i, 1));
	memset(tcp, 0, TCP_HEADER);
	put_be16(tcp, 1);
	put_be32(tcp + 4, seq);
	tcp[13] = TCP_RST | flags;
	n = judge_build(judge_addr_len == 4 ? away : away6, judge_addr_len,
			PROTOCOL_TCP, TCP_HEADER + len);
	frame[at] ^= at ? 1 : 0;
	ck_assert(judge(n));
	return s.conntrack.held;
}

/* But only if libslirp takes it for a reset. */
START_TEST(what_was_reset_is_not_counted)
{
	for (judge_addr_len = 4; judge_addr_len <= 16; judge_addr_len += 12) {
		bool v4 = judge_addr_len == 4;

		ck_assert_uint_eq(held_after(0, 100000, 0, 0), 0);
		ck_assert_uint_eq(held_after(TCP_ACK, 99999, 0, 0), 0);
		ck_assert_uint_eq(held_after(0, 100000 + 65535, 0, 0), 0);
		ck_assert_uint_eq(held_after(0, 100000 + 65536, 0, 0), 5);
		ck_assert_uint_eq(held_after(0, 30000, 0, 0), 5);
		ck_assert_uint_eq(held_after(0, 100000 + BIT(31), 0, 0), 5);
		ck_assert_uint_eq(held_after(0, 100000, 1, 0), 5);
		ck_assert_uint_eq(held_after(TCP_SYN, 100000, 0, 0), 5);
		/* Its sum, and that of IPv4's header. */
		ck_assert_uint_eq(held_after(0, 100000, 0, v4 ? 50 : 70), 5);
		if (v4)
			ck_assert_uint_eq(held_after(0, 100000, 0, 24), 5);
	}
	judge_addr_len = 4;
}
END_TEST

/* Data is taken off them; an end is nonsense there. */
static void check_first_segments(const uint8_t *to, size_t to_len)
{
	uint8_t *tcp = guest_payload(frame, to_len);
	size_t len;

	for (unsigned flags = 0; flags < 64; flags++) {
		judge_setup();
		tcp[13] = (uint8_t)flags | TCP_SYN | TCP_ACK;
		len = judge_build(to, to_len, PROTOCOL_TCP, TCP_HEADER + 101);
		ck_assert_int_eq(judge(len),
				 !(flags & TCP_FIN) || (flags & TCP_RST));
		if (flags & TCP_FIN)
			continue;
		ck_assert_uint_eq(p.payload_len, TCP_HEADER);
		ck_assert(guest_sums_ok(&p));
		ck_assert_uint_eq(s.cut, 1);
	}
}

START_TEST(first_segments_carry_nothing)
{
	check_first_segments(away, 4);
	check_first_segments(away6, 16);
}
END_TEST

/* A wrong checksum is not made right. */
START_TEST(damaged_first_segments_stay_damaged)
{
	size_t len;

	judge_setup();
	guest_payload(frame, 4)[13] = TCP_SYN;
	len = judge_build(away, 4, PROTOCOL_TCP, TCP_HEADER + 101);
	frame[len - 1] ^= 1;
	ck_assert(!judge(len));
}
END_TEST

/* A SYN with the option of a maximum segment size; true if it keeps it. */
static bool keeps_options(uint16_t port, uint8_t flags, uint32_t seq)
{
	static const uint8_t mss[4] = { 2, 4, 5, 0xb4 };
	static const uint8_t nops[4] = { 1, 1, 1, 1 };
	uint8_t *tcp = guest_payload(frame, 4);
	uint16_t sum, was, is;
	size_t n;

	memset(tcp, 0, TCP_HEADER);
	put_be16(tcp, port);
	put_be32(tcp + 4, seq);
	tcp[13] = TCP_SYN | flags;
	memcpy(tcp + TCP_HEADER, mss, sizeof(mss));
	n = judge_build(away, 4, PROTOCOL_TCP, TCP_HEADER + sizeof(mss));
	memcpy(&sum, tcp + 16, 2);
	memcpy(&was, tcp + 12, 2);
	tcp[12] = 0x60;
	memcpy(&is, tcp + 12, 2);
	sum = checksum_update(sum, was, is);
	memcpy(tcp + 16, &sum, 2);
	ck_assert(judge(n));
	ck_assert(guest_sums_ok(&p));
	tcp = p.payload;
	ck_assert_uint_eq(tcp[12], 0x60);
	if (memcmp(tcp + TCP_HEADER, mss, sizeof(mss)) == 0)
		return true;
	ck_assert_mem_eq(tcp + TCP_HEADER, nops, sizeof(nops));
	return false;
}

START_TEST(options_count_once)
{
	judge_setup();
	/* The guest accepts and, before it has heard, once more. */
	ck_assert(keeps_options(1, TCP_ACK, 500));
	judge_acknowledge(1, 0, 501);
	ck_assert(!keeps_options(1, TCP_ACK, 500));
	/* It connects. */
	ck_assert(keeps_options(2, 0, UINT32_MAX));
	ck_assert(keeps_options(2, 0, UINT32_MAX));
	judge_acknowledge(2, TCP_SYN, 0);
	ck_assert(!keeps_options(2, 0, UINT32_MAX));
	/* A duplicate of it that comes after data. */
	judge_acknowledge(2, 0, 2000);
	ck_assert(!keeps_options(2, 0, UINT32_MAX));
	/* Another of the same ports, and of others. */
	ck_assert(keeps_options(2, 0, 7000));
	ck_assert(keeps_options(3, 0, UINT32_MAX));
}
END_TEST

static uint32_t passed_seq(void)
{
	ck_assert(guest_sums_ok(&p));
	return get_be32(p.payload + 4);
}

START_TEST(data_for_a_closed_window_becomes_old)
{
	judge_setup();
	judge_tell(1, TCP_SYN, 5, 10);
	ck_assert(judge_segment(1, 0, 5, 10));
	ck_assert_uint_eq(passed_seq(), 5);
	judge_tell(1, 0, 15, 0);
	ck_assert(judge_segment(1, 0, 15, 1));
	ck_assert_uint_eq(passed_seq(), 14);
	ck_assert(judge_segment(1, TCP_FIN, 15, 1000));
	ck_assert_uint_eq(passed_seq(), 15u - 1000u);
	ck_assert_uint_eq(p.payload[13], TCP_ACK);
	ck_assert_uint_eq(s.probes, 2);
	/* No data; what came before; a connection that is not known. */
	ck_assert(judge_segment(1, TCP_FIN, 15, 0));
	ck_assert_uint_eq(passed_seq(), 15);
	ck_assert_uint_eq(p.payload[13], TCP_ACK | TCP_FIN);
	ck_assert(judge_segment(1, 0, 14, 1));
	ck_assert_uint_eq(passed_seq(), 14);
	ck_assert(judge_segment(2, 0, 15, 1));
	ck_assert_uint_eq(passed_seq(), 15);
	judge_tell(1, 0, 15, 1);
	ck_assert(judge_segment(1, 0, 15, 1));
	ck_assert_uint_eq(passed_seq(), 15);
	ck_assert_uint_eq(s.probes, 2);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		segments_in_order_are_not_counted,
		segments_ahead_of_their_turn_are_limited,
		all_connections_share_a_limit,
		a_fin_alone_is_ahead_of_its_turn_too,
		large_segments_count_for_more,
		forgotten_connections_stay_counted,
		what_was_reset_is_not_counted,
		first_segments_carry_nothing,
		damaged_first_segments_stay_damaged,
		options_count_once,
		data_for_a_closed_window_becomes_old,
		NULL,
	};

	return unit_run(unit_suite("tcp_queue", tests));
}
