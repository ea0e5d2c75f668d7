/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "tests/net_judge.h"

START_TEST(good_frames_pass_as_they_are)
{
	static const struct {
		const uint8_t *to;
		size_t addr_len;
		uint8_t protocol;
		size_t len;
	} good[] = {
		{ away, 4, PROTOCOL_TCP, 20 },
		{ away, 4, PROTOCOL_TCP, 1480 },
		{ away, 4, PROTOCOL_TCP, 65515 },
		{ away, 4, PROTOCOL_UDP, 8 },
		{ away, 4, PROTOCOL_UDP, 65515 },
		{ away, 4, PROTOCOL_ICMP, 8 },
		{ away6, 16, PROTOCOL_TCP, 20 },
		{ away6, 16, PROTOCOL_UDP, 1000 },
		{ gateway6, 16, PROTOCOL_ICMPV6, 24 },
	};
	static uint8_t copy[sizeof(frame)];

	for (unsigned i = 0; i < ARRAY_SIZE(good); i++) {
		size_t len;

		judge_setup();
		len = judge_build(good[i].to, good[i].addr_len,
				  good[i].protocol, good[i].len);
		memcpy(copy, frame, sizeof(frame));
		ck_assert(judge(len));
		ck_assert_ptr_eq(p.frame, frame);
		ck_assert_uint_eq(p.len, MAX(len, (size_t)ETHER_MIN));
		ck_assert_mem_eq(frame, copy, sizeof(frame));
		ck_assert_uint_eq(s.passed, 1);
	}
}
END_TEST

/* Every shorter piece of a good frame is dropped: it says it is longer. */
START_TEST(cut_frames_are_dropped)
{
	static const uint8_t protocols[] = { PROTOCOL_TCP, PROTOCOL_UDP };

	for (unsigned i = 0; i < 2 * ARRAY_SIZE(protocols); i++) {
		size_t addr_len = i < 2 ? 4 : 16, len;

		judge_setup();
		len = judge_build(i < 2 ? away : away6, addr_len,
				  protocols[i % 2], 40);
		for (size_t cut = 0; cut < len; cut++)
			ck_assert(!judge(cut));
		ck_assert_uint_eq(s.dropped[DROP_MALFORMED], len);
		ck_assert(judge(len));
	}
}
END_TEST

START_TEST(what_follows_a_packet_is_cut_off)
{
	size_t len;

	judge_setup();
	len = judge_build(away, 4, PROTOCOL_UDP, 8);
	memset(frame + len, 0xaa, 200);
	ck_assert(judge(len + 200));
	ck_assert_uint_eq(p.len, ETHER_MIN);
	for (size_t i = len; i < ETHER_MIN; i++)
		ck_assert_uint_eq(frame[i], 0);
	ck_assert_uint_eq(frame[ETHER_MIN], 0xaa);
}
END_TEST

/* Changes a byte of a good frame, at @at of its packet or payload, which
 * makes it one to be dropped for @why. */
static void spoil(size_t addr_len, uint8_t protocol, bool of_payload, size_t at,
		  uint8_t value, enum firewall_drop why)
{
	uint8_t *base;
	size_t len;

	judge_setup();
	len = judge_build(addr_len == 4 ? away : away6, addr_len, protocol, 40);
	base = of_payload ? guest_payload(frame, addr_len) :
			    frame + ETHER_HEADER;
	base[at] = value;
	ck_assert(!judge(len));
	ck_assert_uint_eq(s.dropped[why], 1);
}

