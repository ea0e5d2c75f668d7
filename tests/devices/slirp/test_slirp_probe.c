/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A port of the guest's is taken to be listened on when the guest says so, and
 * not before.
 */
#include <string.h>

#include "tests/net_guest.h"

static struct guest g;
/* How often each of the ports was said to have answered; on any thread. */
static unsigned answers[2];

static void answered(void *arg, size_t index)
{
	ck_assert_ptr_eq(arg, &g);
	__atomic_add_fetch(&answers[index], 1, __ATOMIC_RELAXED);
}

static unsigned answers_of(size_t index)
{
	return __atomic_load_n(&answers[index], __ATOMIC_RELAXED);
}

static void await(uint16_t port)
{
	ck_assert_int_eq(slirp_await(g.dev, port, answered, &g), 0);
}

/* Takes frames until there is one of TCP's to @port with @flags. */
static void take(struct guest_frame *f, struct packet *p, uint16_t port,
		 uint8_t flags)
{
	for (;;) {
		ck_assert_msg(guest_take(&g, f, GUEST_PATIENCE_MS), "nothing");
		if (packet_parse(p, f->data, f->len) == PACKET_OK &&
		    p->ethertype != ETHERTYPE_ARP &&
		    p->protocol == PROTOCOL_TCP &&
		    get_be16(p->payload + 2) == port)
			break;
	}
	ck_assert(guest_sums_ok(p));
	ck_assert_mem_eq(f->data, g.mac, 6);
	ck_assert_uint_eq(p->payload[13], flags);
}

/* Answers the probe @p with @flags, as if what it asked for were @more. */
static void answer(const struct packet *p, uint8_t flags, uint32_t more)
{
	uint8_t frame[128] = { 0 };
	uint8_t *tcp = guest_payload(frame, p->addr_len);

	memcpy(tcp, p->payload + 2, 2);
	memcpy(tcp + 2, p->payload, 2);
	put_be32(tcp + 4, 12345);
	put_be32(tcp + 8, get_be32(p->payload + 4) + 1 + more);
	tcp[12] = TCP_HEADER / 4 << 4;
	tcp[13] = flags;
	guest_send(&g, frame,
		   guest_ip(&g, frame, p->addrs, p->addr_len, PROTOCOL_TCP,
			    TCP_HEADER, 16));
}

/* A guest at which @port answers in the end. */
static void answers_in_the_end(uint16_t port)
{
	static struct guest_frame f;
	struct packet p;

	take(&f, &p, port, TCP_SYN);
	answer(&p, TCP_RST | TCP_ACK, 0);
	take(&f, &p, port, TCP_SYN);
	/* Of another connection; of one that has been for long. */
	answer(&p, TCP_SYN | TCP_ACK, 1);
	answer(&p, TCP_ACK, 0);
	take(&f, &p, port, TCP_SYN);
	ck_assert_uint_eq(answers_of(0), 0);
	answer(&p, TCP_SYN | TCP_ACK, 0);
	take(&f, &p, port, TCP_RST);
	ck_assert_uint_eq(get_be32(p.payload + 4), 0x6d696e69 + 1);
	guest_until(&g, answers_of(0) == 1);
}

static void one_port(const char *net, const char *publish, bool v6)
{
	uint64_t probes;

	answers[0] = 0;
	guest_open(&g, net, publish, NULL);
	await(22);
	if (v6)
		guest_start(&g, 1500);
	else
		guest_up(&g);
	if (v6)
		guest_solicit(&g, g.config.gateway6.s6_addr);
	answers_in_the_end(22);
	/* That was all: not one more, nor has libslirp seen any of it. */
	probes = guest_stat(&g, "probes");
	ck_assert_uint_ge(probes, 3);
	ck_assert(!guest_step(&g, 600));
	ck_assert_uint_eq(guest_stat(&g, "probes"), probes);
	ck_assert_uint_eq(guest_stat(&g, "drop_policy"), 0);
	/* Only ARP: a question and what was answered. */
	ck_assert_uint_le(guest_stat(&g, "passed"),
			  1 + guest_stat(&g, "guest_asked"));
	ck_assert_uint_eq(answers_of(0), 1);
	guest_close(&g);
}

START_TEST(it_listens_when_it_says_so)
{
	one_port("user", NULL, false);
	one_port("user,restrict=on", NULL, false);
	one_port("user", "0:22", false);
}
END_TEST

/* Where the forward to it leads. */
START_TEST(over_ipv6_too)
{
	one_port("user", "[::1]:0:22", true);
}
END_TEST

/* It has never said a word before it is asked; and another port is quiet. */
START_TEST(a_silent_guest_is_asked)
{
	guest_open(&g, "user", NULL, NULL);
	await(80);
	await(22);
	guest_start(&g, 1500);
	g.echo_port = 22;
	guest_until(&g, answers_of(1) == 1);
	guest_until(&g, guest_stat(&g, "probes") > 4);
	ck_assert_uint_eq(answers_of(0), 0);
	ck_assert_uint_ge(guest_stat(&g, "guest_asked"), 1);
	guest_close(&g);
}
END_TEST

/* After a reset, too; a real connection at the same time is let alone. */
START_TEST(beside_others_and_after_a_reset)
{
	int fd;

	guest_open(&g, "user", "0:22", NULL);
	await(80);
	guest_up(&g);
	g.echo_port = 22;
	fd = host_connect(&g.config.forwards.list[0]);
	host_check_echo(&g, fd);
	netdev_stop(g.dev);
	guest_up(&g);
	g.echo_port = 80;
	guest_until(&g, answers_of(0) == 1);
	close(fd);
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_listens_when_it_says_so,
		over_ipv6_too,
		a_silent_guest_is_asked,
		beside_others_and_after_a_reset,
		NULL,
	};

	return unit_run(unit_suite("slirp_probe", tests));
}
