/* SPDX-License-Identifier: BSD-2-Clause */
/* The network's clock: where it begins, and across its wrap. */
#include <string.h>
#include <unistd.h>

#include "devices/slirp/internal.h"
#include "tests/net_guest.h"

#define WRAP_NS ((UINT64_C(1) << 32) * NSEC_PER_MSEC)

static struct guest g;

static struct slirp_net *net_of(const struct guest *guest)
{
	return (struct slirp_net *)(void *)guest->dev;
}

/* However long the host has been up. */
START_TEST(it_begins_with_the_machine)
{
	uint64_t before = now_ns();
	const struct slirp_net *net;

	guest_open(&g, "user", NULL, NULL);
	net = net_of(&g);
	ck_assert_uint_ge(net->clock.epoch_ns, before);
	ck_assert_uint_le(net->clock.epoch_ns, now_ns());
	/* The router's next advertisement is the first use of a timer. */
	guest_up(&g);
	pthread_mutex_lock(&net_of(&g)->loop.lock);
	ck_assert_uint_lt(net->clock.timer_ms, 700000);
	ck_assert_uint_gt(slirp_clock_deadline(net), before);
	ck_assert_uint_lt(slirp_clock_deadline(net),
			  now_ns() + 700 * NSEC_PER_SEC);
	pthread_mutex_unlock(&net_of(&g)->loop.lock);
	guest_close(&g);
}
END_TEST

static void check_udp(int udp, uint16_t port)
{
	static const uint8_t gateway[4] = { 10, 0, 2, 2 };
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char c;

	guest_udp(&g, gateway, 4, 3000, port, "x", 1);
	guest_until(&g, recvfrom(udp, &c, 1, 0, (void *)&from, &len) == 1);
	ck_assert_int_eq(sendto(udp, "y", 1, 0, (void *)&from, len), 1);
	guest_until(&g, g.udp_came);
	g.udp_came = false;
}

/* A connection and a UDP port are in use when it wraps. */
START_TEST(nothing_is_lost_when_it_wraps)
{
	uint16_t port;
	int udp = host_socket(AF_INET, SOCK_DGRAM, &port), fd;

	guest_open(&g, "user,host=on", "0:22", NULL);
	net_of(&g)->clock.epoch_ns = now_ns() - WRAP_NS + NSEC_PER_SEC;
	guest_up(&g);
	g.echo_port = 22;
	fd = host_connect(&g.config.forwards.list[0]);
	while (now_ns() - net_of(&g)->clock.epoch_ns < WRAP_NS + NSEC_PER_SEC) {
		host_check_echo(&g, fd);
		check_udp(udp, port);
		usleep(1000);
	}
	close(fd);
	fd = host_connect(&g.config.forwards.list[0]);
	host_check_echo(&g, fd);
	close(fd);
	close(udp);
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_begins_with_the_machine,
		nothing_is_lost_when_it_wraps,
		NULL,
	};

	return unit_run(unit_suite("slirp_clock", tests));
}