START_TEST(malformed_frames_are_dropped)
{
	/* Versions, header and total lengths. */
	spoil(4, PROTOCOL_UDP, false, 0, 0x44, DROP_MALFORMED);
	spoil(4, PROTOCOL_UDP, false, 0, 0x65, DROP_MALFORMED);
	spoil(4, PROTOCOL_UDP, false, 0, 0x4f, DROP_MALFORMED);
	spoil(4, PROTOCOL_UDP, false, 3, 19, DROP_MALFORMED);
	spoil(4, PROTOCOL_UDP, false, 2, 1, DROP_MALFORMED);
	spoil(4, PROTOCOL_UDP, false, 6, 0x80, DROP_MALFORMED);
	spoil(16, PROTOCOL_UDP, false, 0, 0x45, DROP_MALFORMED);
	spoil(16, PROTOCOL_UDP, false, 5, 41, DROP_MALFORMED);
	spoil(16, PROTOCOL_UDP, false, 5, 7, DROP_MALFORMED);
	/* Too short for the header of a fragment. */
	judge_setup();
	ck_assert(!judge(judge_build(away6, 16, PROTOCOL_FRAGMENT, 7)));
	ck_assert_uint_eq(s.dropped[DROP_MALFORMED], 1);
	/* UDP's length, TCP's header. */
	spoil(4, PROTOCOL_UDP, true, 5, 7, DROP_MALFORMED);
	spoil(4, PROTOCOL_UDP, true, 5, 41, DROP_MALFORMED);
	spoil(4, PROTOCOL_TCP, true, 12, 0x40, DROP_MALFORMED);
	spoil(4, PROTOCOL_TCP, true, 12, 0xb0, DROP_MALFORMED);
	spoil(16, PROTOCOL_TCP, true, 12, 0xb0, DROP_MALFORMED);
	/* Sources nobody has. */
	spoil(4, PROTOCOL_UDP, false, 12, 127, DROP_SOURCE);
	spoil(4, PROTOCOL_UDP, false, 12, 224, DROP_SOURCE);
	spoil(4, PROTOCOL_UDP, false, 14, 3, DROP_SOURCE);
	spoil(16, PROTOCOL_UDP, false, 8, 0xff, DROP_SOURCE);
	spoil(16, PROTOCOL_UDP, false, 15, 1, DROP_SOURCE);
	/* Other protocols, and ICMP of the wrong family. */
	spoil(4, PROTOCOL_UDP, false, 9, 47, DROP_PROTOCOL);
	spoil(4, PROTOCOL_UDP, false, 9, PROTOCOL_ICMPV6, DROP_PROTOCOL);
	spoil(16, PROTOCOL_UDP, false, 6, 0, DROP_PROTOCOL);
	spoil(16, PROTOCOL_UDP, false, 6, PROTOCOL_ICMP, DROP_PROTOCOL);
}
END_TEST

START_TEST(other_ethertypes_are_dropped)
{
	unsigned passed = 0;

	judge_setup();
	for (unsigned type = 0; type < 65536; type++) {
		put_be16(frame + 12, (uint16_t)type);
		passed += judge(64);
	}
	ck_assert_uint_eq(passed, 0);
	ck_assert_uint_eq(s.dropped[DROP_ETHERTYPE], 65536 - 3);
	ck_assert_uint_eq(s.dropped[DROP_MALFORMED], 3);
}
END_TEST

START_TEST(arp_is_for_ethernet_and_ipv4)
{
	static const uint8_t good[] = { 0, 1, 8, 0, 6, 4, 0, 1 };

	judge_setup();
	put_be16(frame + 12, ETHERTYPE_ARP);
	memcpy(frame + 14, good, sizeof(good));
	ck_assert(judge(42));
	ck_assert(!judge(41));
	for (unsigned i = 0; i < sizeof(good); i++) {
		frame[14 + i] ^= 0x10;
		ck_assert(!judge(42));
		frame[14 + i] ^= 0x10;
	}
	frame[21] = 2;
	ck_assert(judge(42));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		good_frames_pass_as_they_are,
		cut_frames_are_dropped,
		what_follows_a_packet_is_cut_off,
		malformed_frames_are_dropped,
		other_ethertypes_are_dropped,
		arp_is_for_ethernet_and_ipv4,
		NULL,
	};

	return unit_run(unit_suite("firewall", tests));
}
