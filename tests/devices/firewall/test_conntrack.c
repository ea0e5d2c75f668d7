/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of connections, and when one is over.
 */
#include <string.h>

#include "devices/firewall/conntrack.h"
#include "tests/unit.h"

static struct conntrack ct;
static struct packet p;

/* A segment from the guest's @port with @len bytes of data, which are not
 * looked at. */
static void segment(uint16_t port, uint8_t flags, uint32_t seq, uint32_t ack,
		    size_t len)
{
	static uint8_t frame[ETHER_HEADER + IPV4_HEADER + TCP_HEADER];
	static const uint8_t addrs[8] = { 10, 0, 2, 15, 192, 0, 2, 1 };
	uint8_t *tcp = frame + ETHER_HEADER + IPV4_HEADER;

	memset(frame, 0, sizeof(frame));
	memcpy(tcp - 8, addrs, 8);
	put_be16(tcp, port);
	put_be16(tcp + 2, 80);
	put_be32(tcp + 4, seq);
	put_be32(tcp + 8, ack);
	tcp[12] = 0x50;
	tcp[13] = flags;
	p = (struct packet){ .frame = frame,
			     .addrs = tcp - 8,
			     .addr_len = 4,
			     .payload = tcp,
			     .payload_len = TCP_HEADER + len };
}

static void turn_round(void)
{
	uint8_t *tcp = p.payload, guest[4], port[2];

	memcpy(guest, p.addrs, 4);
	memcpy(p.addrs, p.addrs + 4, 4);
	memcpy(p.addrs + 4, guest, 4);
	memcpy(port, tcp, 2);
	memcpy(tcp, tcp + 2, 2);
	memcpy(tcp + 2, port, 2);
}

static struct flow *from_port(uint16_t port, uint8_t flags, uint32_t seq,
			      uint32_t ack, size_t len)
{
	segment(port, flags, seq, ack, len);
	conntrack_from(&ct, &p);
	return p.flow;
}

static bool to_port(uint16_t port, uint8_t flags, uint32_t seq, uint32_t ack,
		    size_t len)
{
	segment(port, flags, seq, ack, len);
	turn_round();
	conntrack_to_flow(&ct, &p);
	return conntrack_to(&ct, &p);
}

static bool to(uint8_t flags, uint32_t seq, uint32_t ack, size_t len)
{
	return to_port(1, flags, seq, ack, len);
}

/* The guest ends it. */
static void from(uint8_t flags, uint32_t seq, uint32_t ack)
{
	from_port(1, flags | TCP_FIN, seq, ack, 0);
	conntrack_end_from(&ct, &p, seq + 1);
}

static bool is_half_closed(void)
{
	segment(1, 0, 0, 0, 0);
	return flow_is_half_closed(conntrack_find(&ct, &p, true));
}

/* It begins: what libslirp sends next has the first number, the guest's the
 * second. */
static void begin(uint32_t seq, uint32_t ack)
{
	memset(&ct, 0, sizeof(ct));
	to(TCP_SYN | TCP_ACK, seq - 1, ack, 0);
}

/* ---- The table. ---- */

START_TEST(both_ways_have_one_flow)
{
	struct flow *flow;

	memset(&ct, 0, sizeof(ct));
	ck_assert_ptr_null(from_port(1, TCP_ACK, 5, 5, 0));
	flow = from_port(1, TCP_SYN, 4, 0, 0);
	ck_assert_ptr_nonnull(flow);
	ck_assert_uint_eq(flow->port, 1);
	ck_assert_uint_eq(flow->peer_port, 80);
	to(TCP_SYN | TCP_ACK, 99, 5, 0);
	ck_assert_ptr_eq(p.flow, flow);
	ck_assert_ptr_eq(from_port(1, TCP_ACK, 5, 100, 0), flow);
	ck_assert_ptr_ne(from_port(2, TCP_ACK, 5, 100, 7), flow);
	ck_assert_int_eq(flow->to_guest.to_port, 1);
	ck_assert_int_eq(flow->to_guest.from_port, 80);
	/* A reset takes it away, and makes none. */
	to(TCP_RST, 100, 0, 0);
	ck_assert_ptr_null(from_port(1, TCP_ACK, 5, 100, 0));
	to(TCP_RST, 100, 0, 0);
	ck_assert_ptr_null(p.flow);
}
END_TEST

