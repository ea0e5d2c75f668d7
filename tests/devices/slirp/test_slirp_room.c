/* SPDX-License-Identifier: BSD-2-Clause */
#include <malloc.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tests/net_guest.h"

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static struct guest g;

/* Time the process has spent on CPUs, in milliseconds. */
static uint64_t cpu_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
	       (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

/* The next answer to one of those. */
static uint8_t echoed(size_t len)
{
	unsigned n = g.n_icmp;

	guest_until(&g, g.n_icmp > n);
	return guest_payload(g.other.data, 4)[len - 1];
}

/* A guest without room costs nothing, and one frame a second. */
START_TEST(a_guest_without_room_is_not_waited_for_busily)
{
	uint64_t turns, cpu;
	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
	guest_set_room(&g, 0);
	for (unsigned i = 0; i < 3; i++)
		guest_echo(&g, gateway, 8, 0);
	while (guest_stat(&g, "rx_waited") < 3)
		guest_step(&g, 1);
	turns = guest_stat(&g, "turns");
	cpu = cpu_ms();
	while (guest_stat(&g, "rx_drop_age") < 1)
		usleep(10000);
	ck_assert_uint_le(guest_stat(&g, "turns") - turns, 3);
	ck_assert_uint_le(cpu_ms() - cpu, 200);
	guest_set_room(&g, GUEST_QUEUE);
	guest_until(&g, g.n_icmp >= 1);
	guest_close(&g);
}
END_TEST

START_TEST(frames_stay_in_order_though_a_small_one_would_fit)
{
	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
	guest_set_room_of(&g, GUEST_QUEUE, 200);
	guest_echo(&g, gateway, 1000, 1);
	guest_echo(&g, gateway, 20, 2);
	while (guest_stat(&g, "rx_waited") < 2)
		guest_step(&g, 1);
	guest_step(&g, 20);
	ck_assert_uint_eq(g.n_icmp, 0);
	guest_set_room(&g, GUEST_QUEUE);
	ck_assert_uint_eq(echoed(1000), 1);
	ck_assert_uint_eq(echoed(20), 2);
	ck_assert_uint_eq(guest_stat(&g, "rx_drop_age"), 0);
	guest_close(&g);
}
END_TEST

/* What never fits is given up, and does not keep the others. */
START_TEST(a_frame_that_never_fits_is_dropped)
{
	uint64_t turns, cpu;

	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
	guest_set_room_of(&g, GUEST_QUEUE, 200);
	guest_echo(&g, gateway, 1000, 1);
	guest_echo(&g, gateway, 20, 2);
	while (guest_stat(&g, "rx_waited") < 2)
		guest_step(&g, 1);
	turns = guest_stat(&g, "turns");
	cpu = cpu_ms();
	ck_assert_uint_eq(echoed(20), 2);
	ck_assert_uint_eq(guest_stat(&g, "rx_drop_age"), 1);
	ck_assert_uint_le(guest_stat(&g, "turns") - turns, 3);
	ck_assert_uint_le(cpu_ms() - cpu, 200);
	guest_close(&g);
}
END_TEST

/* Too short, too long, longer than a size can say [hostile 22, 23] */
START_TEST(bad_frames_are_refused)
{
	static uint8_t bytes[ETHER_MAX + 1];
	const struct netdev_offload none = { 0 };
	const struct netdev_offload outside = { .checksum = true,
						.csum_start = 60,
						.csum_offset = 1 };
	const struct {
		size_t lens[3];
		const struct netdev_offload *offload;
	} bad[] = {
		{ { 0, 0, 0 }, &none },
		{ { 13, 0, 0 }, &none },
		{ { ETHER_MAX + 1, 0, 0 }, &none },
		{ { 14, ETHER_MAX, 0 }, &none },
		{ { SIZE_MAX, SIZE_MAX, 60 }, &none },
		{ { 14, 46, 2 }, &outside },
	};

	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		struct iovec iov[3];

		for (unsigned k = 0; k < 3; k++)
			iov[k] = (struct iovec){ bytes, bad[i].lens[k] };
		ck_assert_int_eq(netdev_tx(g.dev, iov, 3, bad[i].offload),
				 NETDEV_BAD);
	}
	ck_assert_uint_eq(guest_stat(&g, "tx_bad"), ARRAY_SIZE(bad));
	guest_send(&g, bytes, ETHER_MAX);
	guest_until(&g, guest_stat(&g, "tx_frames") == 2);
	guest_close(&g);
}
END_TEST

/* net-rx is held up in the NIC by what came for the guest: frames are refused,
 * and it says when not. */
