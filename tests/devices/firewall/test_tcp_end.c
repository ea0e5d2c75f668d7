/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "devices/firewall/tcp_end.h"
#include "tests/unit.h"

/* A segment with @len bytes of data, which are not looked at. */
static struct packet segment(uint8_t flags, uint32_t seq, uint32_t ack,
			     size_t len)
{
	static uint8_t tcp[TCP_HEADER];

	memset(tcp, 0, sizeof(tcp));
	put_be32(tcp + 4, seq);
	put_be32(tcp + 8, ack);
	tcp[12] = 0x50;
	tcp[13] = flags;
	return (struct packet){ .payload = tcp,
				.payload_len = TCP_HEADER + len };
}

static bool to(struct tcp_end *end, uint8_t flags, uint32_t seq, uint32_t ack,
	       size_t len)
{
	struct packet p = segment(flags, seq, ack, len);

	return tcp_end_to(end, &p);
}

static void from(struct tcp_end *end, uint8_t flags, uint32_t seq, uint32_t ack)
{
	struct packet p = segment(flags, seq, ack, 0);

	tcp_end_from(end, &p, seq + 1);
}

START_TEST(it_is_over_when_each_knows)
{
	struct tcp_end end = { 0 };

	/* Behind the last sequence number comes 0. */
	ck_assert(!to(&end, TCP_SYN, UINT32_MAX - 11, 0, 0));
	ck_assert(!to(&end, TCP_ACK | TCP_FIN, UINT32_MAX - 10, 50, 10));
	ck_assert(!to(&end, TCP_ACK, 0, 50, 0));
	from(&end, TCP_ACK | TCP_FIN, 50, 0);
	ck_assert(!to(&end, TCP_ACK, 0, 50, 0));
	ck_assert(!to(&end, 0, 0, 51, 0));
	ck_assert(to(&end, TCP_ACK, 0, 51, 0));
	/* Once. */
	ck_assert(!to(&end, TCP_ACK, 0, 51, 0));
}
END_TEST

START_TEST(who_is_not_known_to_be_done_is_not)
{
	struct tcp_end end = { 0 };

	/* The guest does not know yet, or doesn't say so. */
	ck_assert(!to(&end, TCP_ACK | TCP_FIN, 100, 50, 10));
	from(&end, TCP_ACK | TCP_FIN, 50, 110);
	ck_assert(!to(&end, TCP_ACK, 111, 51, 0));
	from(&end, TCP_FIN, 50, 111);
	ck_assert(!to(&end, TCP_ACK, 111, 51, 0));
	/* It comes a second time, and does. */
	from(&end, TCP_ACK | TCP_FIN, 50, 111);
	ck_assert(to(&end, TCP_ACK, 111, 51, 0));
}
END_TEST

/* libslirp has nothing to remember then. */
START_TEST(it_is_not_when_the_guest_was_first)
{
	struct tcp_end end = { 0 };

	from(&end, TCP_ACK | TCP_FIN, 50, 100);
	ck_assert(!to(&end, TCP_ACK, 100, 51, 0));
	ck_assert(!to(&end, TCP_ACK | TCP_FIN, 100, 51, 0));
	ck_assert(!to(&end, TCP_ACK, 101, 51, 0));
}
END_TEST

/* From one end to the other it is half-closed. */
START_TEST(it_is_half_closed_in_between)
{
	struct tcp_end end = { 0 };

	ck_assert(!tcp_end_half(&end));
	to(&end, TCP_ACK | TCP_FIN, 100, 50, 0);
	ck_assert(tcp_end_half(&end));
	from(&end, TCP_ACK | TCP_FIN, 50, 101);
	ck_assert(!tcp_end_half(&end));
	end = (struct tcp_end){ 0 };
	from(&end, TCP_ACK | TCP_FIN, 50, 100);
	ck_assert(tcp_end_half(&end));
	to(&end, TCP_ACK | TCP_FIN, 100, 51, 0);
	ck_assert(!tcp_end_half(&end));
}
END_TEST

START_TEST(another_with_the_same_ports_begins_anew)
{
	struct tcp_end end = { 0 };

	ck_assert(!to(&end, TCP_ACK | TCP_FIN, 100, 50, 0));
	from(&end, TCP_ACK | TCP_FIN, 50, 101);
	ck_assert(!to(&end, TCP_SYN | TCP_ACK, 1000, 51, 0));
	ck_assert(!to(&end, TCP_ACK, 1001, 51, 0));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_is_over_when_each_knows,
		who_is_not_known_to_be_done_is_not,
		it_is_not_when_the_guest_was_first,
		it_is_half_closed_in_between,
		another_with_the_same_ports_begins_anew,
		NULL,
	};

	return unit_run(unit_suite("tcp_end", tests));
}
