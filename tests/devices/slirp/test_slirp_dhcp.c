/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the network tells its guest of itself: DHCP (RFC 2131, 2132, 3397),
 * router advertisements (RFC 4861) and DHCPv6 (RFC 8415, 5970).
 */
#include <string.h>
#include <unistd.h>

#include "tests/net_guest.h"

static struct guest g;

static void dhcp_send(unsigned type)
{
	static const uint8_t all[4] = { 255, 255, 255, 255 };
	uint8_t message[300] = { 1, 1, 6 };
	uint8_t addr4[4];

	memcpy(message + 28, g.mac, 6);
	put_be32(message + 236, 0x63825363);
	message[240] = 53;
	message[241] = 1;
	message[242] = (uint8_t)type;
	message[243] = 255;
	memcpy(addr4, g.addr4, 4);
	memset(g.addr4, 0, 4);
	g.udp_came = false;
	guest_udp(&g, all, 4, 68, 67, message, sizeof(message));
	memcpy(g.addr4, addr4, 4);
}

/* Sends a DHCP message of @type and waits for an answer of @answer; the
 * address offered. */
static uint32_t dhcp(unsigned type, unsigned answer)
{
	dhcp_send(type);
	guest_until(&g, g.udp_came);
	ck_assert_uint_eq(g.udp_port, 68);
	ck_assert_mem_eq(g.udp_data + 28, g.mac, 6);
	ck_assert_uint_eq(g.udp_data[242], answer);
	return get_be32(g.udp_data + 16);
}

/* The answer has the option @code with the @len bytes of @value. */
static void check_option(uint8_t code, const void *value, size_t len)
{
	const uint8_t *option = g.udp_data + 240;

	while (*option != code && *option != 255) {
		option += *option ? 2 + option[1] : 1;
		ck_assert_uint_lt((size_t)(option - g.udp_data), g.udp_len);
	}
	ck_assert_msg(*option == code, "no option %u", code);
	ck_assert_uint_eq(option[1], len);
	ck_assert_mem_eq(option + 2, value, len);
}

/* With a router, without which no visitor from elsewhere could be answered. */
START_TEST(a_restricted_guest_gets_a_whole_lease)
{
	guest_open(&g, "user,restrict=on", "0:22", NULL);
	guest_start(&g, 1500);
	ck_assert_uint_eq(dhcp(1, 2), 0x0a00020f);
	ck_assert_uint_eq(dhcp(3, 5), 0x0a00020f);
	check_option(3, "\x0a\0\x02\x02", 4);
	check_option(6, "\x0a\0\x02\x03", 4);
	guest_close(&g);
}
END_TEST

START_TEST(the_guest_gets_a_lease)
{
	guest_open(&g, "user", NULL, NULL);
	guest_start(&g, 1500);
	ck_assert_uint_eq(dhcp(1, 2), 0x0a00020f);
	ck_assert_uint_eq(dhcp(3, 5), 0x0a00020f);
	check_option(1, "\xff\xff\xff", 4);
	check_option(3, "\x0a\0\x02\x02", 4);
	check_option(6, "\x0a\0\x02\x03", 4);
	guest_close(&g);
}
END_TEST

START_TEST(a_lease_is_as_it_was_asked_for)
{
	static const uint8_t search[] = "\1a\7example\0\1b\xc0\2";

	guest_open(
		&g,
		"user,subnet=192.168.0.0/16,dhcp=192.168.7.1,host=192.168.1.1,"
		"dns=192.168.1.2,hostname=box,domain=example.org,"
		"dns-search=a.example,dns-search=b.example,bootfile=pxe.0",
		NULL, NULL);
	guest_start(&g, 1500);
	ck_assert_uint_eq(dhcp(1, 2), 0xc0a80701);
	ck_assert_uint_eq(dhcp(3, 5), 0xc0a80701);
	check_option(1, "\xff\xff\0", 4);
	check_option(3, "\xc0\xa8\1\1", 4);
	check_option(6, "\xc0\xa8\1\2", 4);
	check_option(12, "box", 3);
	check_option(15, "example.org", 11);
	check_option(119, search, sizeof(search) - 1);
	ck_assert_str_eq((const char *)g.udp_data + 108, "pxe.0");
	guest_close(&g);
}
END_TEST