START_TEST(a_full_ring_refuses_and_loses_nothing)
{
	static uint8_t bytes[9000] = { [12] = 0x12 };
	const struct netdev_offload none = { 0 };
	struct iovec iov = { bytes, sizeof(bytes) };
	enum netdev_tx rc;
	uint64_t n, came;
	int fd;

	guest_open(&g, "user", "0:22/udp", NULL);
	guest_up(&g);
	n = guest_stat(&g, "tx_frames");
	came = guest_stat(&g, "rx_frames");
	fd = host_connect(&g.config.forwards.list[0]);
	pthread_mutex_lock(&g.lock);
	ck_assert_int_eq(send(fd, "x", 1, 0), 1);
	while (guest_stat(&g, "rx_frames") == came)
		usleep(1000);
	while ((rc = netdev_tx(g.dev, &iov, 1, &none)) == NETDEV_SENT)
		n++;
	ck_assert_int_eq(rc, NETDEV_FULL);
	ck_assert_uint_eq(g.tx_rooms, 0);
	netdev_tx_done(g.dev);
	pthread_mutex_unlock(&g.lock);
	guest_until(&g, guest_tx_rooms(&g) == 1);
	ck_assert_int_eq(netdev_tx(g.dev, &iov, 1, &none), NETDEV_SENT);
	netdev_tx_done(g.dev);
	guest_until(&g, guest_stat(&g, "tx_frames") == n + 1);
	ck_assert_uint_eq(guest_stat(&g, "drop_ethertype"),
			  guest_stat(&g, "tx_frames") - 1);
	close(fd);
	guest_close(&g);
}
END_TEST

START_TEST(an_idle_guest_causes_no_wakeups)
{
	struct timespec second = { 1, 0 };
	uint64_t turns;

	guest_open(&g, "user", "0:22", NULL);
	guest_up(&g);
	nanosleep(&second, NULL);
	turns = guest_stat(&g, "turns");
	nanosleep(&second, NULL);
	nanosleep(&second, NULL);
	ck_assert_uint_eq(guest_stat(&g, "turns"), turns);
	guest_close(&g);
}
END_TEST

START_TEST(it_starts_and_stops_under_traffic)
{
	guest_open(&g, "user", "0:22", NULL);
	for (unsigned i = 0; i < 200; i++) {
		guest_start(&g, i % 2 ? 1500 : NET_MTU_MAX);
		guest_arp(&g, 1, gateway);
		for (unsigned k = 0; k < i % 7; k++)
			guest_echo(&g, gateway, 8, 0);
		netdev_stop(g.dev);
		while (guest_step(&g, 0))
			;
	}
	guest_up(&g);
	guest_close(&g);
}
END_TEST

static bool is_reset(const struct guest_frame *f, size_t addr_len)
{
	const uint8_t *tcp = f->data + ETHER_HEADER +
			     (addr_len == 4 ? IPV4_HEADER : IPV6_HEADER);

	return get_be16(f->data + 12) ==
		       (addr_len == 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6) &&
	       (tcp[13] & TCP_RST);
}

/* Segments of no connection, from addresses at which nobody answers ARP or NDP:
 * each gets its reset at once, and nothing is kept. */
static void from_many_addresses(size_t addr_len, const uint8_t *to)
{
	enum { SEGMENTS = 5000, LEAST = 240 };
	struct guest_frame *f = malloc(sizeof(*f));
	uint8_t *from = addr_len == 4 ? g.addr4 : g.addr6;
	unsigned resets = 0;
	size_t before;

	guest_open(&g, "user", NULL, NULL);
	guest_up_with(&g, NET_MTU_MAX);
	guest_solicit(&g, g.config.gateway6.s6_addr);
	while (guest_step(&g, 50))
		;
	g.deaf = true;
	before = mallinfo2().uordblks;
	for (unsigned i = 0; i < SEGMENTS; i++) {
		struct guest_tcp t = { .addr_len = addr_len,
				       .port = (uint16_t)(1000 + i),
				       .peer_port = 80 };

		memcpy(t.addr, to, addr_len);
		from[addr_len - 1] = (uint8_t)(10 + i % LEAST);
		guest_segment(&g, &t, TCP_ACK, NULL, 0);
		while (guest_take(&g, f, 0))
			resets += is_reset(f, addr_len);
	}
	while (resets < SEGMENTS && guest_take(&g, f, GUEST_PATIENCE_MS))
		resets += is_reset(f, addr_len);
	ck_assert_uint_eq(resets, SEGMENTS);
	ck_assert_uint_lt(mallinfo2().uordblks, before + 4 * MIB);
	free(f);
	guest_close(&g);
}

START_TEST(answers_do_not_wait_for_silent_neighbours)
{
	from_many_addresses(4, gateway);
}
END_TEST

START_TEST(answers_do_not_wait_for_silent_neighbours_of_ipv6)
{
	static const uint8_t gateway6[16] = { 0xfe, 0xc0, [15] = 2 };

	from_many_addresses(16, gateway6);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_guest_without_room_is_not_waited_for_busily,
		frames_stay_in_order_though_a_small_one_would_fit,
		a_frame_that_never_fits_is_dropped,
		bad_frames_are_refused,
		a_full_ring_refuses_and_loses_nothing,
		an_idle_guest_causes_no_wakeups,
		it_starts_and_stops_under_traffic,
		answers_do_not_wait_for_silent_neighbours,
		answers_do_not_wait_for_silent_neighbours_of_ipv6,
		NULL,
	};

	return unit_run(unit_suite("slirp_room", tests));
}