/* Among many that come once, those in use, those with a socket and those that
 * leave. */
START_TEST(what_is_used_or_leaves_keeps_its_place)
{
	struct flow *used, *leaving, *idle, *open;

	memset(&ct, 0, sizeof(ct));
	idle = from_port(1, TCP_SYN, 0, 0, 0);
	leaving = from_port(2, TCP_SYN, 0, 0, 0);
	ck_assert(conntrack_leave(&ct, leaving, LEAVE_RESET));
	open = from_port(0, TCP_SYN, 0, 0, 0);
	open->fd = 7;
	used = from_port(3, TCP_SYN, 0, 0, 0);
	for (unsigned i = 4; i < 4 * CONNTRACK_FLOWS; i++) {
		from_port((uint16_t)i, TCP_SYN, 0, 0, 0);
		ck_assert_ptr_eq(from_port(3, TCP_ACK, 0, 0, 0), used);
	}
	ck_assert_ptr_eq(from_port(2, TCP_ACK, 0, 0, 0), leaving);
	ck_assert_ptr_eq(from_port(0, TCP_ACK, 0, 0, 0), open);
	segment(1, 0, 0, 0, 0);
	ck_assert_ptr_ne(conntrack_find(&ct, &p, true), idle);
	/* And then it doesn't. */
	conntrack_stay(&ct, leaving);
	ck_assert_uint_eq(ct.n_leaving, 0);
	open->fd = -1;
	for (unsigned i = 4; i < 4 * CONNTRACK_FLOWS; i++)
		from_port((uint16_t)i, TCP_SYN, 0, 0, 0);
	ck_assert_ptr_null(from_port(2, TCP_ACK, 0, 0, 0));
	ck_assert_ptr_null(from_port(0, TCP_ACK, 0, 0, 0));
}
END_TEST

/* Whose socket is not known may be open all the same: a guest that begins
 * connections without end must not have others forgotten. */
START_TEST(one_that_lives_keeps_its_place)
{
	struct flow *idle;

	memset(&ct, 0, sizeof(ct));
	idle = from_port(1, TCP_SYN, 4, 0, 0);
	to(TCP_SYN | TCP_ACK, 99, 5, 0);
	for (unsigned i = 4; i < 4 * CONNTRACK_FLOWS; i++)
		from_port((uint16_t)i, TCP_SYN, 0, 0, 0);
	segment(1, 0, 0, 0, 0);
	ck_assert_ptr_eq(conntrack_find(&ct, &p, true), idle);
	/* If all live, one of them makes room. */
	for (unsigned i = 0; i < CONNTRACK_FLOWS; i++)
		ct.flows[i].live = true;
	ck_assert_ptr_nonnull(from_port(2, TCP_SYN, 4, 0, 0));
	ck_assert_uint_eq(ct.n_flows, CONNTRACK_FLOWS);
}
END_TEST

START_TEST(only_so_many_leave_at_a_time)
{
	struct flow *first = NULL;

	memset(&ct, 0, sizeof(ct));
	for (uint16_t i = 1; i <= CONNTRACK_LEAVING; i++) {
		struct flow *flow = from_port(i, TCP_SYN, 0, 0, 0);

		first = first ? first : flow;
		ck_assert(conntrack_leave(&ct, flow, LEAVE_END));
	}
	ck_assert(!conntrack_leave(&ct, from_port(1000, TCP_SYN, 0, 0, 0),
				   LEAVE_RESET));
	ck_assert_int_eq(p.flow->leave, LEAVE_NOT);
	/* One of them may change how, or be dropped. */
	ck_assert(conntrack_leave(&ct, first, LEAVE_RESET));
	conntrack_drop(&ct, first);
	ck_assert(conntrack_leave(&ct, p.flow, LEAVE_RESET));
}
END_TEST

