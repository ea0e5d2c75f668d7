/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "devices/firewall/tcp_frame.h"
#include "tests/net_judge.h"

static bool allowed(const char *to, uint8_t protocol, uint16_t port)
{
	uint8_t addr[16];
	size_t addr_len = strchr(to, ':') ? 16 : 4;
	size_t len;

	inet_pton(addr_len == 4 ? AF_INET : AF_INET6, to, addr);
	memset(frame, 0, sizeof(frame));
	len = judge_build(addr, addr_len, protocol,
			  protocol == PROTOCOL_TCP ? TCP_HEADER : 40);
	if (protocol == PROTOCOL_ICMPV6)
		guest_payload(frame, 16)[0] = 128;
	else if (protocol != PROTOCOL_ICMP)
		put_be16(guest_payload(frame, addr_len) + 2, port);
	return judge(len);
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

	judge_setup();
	for (unsigned i = 0; i < 4; i++) {
		uint8_t protocol = protocols[i % 2];

		s.policy.host = i / 2;
		for (unsigned k = 0; k < ARRAY_SIZE(never); k++)
			ck_assert(!allowed(never[k], protocol, 80));
		for (unsigned k = 0; k < ARRAY_SIZE(asked); k++)
			ck_assert_int_eq(allowed(asked[k], protocol, 80),
					 s.policy.host);
		for (unsigned k = 0; k < ARRAY_SIZE(always); k++)
			ck_assert(allowed(always[k], protocol, 80));
	}
	ck_assert(!allowed("127.0.0.1", PROTOCOL_ICMP, 0));
	ck_assert(allowed("10.0.2.2", PROTOCOL_ICMP, 0));
}
END_TEST

/* What only the host itself should reach. */
START_TEST(the_hosts_own_addresses_need_permission)
{
	static const char *const asked[] = {
		"198.51.100.7",
		"169.254.169.254",
		"169.254.0.1",
		"169.254.255.255",
		"224.0.1.1",
		"239.255.255.250",
		"100.100.100.200",
		"168.63.129.16",
		"192.0.0.192",
		"2001:db8::7",
		"fe80::1",
		"febf::1",
		"ff05::2",
		"ff0e::1",
		"fd00:ec2::254",
		"fd20:ce::254",
		"fd00:c1::a9fe:a9fe",
		"64:ff9b::169.254.169.254",
		"64:ff9b::198.51.100.7",
		"64:ff9b::127.0.0.1",
		"2002:a9fe:a9fe::1",
		"2002:c633:6407::",
		"2002:7f00:1::1",
	};
	static const char *const always[] = {
		"198.51.100.8",
		"169.253.255.255",
		"169.255.0.0",
		"223.255.255.255",
		"2001:db8::8",
		"fe00::1",
		"fd00:ec3::254",
		"fd20:ce::255",
		"64:ff9b::198.51.100.8",
		"2002:c633:6408::",
		"64:ff9b:1::169.254.169.254",
	};
	static const uint8_t protocols[] = { PROTOCOL_TCP, PROTOCOL_UDP,
					     PROTOCOL_ICMP };

	judge_setup();
	for (unsigned i = 0; i < 6; i++) {
		uint8_t protocol = protocols[i % 3];

		s.policy.host = i / 3;
		for (unsigned k = 0; k < ARRAY_SIZE(asked); k++)
			if (protocol != PROTOCOL_ICMP || !strchr(asked[k], ':'))
				ck_assert_msg(allowed(asked[k], protocol, 80) ==
						      s.policy.host,
					      "%s", asked[k]);
		for (unsigned k = 0; k < ARRAY_SIZE(always); k++)
			if (protocol != PROTOCOL_ICMP ||
			    !strchr(always[k], ':'))
				ck_assert_msg(allowed(always[k], protocol, 80),
					      "%s", always[k]);
	}
}
END_TEST

