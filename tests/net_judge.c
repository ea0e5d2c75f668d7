/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/net_judge.h"

const uint8_t gateway[4] = { 10, 0, 2, 2 };
const uint8_t away[4] = { 192, 0, 2, 1 };
const uint8_t away6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
const uint8_t gateway6[16] = { 0xfe, 0xc0, [15] = 2 };

struct guest g;
struct firewall s;
struct packet p;
uint8_t frame[ETHER_MAX + 100];
bool established;
unsigned times_asked;
size_t judge_addr_len = 4;

static bool is_established(void *arg, const struct flow *flow)
{
	ck_assert_ptr_eq(arg, &s);
	ck_assert_uint_eq(flow->port, 1);
	ck_assert_uint_eq(flow->peer_port, PORT);
	times_asked++;
	return established;
}

/* The host has these addresses. */
static bool is_local(void *arg, const void *addr, size_t len)
{
	static const uint8_t own4[4] = { 198, 51, 100, 7 };
	static const uint8_t own6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 7 };

	ck_assert_ptr_eq(arg, &s);
	return memcmp(addr, len == 4 ? own4 : own6, len) == 0;
}

void judge_setup(void)
{
	memset(&s, 0, sizeof(s));
	s.policy.is_local = is_local;
	s.policy.arg = &s;
	libslirp_faults_init(&s.faults, "4.7.0");
	s.faults.established = is_established;
	s.faults.arg = &s;
	established = true;
	times_asked = 0;
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

bool judge_with(size_t len, uint64_t now_ns)
{
	return firewall_judge(&s, &p, frame, len, now_ns) == FIREWALL_PASS;
}

bool judge(size_t len)
{
	return judge_with(len, 0);
}

size_t judge_build(const uint8_t *to, size_t addr_len, uint8_t protocol,
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

bool judge_segment(uint16_t port, uint8_t flags, uint32_t seq, size_t len)
{
	uint8_t *tcp = guest_payload(frame, judge_addr_len);
	size_t n;

	memset(tcp, 0, TCP_HEADER);
	put_be16(tcp, port);
	put_be32(tcp + 4, seq);
	tcp[13] = TCP_ACK | flags;
	n = judge_build(judge_addr_len == 4 ? away : away6, judge_addr_len,
			PROTOCOL_TCP, TCP_HEADER + len);
	return judge(n);
}

void judge_tell(uint16_t port, uint8_t flags, uint32_t ack, uint16_t window)
{
	uint8_t from[128] = { 0 };
	struct packet to_guest;
	uint8_t *tcp = guest_payload(from, judge_addr_len);
	uint8_t addrs[32];
	size_t n;

	put_be16(tcp, PORT);
	put_be16(tcp + 2, port);
	put_be32(tcp + 8, ack);
	tcp[12] = 0x50;
	tcp[13] = TCP_ACK | flags;
	put_be16(tcp + 14, window);
	n = guest_ip(&g, from, judge_addr_len == 4 ? away : away6,
		     judge_addr_len, PROTOCOL_TCP, TCP_HEADER, 16);
	ck_assert_int_eq(packet_parse(&to_guest, from, n), PACKET_OK);
	memcpy(addrs, to_guest.addrs + judge_addr_len, judge_addr_len);
	memcpy(addrs + judge_addr_len, to_guest.addrs, judge_addr_len);
	memcpy(to_guest.addrs, addrs, 2 * judge_addr_len);
	conntrack_to_flow(&s.conntrack, &to_guest);
	if (s.faults.has[FAULT_ZERO])
		libslirp_faults_learn(&to_guest);
	conntrack_to(&s.conntrack, &to_guest);
}

void judge_acknowledge(uint16_t port, uint8_t flags, uint32_t ack)
{
	judge_tell(port, flags, ack, 0xffff);
}