/* libslirp has sixteen leases, one for each hardware address; another machine
 * has them all. */
START_TEST(another_machine_gets_leases)
{
	guest_open(&g, "user", NULL, NULL);
	for (unsigned i = 0; i < 20; i++) {
		if (i % 10 == 0) {
			netdev_unplug(g.dev);
			guest_start(&g, 1500);
		}
		g.mac[5] = (uint8_t)i;
		ck_assert_uint_eq(dhcp(1, 2), 0x0a00020f + i % 10);
		ck_assert_uint_eq(dhcp(3, 5), 0x0a00020f + i % 10);
	}
	guest_close(&g);
}
END_TEST

/* So has who asks after others have released theirs, and whoever has one keeps
 * it. */
START_TEST(a_lease_that_was_released_is_had_again)
{
	guest_open(&g, "user", NULL, NULL);
	guest_start(&g, 1500);
	g.mac[5] = 200;
	ck_assert_uint_eq(dhcp(1, 2), 0x0a00020f);
	ck_assert_uint_eq(dhcp(3, 5), 0x0a00020f);
	for (unsigned i = 0; i < 40; i++) {
		g.mac[5] = (uint8_t)i;
		ck_assert_uint_ne(dhcp(1, 2), 0x0a00020f);
		ck_assert_uint_ne(dhcp(3, 5), 0x0a00020f);
		dhcp_send(7);
	}
	/* One of those, and the first. */
	g.mac[5] = 3;
	ck_assert_uint_ne(dhcp(1, 2), 0x0a00020f);
	g.mac[5] = 200;
	ck_assert_uint_eq(dhcp(3, 5), 0x0a00020f);
	guest_close(&g);
}
END_TEST

/* The guest asks for a router and is told the prefix. */
START_TEST(a_router_is_advertised)
{
	static const uint8_t routers[16] = { 0xff, 2, [15] = 2 };
	uint8_t frame[128] = { 0 };
	const uint8_t *advertisement;
	static const uint8_t prefix[8] = { 0xfe, 0xc0 };

	guest_open(&g, "user", NULL, NULL);
	guest_start(&g, 1500);
	guest_payload(frame, 16)[0] = 133;
	guest_send(&g, frame,
		   guest_ip(&g, frame, routers, 16, PROTOCOL_ICMPV6, 8, 2));
	guest_until(&g, g.n_icmp);
	advertisement = guest_payload(g.other.data, 16);
	ck_assert_uint_eq(advertisement[0], 134);
	/* Behind the source's link-layer address. */
	ck_assert_uint_eq(advertisement[24], 3);
	ck_assert_uint_eq(advertisement[26], 64);
	ck_assert_mem_eq(advertisement + 40, prefix, 8);
	guest_close(&g);
}
END_TEST

/* Who looks for the option @code of a DHCPv6 message. */
static const uint8_t *option6(uint16_t code, size_t *len)
{
	const uint8_t *option = g.udp_data + 4;

	while (option + 4 <= g.udp_data + g.udp_len) {
		*len = get_be16(option + 2);
		if (get_be16(option) == code)
			return option + 4;
		option += 4 + *len;
	}
	ck_abort_msg("no option %u", code);
	return NULL;
}