START_TEST(broadcasts_reach_only_services)
{
	judge_setup();
	s.policy.host = true;
	ck_assert(allowed("255.255.255.255", PROTOCOL_UDP, 67));
	ck_assert(allowed("ff02::1:2", PROTOCOL_UDP, 547));
	ck_assert(!allowed("255.255.255.255", PROTOCOL_UDP, 68));
	ck_assert(!allowed("255.255.255.255", PROTOCOL_TCP, 67));
	ck_assert(!allowed("255.255.255.255", PROTOCOL_ICMP, 0));
	ck_assert(!allowed("10.0.2.255", PROTOCOL_UDP, 137));
	ck_assert(!allowed("224.0.0.251", PROTOCOL_UDP, 5353));
	ck_assert(!allowed("ff02::fb", PROTOCOL_UDP, 5353));
	ck_assert(!allowed("ff02::1", PROTOCOL_UDP, 80));
	/* Of groups, only that of the servers is libslirp's own. */
	ck_assert(!allowed("224.0.0.1", PROTOCOL_UDP, 67));
	ck_assert(!allowed("ff02::1", PROTOCOL_UDP, 547));
	ck_assert(!allowed("ff02::1:3", PROTOCOL_UDP, 547));
}
END_TEST

START_TEST(the_networks_services_are_always_reached)
{
	for (unsigned i = 0; i < 2; i++) {
		judge_setup();
		s.policy.restricted = i;
		ck_assert(allowed("10.0.2.2", PROTOCOL_UDP, 67));
		ck_assert(allowed("fec0::2", PROTOCOL_UDP, 547));
		ck_assert(allowed("10.0.2.3", PROTOCOL_ICMP, 0));
		ck_assert(allowed("fec0::2", PROTOCOL_ICMPV6, 0));
		ck_assert(allowed("fe80::2", PROTOCOL_ICMPV6, 0));
		ck_assert_int_eq(allowed("2001:db8::1", PROTOCOL_ICMPV6, 0),
				 !i);
		ck_assert(!allowed("10.0.2.2", PROTOCOL_UDP, 69));
		s.policy.tftp = true;
		ck_assert(allowed("10.0.2.2", PROTOCOL_UDP, 69));
		ck_assert(allowed("fec0::2", PROTOCOL_UDP, 69));
	}
}
END_TEST

START_TEST(dns_is_only_dns)
{
	judge_setup();
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

	judge_setup();
	s.policy.restricted = s.policy.host = true;
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
		judge_setup();
		s.policy.restricted = true;
		len = judge_build(away, 4, PROTOCOL_TCP, TCP_HEADER);
		put_be32(tcp + 4, 1000);
		tcp[13] = (uint8_t)flags;
		ck_assert_int_eq(judge(len),
				 !(flags & TCP_SYN) || (flags & TCP_ACK));
	}
}
END_TEST

static bool is_answer(void *arg, const struct packet *packet)
{
	ck_assert_ptr_eq(arg, &g);
	return get_be16(packet->payload) == 5000 &&
	       get_be16(packet->payload + 2) == 999;
}

START_TEST(udp_answers_who_asked_from_where_it_was_asked)
{
	uint8_t *udp = guest_payload(frame, 4);
	size_t len;

	judge_setup();
	s.policy.restricted = true;
	len = judge_build(away, 4, PROTOCOL_UDP, 20);
	put_be16(udp, 5000);
	put_be16(udp + 2, 999);
	ck_assert(!judge(len));
	s.policy.is_answer = is_answer;
	s.policy.answer_arg = &g;
	ck_assert(judge(len));
	put_be16(udp + 2, 998);
	ck_assert(!judge(len));
}
END_TEST

