/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/net/reject.h"
#include "devices/net/sanitizer.h"
#include "devices/net/segment.h"
#include "tests/fake_guest.h"
#include "vmm/count.h"

enum { PORT = 1234 };

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static const uint8_t away[4] = { 192, 0, 2, 1 };
static const uint8_t away6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
static const uint8_t gateway6[16] = { 0xfe, 0xc0, [15] = 2 };

static struct guest g;
static struct sanitizer s;
static struct packet p;
static uint8_t frame[ETHER_MAX + 100];

static bool established;

static bool is_established(void *arg, uint16_t port, uint16_t peer_port)
{
	ck_assert_ptr_eq(arg, &s);
	ck_assert_uint_eq(port, 1);
	ck_assert_uint_eq(peer_port, PORT);
	return established;
}

static void setup(void)
{
	memset(&s, 0, sizeof(s));
	s.order.established = is_established;
	s.order.arg = &s;
	established = true;
	s.max_live = s.max_live_udp = 100;
	inet_pton(AF_INET, "10.0.2.0", &s.policy.subnet);
	inet_pton(AF_INET, "255.255.255.0", &s.policy.netmask);
	memcpy(&s.policy.gateway, gateway, 4);
	memcpy(&s.policy.gateway6, gateway6, 16);
	inet_pton(AF_INET, "10.0.2.3", &s.policy.dns);
	inet_pton(AF_INET6, "fec0::3", &s.policy.dns6);
	memset(&g, 0, sizeof(g));
	inet_pton(AF_INET, "10.0.2.15", g.addr4);
	inet_pton(AF_INET6, "fec0::15", g.addr6);
	memset(frame, 0, sizeof(frame));
}

static bool pass_with(size_t len, uint64_t now_ns, unsigned live)
{
	return sanitizer_judge(&s, &p, frame, len, now_ns, live) ==
	       SANITIZER_PASS;
}

static bool pass(size_t len)
{
	return pass_with(len, 0, 0);
}

/* A frame of @len bytes of payload, zeros but for what makes it right. */
static size_t build(const uint8_t *to, size_t addr_len, uint8_t protocol,
		    size_t len)
{
	uint8_t *payload = guest_payload(frame, addr_len);
	int sum_at = 2;

	if (protocol == PROTOCOL_TCP) {
		put_be16(payload + 2, PORT);
		payload[12] = 0x50;
		if (!payload[13])
			payload[13] = len > TCP_HEADER ? TCP_ACK : TCP_SYN;
		sum_at = 16;
	} else if (protocol == PROTOCOL_UDP) {
		put_be16(payload + 2, PORT);
		put_be16(payload + 4, (uint16_t)len);
		sum_at = 6;
	} else if (protocol == PROTOCOL_ICMP) {
		payload[0] = 8;
	}
	return guest_ip(&g, frame, to, addr_len, protocol, len, sum_at);
}

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

		setup();
		len = build(good[i].to, good[i].addr_len, good[i].protocol,
			    good[i].len);
		memcpy(copy, frame, sizeof(frame));
		ck_assert(pass(len));
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

		setup();
		len = build(i < 2 ? away : away6, addr_len, protocols[i % 2],
			    40);
		for (size_t cut = 0; cut < len; cut++)
			ck_assert(!pass(cut));
		ck_assert_uint_eq(s.dropped[DROP_MALFORMED], len);
		ck_assert(pass(len));
	}
}
END_TEST

START_TEST(what_follows_a_packet_is_cut_off)
{
	size_t len;

	setup();
	len = build(away, 4, PROTOCOL_UDP, 8);
	memset(frame + len, 0xaa, 200);
	ck_assert(pass(len + 200));
	ck_assert_uint_eq(p.len, ETHER_MIN);
	for (size_t i = len; i < ETHER_MIN; i++)
		ck_assert_uint_eq(frame[i], 0);
	ck_assert_uint_eq(frame[ETHER_MIN], 0xaa);
}
END_TEST

/* Changes a byte of a good frame, at @at of its packet or payload, which
 * makes it one to be dropped for @why. */