/* ---- When a connection is over. ---- */

START_TEST(it_is_over_when_each_knows)
{
	/* Behind the last sequence number comes 0. */
	begin(UINT32_MAX - 10, 50);
	ck_assert(!to(TCP_ACK | TCP_FIN, UINT32_MAX - 10, 50, 10));
	ck_assert(!to(TCP_ACK, 0, 50, 0));
	from(TCP_ACK, 50, 0);
	ck_assert(!to(TCP_ACK, 0, 50, 0));
	ck_assert(!to(0, 0, 51, 0));
	ck_assert(to(TCP_ACK, 0, 51, 0));
	/* Once. */
	ck_assert(!to(TCP_ACK, 0, 51, 0));
}
END_TEST

START_TEST(who_is_not_known_to_be_done_is_not)
{
	/* The guest does not know yet, or doesn't say so. */
	begin(100, 50);
	ck_assert(!to(TCP_ACK | TCP_FIN, 100, 50, 10));
	from(TCP_ACK, 50, 110);
	ck_assert(!to(TCP_ACK, 111, 51, 0));
	from(0, 50, 111);
	ck_assert(!to(TCP_ACK, 111, 51, 0));
	/* It comes a second time, and does. */
	from(TCP_ACK, 50, 111);
	ck_assert(to(TCP_ACK, 111, 51, 0));
}
END_TEST

/* libslirp has nothing to remember then, once it has heard from the guest. */
START_TEST(it_is_otherwise_when_the_guest_was_first)
{
	begin(100, 50);
	from(TCP_ACK, 50, 100);
	ck_assert(!to(TCP_ACK, 100, 51, 0));
	ck_assert(!to(TCP_ACK | TCP_FIN, 100, 51, 0));
	/* Its end comes once more. */
	from(TCP_ACK, 50, 100);
	ck_assert(!to(TCP_ACK, 101, 51, 0));
	from_port(1, TCP_ACK, 51, 100, 0);
	ck_assert(!conntrack_last(&p));
	from_port(1, TCP_ACK, 51, 101, 1);
	ck_assert(!conntrack_last(&p));
	from_port(1, TCP_ACK, 51, 101, 0);
	ck_assert(conntrack_last(&p));
	ck_assert(!conntrack_last(&p));
}
END_TEST

/* From one end to the other it is half-closed. */
START_TEST(it_is_half_closed_in_between)
{
	begin(100, 50);
	ck_assert(!is_half_closed());
	to(TCP_ACK | TCP_FIN, 100, 50, 0);
	ck_assert(is_half_closed());
	from(TCP_ACK, 50, 101);
	ck_assert(!is_half_closed());
	begin(100, 50);
	from(TCP_ACK, 50, 100);
	ck_assert(is_half_closed());
	to(TCP_ACK | TCP_FIN, 100, 51, 0);
	ck_assert(!is_half_closed());
}
END_TEST

START_TEST(another_with_the_same_ports_begins_anew)
{
	begin(100, 50);
	ck_assert(!to(TCP_ACK | TCP_FIN, 100, 50, 0));
	from(TCP_ACK, 50, 101);
	ck_assert(!to(TCP_SYN | TCP_ACK, 1000, 51, 0));
	ck_assert(!to(TCP_ACK, 1001, 51, 0));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		both_ways_have_one_flow,
		what_is_used_or_leaves_keeps_its_place,
		one_that_lives_keeps_its_place,
		only_so_many_leave_at_a_time,
		it_is_over_when_each_knows,
		who_is_not_known_to_be_done_is_not,
		it_is_otherwise_when_the_guest_was_first,
		it_is_half_closed_in_between,
		another_with_the_same_ports_begins_anew,
		NULL,
	};

	return unit_run(unit_suite("conntrack", tests));
}