/* What is libslirp's of what may be sent. */
START_TEST(dhcp_tftp_and_neighbours_are_local)
{
	static const struct {
		const char *to;
		uint8_t protocol;
		uint16_t port;
		bool local;
	} rows[] = {
		{ "255.255.255.255", PROTOCOL_UDP, 67, true },
		{ "10.0.2.2", PROTOCOL_UDP, 67, true },
		{ "10.0.2.2", PROTOCOL_UDP, 69, true },
		{ "ff02::1:2", PROTOCOL_UDP, 547, true },
		{ "10.0.2.3", PROTOCOL_UDP, 53, false },
		{ "10.0.2.2", PROTOCOL_UDP, 80, false },
		{ "192.0.2.1", PROTOCOL_UDP, 67, false },
		{ "10.0.2.2", PROTOCOL_ICMP, 0, true },
		{ "10.0.2.3", PROTOCOL_ICMP, 0, true },
		{ "192.0.2.1", PROTOCOL_ICMP, 0, false },
		{ "fec0::2", PROTOCOL_ICMPV6, 0, true },
		{ "fe80::2", PROTOCOL_ICMPV6, 0, true },
		{ "2001:db8::1", PROTOCOL_ICMPV6, 0, false },
	};

	judge_setup();
	s.policy.host = s.policy.tftp = true;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		ck_assert(allowed(rows[i].to, rows[i].protocol, rows[i].port));
		ck_assert_msg(policy_is_local(&s.policy, &p) == rows[i].local,
			      "%s %u", rows[i].to, rows[i].port);
	}
	/* A neighbour's solicitation. */
	guest_payload(frame, 16)[0] = 135;
	ck_assert(policy_is_local(&s.policy, &p));
}
END_TEST

START_TEST(a_refused_connection_is_answered)
{
	static const struct {
		const uint8_t *to;
		size_t addr_len;
	} tos[] = { { gateway, 4 }, { gateway6, 16 } };
	uint8_t out[TCP_FRAME_MAX];
	struct packet answer;

	for (unsigned i = 0; i < ARRAY_SIZE(tos); i++) {
		size_t addr_len = tos[i].addr_len, len;
		uint8_t *tcp = guest_payload(frame, addr_len);

		judge_setup();
		put_be16(tcp, 1111);
		put_be32(tcp + 4, 0xffffffff);
		len = judge_build(tos[i].to, addr_len, PROTOCOL_TCP, 20);
		ck_assert_int_eq(firewall_judge(&s, &p, frame, len, 0),
				 FIREWALL_REJECT);
		len = reject_tcp(&p, out);
		ck_assert_int_eq(packet_parse(&answer, out, len), PACKET_OK);
		ck_assert(guest_sums_ok(&answer));
		ck_assert_mem_eq(answer.addrs, tos[i].to, addr_len);
		ck_assert_uint_eq(get_be16(answer.payload), PORT);
		ck_assert_uint_eq(get_be16(answer.payload + 2), 1111);
		ck_assert_uint_eq(get_be32(answer.payload + 8), 0);
		ck_assert_uint_eq(answer.payload[13], TCP_RST | TCP_ACK);
		/* As the answer to an acknowledgement it has its number. */
		tcp[13] = TCP_ACK;
		put_be32(tcp + 8, 0x12345678);
		len = reject_tcp(&p, out);
		ck_assert_int_eq(packet_parse(&answer, out, len), PACKET_OK);
		ck_assert(guest_sums_ok(&answer));
		ck_assert_uint_eq(get_be32(answer.payload + 4), 0x12345678);
		ck_assert_uint_eq(answer.payload[13], TCP_RST);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_hosts_loopback_needs_permission,
		the_hosts_own_addresses_need_permission,
		broadcasts_reach_only_services,
		the_networks_services_are_always_reached,
		dns_is_only_dns,
		restrict_lets_answers_and_services_through,
		udp_answers_who_asked_from_where_it_was_asked,
		dhcp_tftp_and_neighbours_are_local,
		a_refused_connection_is_answered,
		NULL,
	};

	return unit_run(unit_suite("policy", tests));
}