static void spoil(size_t addr_len, uint8_t protocol, bool of_payload, size_t at,
		  uint8_t value, enum sanitizer_drop why)
{
	uint8_t *base;
	size_t len;

	setup();
	len = build(addr_len == 4 ? away : away6, addr_len, protocol, 40);
	base = of_payload ? guest_payload(frame, addr_len) :
			    frame + ETHER_HEADER;
	base[at] = value;
	ck_assert(!pass(len));
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
	spoil(16, PROTOCOL_UDP, false, 6, PROTOCOL_FRAGMENT, DROP_FRAGMENT6);
}
END_TEST

START_TEST(other_ethertypes_are_dropped)
{
	unsigned passed = 0;

	setup();
	for (unsigned type = 0; type < 65536; type++) {
		put_be16(frame + 12, (uint16_t)type);
		passed += pass(64);
	}
	ck_assert_uint_eq(passed, 0);
	ck_assert_uint_eq(s.dropped[DROP_ETHERTYPE], 65536 - 3);
	ck_assert_uint_eq(s.dropped[DROP_MALFORMED], 3);
}
END_TEST

START_TEST(arp_is_for_ethernet_and_ipv4)
{
	static const uint8_t good[] = { 0, 1, 8, 0, 6, 4, 0, 1 };

	setup();
	put_be16(frame + 12, ETHERTYPE_ARP);
	memcpy(frame + 14, good, sizeof(good));
	ck_assert(pass(42));
	ck_assert(!pass(41));
	for (unsigned i = 0; i < sizeof(good); i++) {
		frame[14 + i] ^= 0x10;
		ck_assert(!pass(42));
		frame[14 + i] ^= 0x10;
	}
	frame[21] = 2;
	ck_assert(pass(42));
}
END_TEST

/* All flags and pointers: the checksum is right afterwards, wrong if it was
 * wrong before, and nothing else has changed. */
START_TEST(urgent_data_becomes_ordinary)
{
	for (unsigned i = 0; i < 4096; i++) {
		size_t addr_len = i % 2 ? 4 : 16, len;
		uint8_t *tcp, was[40];
		bool wrong = i % 16 == 5;

		setup();
		tcp = guest_payload(frame, addr_len);
		tcp[13] = (uint8_t)((i >> 4) & ~TCP_SYN) | TCP_ACK;
		put_be16(tcp + 18, (uint16_t)(i * 16411));
		memcpy(tcp + 20, "some payload", 12);
		len = build(i % 2 ? away : away6, addr_len, PROTOCOL_TCP, 40);
		tcp[16] ^= wrong;
		memcpy(was, tcp, sizeof(was));
		ck_assert(pass(len));
		ck_assert_uint_eq(tcp[13], was[13] & ~TCP_URG);
		ck_assert_uint_eq(get_be16(tcp + 18), 0);
		ck_assert_mem_eq(tcp, was, 13);
		ck_assert_mem_eq(tcp + 20, was + 20, 20);
		ck_assert_int_eq(guest_sums_ok(&p), !wrong);
	}
}
END_TEST

START_TEST(too_many_connections_are_refused)
{
	size_t len;
	uint8_t *tcp;

	setup();
	len = build(away, 4, PROTOCOL_TCP, 20);
	tcp = guest_payload(frame, 4);
	ck_assert(pass_with(len, 0, 99));
	ck_assert(!pass_with(len, 0, 100));
	tcp[13] = TCP_ACK;
	ck_assert(pass_with(len, 0, 100));
	len = build(away, 4, PROTOCOL_ICMP, 8);
	ck_assert(!pass_with(len, 0, 100));
	len = build(away, 4, PROTOCOL_UDP, 8);
	ck_assert(!pass_with(len, 0, 100));
	ck_assert_uint_eq(s.dropped[DROP_LIMIT], 3);
}
END_TEST

/* ---- Fragments. ---- */

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
	return pass_with(n, now_ns, 0);
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
		setup();
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
	setup();
	for (; at + 65000 < REASSEMBLY_PAYLOAD; at += 65000)
		ck_assert(!fragment(7, at, 65000, true, 0));
	ck_assert(fragment(7, at, REASSEMBLY_PAYLOAD - at, false, 0));
	check_datagram(REASSEMBLY_PAYLOAD);
}
END_TEST

