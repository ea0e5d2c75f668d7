/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "devices/slirp/guest_addr.h"
#include "tests/net_judge.h"
#include "tests/net_options.h"

static struct net_config config;
static struct guest_addr guest;

static void setup(void)
{
	judge_setup();
	ck_assert_int_eq(net_option(&config, "user"), 0);
	memset(&guest, 0, sizeof(guest));
}

/* The guest sends something from @from; whether that is news. */
static bool from4(const char *from, uint64_t now_ns)
{
	inet_pton(AF_INET, from, g.addr4);
	ck_assert_int_eq(
		packet_parse(&p, frame, judge_build(away, 4, PROTOCOL_UDP, 8)),
		PACKET_OK);
	return guest_addr_from(&guest, &config, &p, now_ns);
}

static bool from6(const char *from, uint64_t now_ns)
{
	inet_pton(AF_INET6, from, g.addr6);
	ck_assert_int_eq(packet_parse(&p, frame,
				      judge_build(away6, 16, PROTOCOL_UDP, 8)),
			 PACKET_OK);
	return guest_addr_from(&guest, &config, &p, now_ns);
}

static bool from_arp(const char *from, uint64_t now_ns)
{
	static const uint8_t kind[] = { 8, 6, 0, 1, 8, 0, 6, 4, 0, 2 };

	memcpy(frame + 12, kind, sizeof(kind));
	inet_pton(AF_INET, from, frame + 28);
	ck_assert_int_eq(packet_parse(&p, frame, ETHER_MIN), PACKET_OK);
	return guest_addr_from(&guest, &config, &p, now_ns);
}

static bool is_at4(const char *addr)
{
	return guest.v4.s_addr == inet_addr(addr);
}

static bool is_at6(const char *addr)
{
	struct in6_addr in6;

	inet_pton(AF_INET6, addr, &in6);
	return memcmp(&in6, &guest.v6, sizeof(in6)) == 0;
}

START_TEST(it_is_where_it_sends_from)
{
	setup();
	ck_assert(from4("10.0.2.15", 1));
	ck_assert(is_at4("10.0.2.15"));
	ck_assert(!from4("10.0.2.15", 2));
	setup();
	ck_assert(from_arp("10.0.2.77", 1));
	ck_assert(is_at4("10.0.2.77"));
	ck_assert(!from_arp("10.0.2.77", 2));
}
END_TEST

START_TEST(it_is_not_at_what_is_no_hosts_address)
{
	static const char *const none[] = { "0.0.0.0",	  "10.0.2.0",
					    "10.0.2.255", "10.0.2.2",
					    "10.0.2.3",	  "10.0.3.15" };

	setup();
	for (unsigned i = 0; i < ARRAY_SIZE(none); i++) {
		ck_assert(!from4(none[i], 1));
		ck_assert(!from_arp(none[i], 1));
	}
	ck_assert(!from6("fec0::2", 1));
	ck_assert(!from6("fec0::3", 1));
	ck_assert(!from6("2001:db8::1", 1));
	ck_assert_uint_eq(guest.v4.s_addr, 0);
	ck_assert(is_at6("::"));
}
END_TEST

START_TEST(it_stays_at_the_first_address_while_that_is_used)
{
	setup();
	from4("10.0.2.15", 0);
	ck_assert(!from4("10.0.2.16", 9 * NSEC_PER_SEC));
	ck_assert(!from4("10.0.2.15", 9 * NSEC_PER_SEC));
	ck_assert(!from4("10.0.2.16", 18 * NSEC_PER_SEC));
	ck_assert(is_at4("10.0.2.15"));
	ck_assert(from4("10.0.2.16", 19 * NSEC_PER_SEC));
	ck_assert(is_at4("10.0.2.16"));
	from6("fec0::15", 0);
	ck_assert(!from6("fec0::16", 9 * NSEC_PER_SEC));
	ck_assert(from6("fec0::16", 10 * NSEC_PER_SEC));
	ck_assert(is_at6("fec0::16"));
}
END_TEST