/* Stateless: the addresses are the advertised prefix's. */
START_TEST(dhcpv6_tells_the_rest)
{
	static const uint8_t servers[16] = { 0xff, 2, [13] = 1, [15] = 2 };
	static const char url[] =
		"tftp://[fec0:0000:0000:0000:0000:0000:0000:0002]/pxe.0";
	/* Information-request 0x010203 with option request 23 and 59. */
	static const uint8_t request[] = {
		11, 1, 2, 3, 0, 6, 0, 4, 0, 23, 0, 59
	};
	const uint8_t *value;
	size_t len;

	guest_open(&g, "user,bootfile=pxe.0,tftp=/tmp", NULL, NULL);
	guest_start(&g, 1500);
	guest_udp(&g, servers, 16, 546, 547, request, sizeof(request));
	guest_until(&g, g.udp_came);
	ck_assert_uint_eq(g.udp_port, 546);
	ck_assert_mem_eq(g.udp_data, "\7\1\2\3", 4);
	value = option6(23, &len);
	ck_assert_uint_eq(len, 16);
	ck_assert_mem_eq(value, &g.config.dns6, 16);
	value = option6(59, &len);
	ck_assert_uint_eq(len, strlen(url));
	ck_assert_mem_eq(value, url, len);
	guest_close(&g);
}
END_TEST

/* A client gets an answer, or the next one does: where a guest is that has
 * moved is settled a moment later, and who comes before is led to where it was.
 */
static void a_client_is_answered(const struct forward *forward)
{
	bool answered = false;

	for (int i = 0; i < 6 && !answered; i++) {
		uint64_t until = now_ns() + NSEC_PER_SEC;
		int fd = host_connect(forward);
		char buf[8];

		guest_until(&g, send(fd, "ping", 4,
				     MSG_DONTWAIT | MSG_NOSIGNAL) == 4);
		while (!answered && now_ns() < until) {
			guest_step(&g, 2);
			answered = recv(fd, buf, 4, MSG_DONTWAIT) == 4;
		}
		close(fd);
	}
	ck_assert(answered);
}

/* The guest moves, and 500 forwards after it: that holds up neither the others
 * nor the end. */
START_TEST(many_forwards_follow_in_turns)
{
	enum { FORWARDS = 500, SHORT_MS = 10000 };
	static const uint8_t gateway[4] = { 10, 0, 2, 2 };
	uint64_t begun, turns;
	unsigned n;
	int fd;

	guest_open(&g, "user", "21000-21499:22000-22499", NULL);
	g.addr4[3] = 77;
	guest_up(&g);
	g.echo_port = 22499;
	fd = host_connect(&g.config.forwards.list[FORWARDS - 1]);
	host_check_echo(&g, fd);
	close(fd);
	ck_assert_uint_eq(dhcp(3, 5), 0x0a00020f);
	begun = now_ns();
	turns = guest_stat(&g, "turns");
	g.addr4[3] = 15;
	n = g.n_icmp;
	guest_arp(&g, 1, gateway);
	guest_echo(&g, gateway, 8, 0);
	guest_until(&g, g.n_icmp > n);
	a_client_is_answered(&g.config.forwards.list[FORWARDS - 1]);
	/* Others had their turn between them. */
	ck_assert_uint_ge(guest_stat(&g, "turns") - turns, FORWARDS / 10);
	/* Once more, and the end in the middle of it. */
	g.addr4[3] = 77;
	guest_arp(&g, 1, gateway);
	netdev_stop(g.dev);
	ck_assert_uint_lt(now_ns() - begun, SHORT_MS * NSEC_PER_MSEC);
	/* They are not lost by it. */
	g.addr4[3] = 78;
	guest_up(&g);
	fd = host_connect(&g.config.forwards.list[0]);
	g.echo_port = 22000;
	host_check_echo(&g, fd);
	close(fd);
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_guest_gets_a_lease,
		a_restricted_guest_gets_a_whole_lease,
		a_lease_is_as_it_was_asked_for,
		another_machine_gets_leases,
		a_lease_that_was_released_is_had_again,
		a_router_is_advertised,
		dhcpv6_tells_the_rest,
		many_forwards_follow_in_turns,
		NULL,
	};

	return unit_run(unit_suite("slirp_dhcp", tests));
}