START_TEST(fragments_that_contradict_are_dropped)
{
	make_datagram(9000);
	setup();
	/* Overlap. */
	ck_assert(!fragment(1, 0, 1480, true, 0));
	ck_assert(!fragment(1, 1472, 1480, false, 0));
	ck_assert_uint_eq(s.reassembly.dropped, 1);
	/* Past the end of the largest, and behind the end. */
	ck_assert(!fragment(2, 65528, 8, false, 0));
	ck_assert(!fragment(3, 800, 80, false, 0));
	ck_assert(!fragment(3, 1600, 80, true, 0));
	ck_assert(!fragment(3, 0, 800, true, 0));
	/* Two ends; no multiple of 8; nothing. */
	ck_assert(!fragment(4, 80, 8, false, 0));
	ck_assert(!fragment(4, 800, 8, false, 0));
	ck_assert(!fragment(5, 0, 12, true, 0));
	ck_assert(!fragment(6, 0, 0, true, 0));
	ck_assert_uint_eq(s.reassembly.completed, 0);
	ck_assert_uint_ge(s.reassembly.dropped, 5);
	ck_assert_uint_eq(s.passed, 0);
}
END_TEST

START_TEST(fragments_wait_for_a_limited_time)
{
	make_datagram(2000);
	setup();
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
	setup();
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

	setup();
	put_be16(tcp + 2, PORT);
	memcpy(datagram, tcp, sizeof(tcp));
	for (unsigned i = 0; i < 3; i++) {
		size_t n = guest_ip(&g, frame, away, 4, PROTOCOL_TCP, 16, -1);

		memcpy(guest_payload(frame, 4), datagram + 16 * i, 16);
		put_be16(frame + ETHER_HEADER + 6,
			 (uint16_t)(2 * i | (i < 2 ? IPV4_MORE : 0)));
		ck_assert_int_eq(pass(n), i == 2);
	}
	ck_assert_uint_eq(p.payload[13], TCP_ACK);
	ck_assert_uint_eq(p.payload[19], 0);
}
END_TEST

/* ---- Policy. ---- */

static bool allowed(const char *to, uint8_t protocol, uint16_t port)
{
	uint8_t addr[16];
	size_t addr_len = strchr(to, ':') ? 16 : 4;
	size_t len;

	inet_pton(addr_len == 4 ? AF_INET : AF_INET6, to, addr);
	memset(frame, 0, sizeof(frame));
	len = build(addr, addr_len, protocol,
		    protocol == PROTOCOL_TCP ? TCP_HEADER : 40);
	if (protocol == PROTOCOL_ICMPV6)
		guest_payload(frame, 16)[0] = 128;
	else if (protocol != PROTOCOL_ICMP)
		put_be16(guest_payload(frame, addr_len) + 2, port);
	return pass(len);
}

START_TEST(the_hosts_loopback_needs_permission)
{
	static const char *const never[] = {
		"127.0.0.1",
		"127.255.0.1",
		"0.0.0.0",
		"0.1.2.3",
		"::1",
		"::",
		"::ffff:127.0.0.1",
		"::ffff:10.0.2.2",
		"::127.0.0.1",
	};
	static const char *const asked[] = { "10.0.2.2", "fec0::2",
					     "fec0::1234" };
	static const char *const always[] = { "192.0.2.1", "10.0.2.77",
					      "2001:db8::1",
					      "64:ff9b::1.2.3.4" };
	static const uint8_t protocols[] = { PROTOCOL_TCP, PROTOCOL_UDP };

	setup();
	for (unsigned i = 0; i < 4; i++) {
		uint8_t protocol = protocols[i % 2];

		s.policy.host_loopback = i / 2;
		for (unsigned k = 0; k < ARRAY_SIZE(never); k++)
			ck_assert(!allowed(never[k], protocol, 80));
		for (unsigned k = 0; k < ARRAY_SIZE(asked); k++)
			ck_assert_int_eq(allowed(asked[k], protocol, 80),
					 s.policy.host_loopback);
		for (unsigned k = 0; k < ARRAY_SIZE(always); k++)
			ck_assert(allowed(always[k], protocol, 80));
	}
	ck_assert(!allowed("127.0.0.1", PROTOCOL_ICMP, 0));
	ck_assert(allowed("10.0.2.2", PROTOCOL_ICMP, 0));
}
END_TEST