/* It is heard of once at another address, and says nothing more: it is asked
 * whether it still has the first. */
START_TEST(it_is_asked_when_it_is_heard_of_elsewhere)
{
	setup();
	ck_assert(from4("10.0.2.15", NSEC_PER_SEC));
	ck_assert(!guest_addr_doubts(&guest));
	ck_assert_uint_eq(guest_addr_deadline(&guest), UINT64_MAX);
	ck_assert(!from_arp("10.0.2.77", 2 * NSEC_PER_SEC));
	ck_assert(guest_addr_doubts(&guest));
	ck_assert(!guest_addr_doubts(&guest));
	ck_assert_uint_eq(guest_addr_deadline(&guest), 3 * NSEC_PER_SEC);
	ck_assert(!guest_addr_settle(&guest, 3 * NSEC_PER_SEC - 1));
	ck_assert(guest_addr_settle(&guest, 3 * NSEC_PER_SEC));
	ck_assert(is_at4("10.0.2.77"));
	ck_assert_uint_eq(guest_addr_deadline(&guest), UINT64_MAX);
	/* It has both: it answers, and is not asked for a while. */
	ck_assert(!from_arp("10.0.2.15", 4 * NSEC_PER_SEC));
	ck_assert(guest_addr_doubts(&guest));
	ck_assert(!from_arp("10.0.2.77", 4 * NSEC_PER_SEC + 1));
	ck_assert(!guest_addr_settle(&guest, 5 * NSEC_PER_SEC));
	ck_assert(is_at4("10.0.2.77"));
	for (unsigned i = 5; i < 14; i++) {
		ck_assert(!from4("10.0.2.15", i * NSEC_PER_SEC));
		ck_assert(!from4("10.0.2.77", i * NSEC_PER_SEC));
		ck_assert(!guest_addr_doubts(&guest));
	}
	ck_assert(!from4("10.0.2.15", 14 * NSEC_PER_SEC));
	ck_assert(guest_addr_doubts(&guest));
}
END_TEST

/* A guest that sends from ever new addresses is asked once a second. */
START_TEST(it_is_asked_once_for_many_addresses)
{
	char addr[16];
	unsigned questions = 0;

	setup();
	from4("10.0.2.15", NSEC_PER_SEC);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(addr, sizeof(addr), "10.0.2.%u", 20 + i % 200);
		ck_assert(!from4(addr, NSEC_PER_SEC + i));
		questions += guest_addr_doubts(&guest);
	}
	ck_assert_uint_eq(questions, 1);
	/* It has not answered: it is where it was heard of last. */
	ck_assert(guest_addr_settle(&guest, 3 * NSEC_PER_SEC));
	ck_assert(is_at4("10.0.2.219"));
}
END_TEST

START_TEST(an_unused_ipv6_address_is_left_for_the_other)
{
	setup();
	ck_assert(from6("fec0::15", NSEC_PER_SEC));
	ck_assert(!from6("fec0::16", 2 * NSEC_PER_SEC));
	ck_assert_uint_eq(guest_addr_deadline(&guest), 11 * NSEC_PER_SEC);
	ck_assert(!guest_addr_settle(&guest, 11 * NSEC_PER_SEC - 1));
	ck_assert(guest_addr_settle(&guest, 11 * NSEC_PER_SEC));
	ck_assert(is_at6("fec0::16"));
	ck_assert_uint_eq(guest_addr_deadline(&guest), UINT64_MAX);
}
END_TEST

START_TEST(an_address_of_the_network_is_better_than_a_link_local_one)
{
	setup();
	ck_assert(from6("fe80::15", 0));
	ck_assert(from6("fec0::15", 1));
	ck_assert(!from6("fe80::15", 20 * NSEC_PER_SEC));
	ck_assert(is_at6("fec0::15"));
}
END_TEST