START_TEST(broadcasts_reach_only_services)
{
	setup();
	s.policy.host_loopback = true;
	ck_assert(allowed("255.255.255.255", PROTOCOL_UDP, 67));
	ck_assert(allowed("ff02::1:2", PROTOCOL_UDP, 547));
	ck_assert(!allowed("255.255.255.255", PROTOCOL_UDP, 68));
	ck_assert(!allowed("255.255.255.255", PROTOCOL_TCP, 67));
	ck_assert(!allowed("255.255.255.255", PROTOCOL_ICMP, 0));
	ck_assert(!allowed("224.0.0.251", PROTOCOL_UDP, 5353));
	ck_assert(!allowed("ff02::fb", PROTOCOL_UDP, 5353));
	ck_assert(!allowed("ff02::1", PROTOCOL_UDP, 80));
}
END_TEST

START_TEST(the_networks_services_are_always_reached)
{
	for (unsigned i = 0; i < 2; i++) {
		setup();
		s.policy.restricted = i;
		ck_assert(allowed("10.0.2.2", PROTOCOL_UDP, 67));
		ck_assert(allowed("fec0::2", PROTOCOL_UDP, 547));
		ck_assert(allowed("10.0.2.3", PROTOCOL_ICMP, 0));
		ck_assert(allowed("fec0::2", PROTOCOL_ICMPV6, 0));
		ck_assert(allowed("fe80::2", PROTOCOL_ICMPV6, 0));
		ck_assert(!allowed("2001:db8::1", PROTOCOL_ICMPV6, 0));
		ck_assert(!allowed("10.0.2.2", PROTOCOL_UDP, 69));
		s.policy.tftp = true;
		ck_assert(allowed("10.0.2.2", PROTOCOL_UDP, 69));
		ck_assert(allowed("fec0::2", PROTOCOL_UDP, 69));
	}
}
END_TEST

START_TEST(dns_is_only_dns)
{
	setup();
	ck_assert(allowed("10.0.2.3", PROTOCOL_UDP, 53));
	ck_assert(allowed("10.0.2.3", PROTOCOL_TCP, 53));
	ck_assert(allowed("fec0::3", PROTOCOL_UDP, 53));
	ck_assert(!allowed("10.0.2.3", PROTOCOL_UDP, 54));
	ck_assert(!allowed("fec0::3", PROTOCOL_TCP, 54));
	s.policy.restricted = true;
	ck_assert(!allowed("10.0.2.3", PROTOCOL_UDP, 53));
}
END_TEST

START_TEST(restrict_lets_answers_and_services_through)
{
	static const struct policy_service service = { { .s_addr = 0x6402000a },
						       80 };
	uint8_t *tcp = guest_payload(frame, 4);
	size_t len;

	setup();
	s.policy.restricted = s.policy.host_loopback = true;
	s.policy.services = &service;
	s.policy.n_services = 1;
	ck_assert(!allowed("192.0.2.1", PROTOCOL_TCP, 80));
	ck_assert(!allowed("10.0.2.2", PROTOCOL_TCP, 80));
	ck_assert(!allowed("192.0.2.1", PROTOCOL_UDP, 80));
	ck_assert(!allowed("192.0.2.1", PROTOCOL_ICMP, 0));
	ck_assert(allowed("10.0.2.100", PROTOCOL_TCP, 80));
	ck_assert(!allowed("10.0.2.100", PROTOCOL_TCP, 81));
	/* A connection that somebody opened to the guest. */
	for (unsigned flags = 0; flags < 64; flags++) {
		/* Not a connection's, and dropped for that. */
		if ((flags & (TCP_SYN | TCP_FIN)) == (TCP_SYN | TCP_FIN))
			continue;
		setup();
		s.policy.restricted = true;
		len = build(away, 4, PROTOCOL_TCP, TCP_HEADER);
		put_be32(tcp + 4, 1000);
		tcp[13] = (uint8_t)flags;
		ck_assert_int_eq(pass(len),
				 !(flags & TCP_SYN) || (flags & TCP_ACK));
	}
}
END_TEST

START_TEST(udp_answers_who_asked_from_where_it_was_asked)
{
	uint8_t *udp = guest_payload(frame, 4);
	struct packet to_guest;
	uint8_t asked[128] = { 0 };
	size_t len;

	setup();
	s.policy.restricted = true;
	/* From 192.0.2.1:999 to the guest's port 5000. */
	len = build(away, 4, PROTOCOL_UDP, 20);
	memcpy(asked, frame, len);
	memcpy(asked + 26, away, 4);
	put_be16(guest_payload(asked, 4), 999);
	put_be16(guest_payload(asked, 4) + 2, 5000);
	ck_assert_int_eq(packet_parse(&to_guest, asked, len), PACKET_OK);
	for (unsigned i = 0; i < 3; i++)
		policy_note_peer(&s.policy, &to_guest);
	ck_assert_uint_eq(s.policy.next_peer, 1);
	put_be16(udp, 5000);
	put_be16(udp + 2, 999);
	ck_assert(pass(len));
	put_be16(udp + 2, 998);
	ck_assert(!pass(len));
	put_be16(udp + 2, 999);
	put_be16(udp, 5001);
	ck_assert(!pass(len));
	put_be16(udp, 5000);
	frame[ETHER_HEADER + 19]++;
	ck_assert(!pass(len));
}
END_TEST

START_TEST(a_refused_connection_is_answered)
{
	static const struct {
		const uint8_t *to;
		size_t addr_len;
	} tos[] = { { gateway, 4 }, { gateway6, 16 } };
	uint8_t out[REJECT_MAX];
	struct packet answer;

	for (unsigned i = 0; i < ARRAY_SIZE(tos); i++) {
		size_t addr_len = tos[i].addr_len, len;
		uint8_t *tcp = guest_payload(frame, addr_len);

		setup();
		put_be16(tcp, 1111);
		put_be32(tcp + 4, 0xffffffff);
		len = build(tos[i].to, addr_len, PROTOCOL_TCP, 20);
		ck_assert_int_eq(sanitizer_judge(&s, &p, frame, len, 0, 0),
				 SANITIZER_REJECT);
		len = reject_tcp(&p, out);
		ck_assert_int_eq(packet_parse(&answer, out, len), PACKET_OK);
		ck_assert(guest_sums_ok(&answer));
		ck_assert_mem_eq(answer.addrs, tos[i].to, addr_len);
		ck_assert_uint_eq(get_be16(answer.payload), PORT);
		ck_assert_uint_eq(get_be16(answer.payload + 2), 1111);
		ck_assert_uint_eq(get_be32(answer.payload + 8), 0);
		ck_assert_uint_eq(answer.payload[13], TCP_RST | TCP_ACK);
	}
}
END_TEST

/* ---- Order. ---- */

/* A segment of the guest's port @port, or, if that is 0, an acknowledgement
 * to it. */
static bool segment(uint16_t port, uint8_t flags, uint32_t seq, size_t len)
{
	uint8_t *tcp = guest_payload(frame, 4);
	size_t n;

	memset(tcp, 0, TCP_HEADER);
	put_be16(tcp, port);
	put_be32(tcp + 4, seq);
	tcp[13] = TCP_ACK | flags;
	n = build(away, 4, PROTOCOL_TCP, TCP_HEADER + len);
	return pass(n);
}

static void acknowledge(uint16_t port, uint8_t flags, uint32_t ack)
{
	uint8_t from[128] = { 0 };
	struct packet to_guest;
	uint8_t *tcp = guest_payload(from, 4);
	uint8_t addrs[8];
	size_t n;

	put_be16(tcp, PORT);
	put_be16(tcp + 2, port);
	put_be32(tcp + 8, ack);
	tcp[12] = 0x50;
	tcp[13] = TCP_ACK | flags;
	n = guest_ip(&g, from, away, 4, PROTOCOL_TCP, TCP_HEADER, 16);
	memcpy(addrs, from + 30, 4);
	memcpy(addrs + 4, from + 26, 4);
	memcpy(from + 26, addrs, 8);
	ck_assert_int_eq(packet_parse(&to_guest, from, n), PACKET_OK);
	tcp_order_to(&s.order, &to_guest);
}

START_TEST(segments_in_order_are_not_counted)
{
	uint32_t seq = 10000;

	setup();
	acknowledge(1, TCP_SYN, seq);
	for (unsigned i = 0; i < 5000; i++) {
		ck_assert(segment(1, 0, seq, 1000));
		/* Nor are old ones, and those without data. */
		ck_assert(segment(1, 0, seq - 5000, 1000));
		ck_assert(segment(1, 0, seq + 5000, 0));
		seq += 1000;
		acknowledge(1, 0, seq);
		ck_assert_uint_eq(s.order.held, 0);
	}
}
END_TEST