/* Offers the guest a lease, or with type 5 confirms it. */
static void lease(const char *addr, uint8_t type)
{
	static const uint8_t guest4[4] = { 10, 0, 2, 15 };
	uint8_t *udp = guest_payload(frame, 4);
	uint8_t *message = udp + UDP_HEADER;
	size_t len;

	memset(frame, 0, 400);
	/* A pad, another option, the message's type, the end. */
	memcpy(message + 240, "\0\x36\x02xx\x35\x01", 7);
	message[247] = type;
	message[248] = 255;
	inet_pton(AF_INET, addr, message + 16);
	len = judge_build(guest4, 4, PROTOCOL_UDP, UDP_HEADER + 300);
	put_be16(udp + 2, 68);
	ck_assert_int_eq(packet_parse(&p, frame, len), PACKET_OK);
	guest_addr_to(&guest, &p);
}

/* A lease is where to ask for it; it is there once it is heard from. */
START_TEST(a_lease_makes_it_move_at_once)
{
	setup();
	from4("10.0.2.15", 0);
	lease("10.0.2.20", 2);
	ck_assert_uint_eq(guest.leased.s_addr, 0);
	lease("10.0.2.20", 5);
	ck_assert_uint_eq(guest.leased.s_addr, inet_addr("10.0.2.20"));
	ck_assert(is_at4("10.0.2.15"));
	ck_assert(from4("10.0.2.20", 20 * NSEC_PER_SEC));
	ck_assert(is_at4("10.0.2.20"));
}
END_TEST

/* Whatever the options say, nothing is read past their end. */
START_TEST(broken_options_are_survived)
{
	uint8_t *message = guest_payload(frame, 4) + UDP_HEADER;

	for (unsigned i = 0; i < 256; i++) {
		uint8_t *copy;
		size_t len;

		setup();
		memset(frame, 0, 400);
		memset(message + 240, (int)i, 20);
		len = judge_build(away, 4, PROTOCOL_UDP, UDP_HEADER + 260);
		put_be16(guest_payload(frame, 4) + 2, 68);
		copy = malloc(len);
		memcpy(copy, frame, len);
		ck_assert_int_eq(packet_parse(&p, copy, len), PACKET_OK);
		guest_addr_to(&guest, &p);
		ck_assert_uint_eq(guest.leased.s_addr, 0);
		free(copy);
	}
}
END_TEST

START_TEST(the_gateway_asks)
{
	struct in_addr addr;
	uint8_t ask[ETHER_MIN];

	setup();
	inet_pton(AF_INET, "10.0.2.15", &addr);
	guest_addr_ask(ask, config.gateway, addr);
	ck_assert_int_eq(packet_parse(&p, ask, sizeof(ask)), PACKET_OK);
	ck_assert_int_eq(p.ethertype, ETHERTYPE_ARP);
	ck_assert_mem_eq(ask, "\xff\xff\xff\xff\xff\xff", 6);
	ck_assert_mem_eq(ask + 6, "\x52\x55\x0a\0\x02\x02", 6);
	ck_assert_uint_eq(p.net[7], 1);
	ck_assert_mem_eq(p.net + 8, ask + 6, 6);
	ck_assert_mem_eq(p.net + 14, gateway, 4);
	ck_assert_mem_eq(p.net + 24, &addr, 4);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_is_where_it_sends_from,
		it_is_not_at_what_is_no_hosts_address,
		it_stays_at_the_first_address_while_that_is_used,
		it_is_asked_when_it_is_heard_of_elsewhere,
		it_is_asked_once_for_many_addresses,
		an_unused_ipv6_address_is_left_for_the_other,
		an_address_of_the_network_is_better_than_a_link_local_one,
		a_lease_makes_it_move_at_once,
		broken_options_are_survived,
		the_gateway_asks,
		NULL,
	};

	return unit_run(unit_suite("guest_addr", tests));
}