START_TEST(segments_ahead_of_their_turn_are_limited)
{
	unsigned n = 0;

	setup();
	acknowledge(1, TCP_SYN, 100);
	while (segment(1, 0, 200 + 2 * n, 1))
		n++;
	ck_assert_uint_eq(n, TCP_ORDER_FLOW_MAX);
	ck_assert_uint_eq(s.dropped[DROP_ORDER], 1);
	ck_assert(segment(1, 0, 100, 100));
	/* Filling one gap of many frees nothing, filling all does. */
	acknowledge(1, 0, 201);
	ck_assert(!segment(1, 0, 50000, 1));
	acknowledge(1, 0, 200 + 2 * n);
	ck_assert_uint_eq(s.order.held, 0);
	ck_assert(segment(1, 0, 50000, 1));
}
END_TEST

START_TEST(all_connections_share_a_limit)
{
	enum { FLOWS = TCP_ORDER_MAX / TCP_ORDER_FLOW_MAX };

	setup();
	for (uint16_t i = 0; i <= FLOWS; i++)
		acknowledge(i, TCP_SYN, 0);
	for (unsigned n = 0; n < TCP_ORDER_FLOW_MAX; n++)
		for (uint16_t i = 0; i < FLOWS; i++)
			ck_assert(segment(i, 0, 100 + n, 1));
	ck_assert(!segment(FLOWS, 0, 100, 1));
	ck_assert(segment(FLOWS, 0, 0, 1));
	acknowledge(0, TCP_RST, 0);
	ck_assert(segment(FLOWS, 0, 100, 1));
}
END_TEST

START_TEST(a_fin_alone_is_ahead_of_its_turn_too)
{
	unsigned n = 0;

	setup();
	acknowledge(1, TCP_SYN, 100);
	while (segment(1, TCP_FIN, 200, 0))
		n++;
	ck_assert_uint_eq(n, TCP_ORDER_FLOW_MAX);
	acknowledge(1, TCP_RST, 0);
	ck_assert_uint_eq(s.order.held, 0);
}
END_TEST

START_TEST(large_segments_count_for_more)
{
	unsigned n = 0;

	setup();
	acknowledge(1, TCP_SYN, 0);
	while (segment(1, 0, 1000000 + n * 60000, 60000))
		n++;
	ck_assert_uint_eq(n, TCP_ORDER_FLOW_MAX / (1 + 60000 / 1024));
}
END_TEST

/* Connections nobody has heard of, as many as there are: what is not known
 * to be in order is counted, and stays so when its place is taken. */
START_TEST(forgotten_connections_stay_counted)
{
	unsigned passed = 0;

	setup();
	for (unsigned i = 1; i < 60000; i++)
		passed += segment((uint16_t)i, 0, 0, 1);
	ck_assert_uint_eq(passed, TCP_ORDER_MAX);
	ck_assert_uint_eq(s.order.held, TCP_ORDER_MAX);
	for (unsigned i = 1; i < 60000; i++)
		acknowledge((uint16_t)i, TCP_SYN, 0);
	ck_assert_uint_le(s.order.held, TCP_ORDER_MAX);
	ck_assert_uint_gt(s.order.held, 0);
	tcp_order_reset(&s.order);
	ck_assert(segment(1, 0, 5, 1));
}
END_TEST

START_TEST(first_segments_carry_nothing)
{
	uint8_t *tcp = guest_payload(frame, 4);
	size_t len;

	for (unsigned flags = 0; flags < 64; flags++) {
		setup();
		tcp[13] = (uint8_t)flags | TCP_SYN | TCP_ACK;
		len = build(away, 4, PROTOCOL_TCP, TCP_HEADER + 1);
		ck_assert_int_eq(pass(len), !!(flags & TCP_RST));
	}
}
END_TEST

/* What includes or ends before the sequence number 0 passes only in order,
 * with nothing queued, of an established connection known from the first. */
START_TEST(segments_across_zero_are_taken_at_once_or_not_at_all)
{
	enum { NEXT = 0xffffff00 };

	setup();
	acknowledge(1, TCP_SYN, NEXT);
	ck_assert(segment(1, 0, NEXT, 256));
	/* Something is queued now. */
	ck_assert(segment(1, 0, NEXT + 10, 5));
	ck_assert(!segment(1, 0, NEXT, 256));
	ck_assert(segment(1, 0, NEXT, 255));
	acknowledge(1, 0, NEXT + 255);
	ck_assert(segment(1, 0, 0xffffffff, 1));
	ck_assert(segment(1, 0, 0xffffffff, 1000));
	/* Out of order; again from before. */
	acknowledge(1, 0, NEXT);
	ck_assert(!segment(1, 0, NEXT + 1, 255));
	ck_assert(!segment(1, 0, NEXT + 1, 1000));
	ck_assert(!segment(1, 0, NEXT - 10, 266));
	ck_assert(!segment(1, TCP_FIN, 0, 0));
	ck_assert(segment(1, 0, NEXT, 256));
	established = false;
	ck_assert(!segment(1, 0, NEXT, 256));
	ck_assert(segment(1, 0, NEXT, 255));
	established = true;
	/* An end alone. */
	acknowledge(1, 0, 0);
	ck_assert(segment(1, TCP_FIN, 0, 0));
	established = false;
	ck_assert(!segment(1, TCP_FIN, 0, 0));
	ck_assert(segment(1, TCP_FIN, 0, 1));
	/* One that is known only from later on. */
	setup();
	acknowledge(1, 0, NEXT);
	ck_assert(!segment(1, 0, NEXT, 256));
	ck_assert(segment(1, 0, NEXT, 255));
}
END_TEST

/* ---- Segments. ---- */

START_TEST(a_large_segment_is_cut_up_whole)
{
	static const size_t sizes[] = { 0, 1, 1220, 1221, 60000 };
	static uint8_t out[ETHER_HEADER + 1280], got[60000];

	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint8_t *tcp = guest_payload(frame, 16);
		size_t total = 0, len, n = 0;
		struct packet whole, part;

		setup();
		for (size_t k = 0; k < sizes[i]; k++)
			tcp[TCP_HEADER + k] = (uint8_t)(k * 7);
		put_be32(tcp + 4, 0xfffffff0);
		tcp[13] = TCP_ACK | TCP_PSH | TCP_FIN;
		len = build(away6, 16, PROTOCOL_TCP, TCP_HEADER + sizes[i]);
		ck_assert_int_eq(packet_parse(&whole, frame, len), PACKET_OK);
		while ((len = segment_tcp6(&whole, 1280, n, out))) {
			bool last;

			ck_assert_int_eq(packet_parse(&part, out, len),
					 PACKET_OK);
			ck_assert_uint_eq(part.len, len);
			ck_assert(guest_sums_ok(&part));
			ck_assert_uint_eq(get_be32(part.payload + 4),
					  0xfffffff0 + (uint32_t)total);
			memcpy(got + total, part.payload + TCP_HEADER,
			       part.payload_len - TCP_HEADER);
			total += part.payload_len - TCP_HEADER;
			last = total == sizes[i];
			ck_assert_uint_eq(part.payload[13],
					  last ? TCP_ACK | TCP_PSH | TCP_FIN :
						 TCP_ACK);
			n++;
		}
		ck_assert_uint_eq(total, sizes[i]);
		ck_assert_uint_eq(n, MAX((sizes[i] + 1219) / 1220, (size_t)1));
		ck_assert(!total || memcmp(got, tcp + TCP_HEADER, total) == 0);
	}
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
		urgent_data_becomes_ordinary,
		too_many_connections_are_refused,
		fragments_are_put_together_in_any_order,
		the_largest_datagram_is_put_together,
		fragments_that_contradict_are_dropped,
		fragments_wait_for_a_limited_time,
		the_oldest_of_too_many_datagrams_gives_way,
		fragments_hide_nothing,
		the_hosts_loopback_needs_permission,
		broadcasts_reach_only_services,
		the_networks_services_are_always_reached,
		dns_is_only_dns,
		restrict_lets_answers_and_services_through,
		udp_answers_who_asked_from_where_it_was_asked,
		a_refused_connection_is_answered,
		segments_in_order_are_not_counted,
		segments_ahead_of_their_turn_are_limited,
		all_connections_share_a_limit,
		a_fin_alone_is_ahead_of_its_turn_too,
		large_segments_count_for_more,
		forgotten_connections_stay_counted,
		first_segments_carry_nothing,
		segments_across_zero_are_taken_at_once_or_not_at_all,
		a_large_segment_is_cut_up_whole,
		NULL,
	};

	return unit_run(unit_suite("sanitizer", tests));
}
