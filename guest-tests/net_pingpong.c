/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_pingpong.c - a datagram or two under way, and no wake-up lost
 *
 * With "peer=PORT" the guest sends "rounds=N" numbered datagrams to that port
 * of the gateway, each when the last has come back, and every other with a
 * second one behind it, sooner or later, as the other side is about to sleep.
 * Without it, it sends back N that come to its UDP port 7.  A kick that is
 * lost ends the round for good, and an interrupt that does not follow its
 * frame is counted.
 */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/string.h"
#include "guest-tests/net/ip.h"

enum {
	ROUNDS = 10000,
	OWN_PORT = 40000,
	/* What takes longer than the first is told, than the second is lost;
	 * between them is what a busy host may do. */
	LATE_MS = 400,
	LOST_MS = 30000,
};

static uint64_t answered, late, slowest;
static bool disorder;

static void take(const struct ip_peer *from, const void *data, size_t len)
{
	(void)from;
	disorder |= len != sizeof(answered) || memcmp(data, &answered, len);
	answered++;
}

/* Frames have come, or one is lost. */
static bool turn(void)
{
	struct nic_frame f;
	bool came;

	nic_flush();
	came = virtq_wait(&nic.queue[NIC_RX], LOST_MS);
	virtq_mute(&nic.queue[NIC_RX]);
	while (nic_receive(&f))
		ip_input(&f);
	return came;
}

static void count(uint64_t begun)
{
	uint64_t took = clock_tsc() - begun;

	if (took > slowest)
		slowest = took;
	late += took > (uint64_t)LATE_MS * clock_khz();
}

/* Up to 32 us, other ones each time. */
static void linger(uint64_t n)
{
	uint64_t end = clock_tsc() + n % 64 * clock_khz() / 2000;

	while (clock_tsc() < end)
		__asm__ volatile("pause");
}

static bool ping(const struct ip_peer *peer, uint64_t n)
{
	uint64_t begun = clock_tsc(), seq = answered, end = seq + 1;
	bool sent = udp_send(peer, be16(OWN_PORT), &seq, sizeof(seq));

	if (n & 1) {
		nic_flush();
		linger(n / 2);
		seq = end++;
		sent &= udp_send(peer, be16(OWN_PORT), &seq, sizeof(seq));
	}
	if (!sent)
		return false;
	while (answered != end)
		if (!turn())
			return false;
	count(begun);
	return !disorder;
}

static uint64_t send_rounds(uint64_t rounds)
{
	struct ip_peer peer = { .addr = IP_GATEWAY,
				.port = be16(boot_number("peer=", 0)) };
	uint64_t n;

	if (!check(ip_resolve(&peer), "gateway", "silent"))
		return 0;
	for (n = 0; n < rounds && ping(&peer, n); n++)
		;
	return n;
}

static uint64_t answer_rounds(uint64_t rounds)
{
	while (ip_stats.echoes < rounds && turn())
		;
	/* The last answer. */
	nic_flush();
	clock_sleep(100);
	return ip_stats.echoes;
}

void guest_main(void)
{
	uint64_t rounds = boot_number("rounds=", ROUNDS), n;

	irq_start();
	if (!nic_start())
		return;
	udp_taker = take;
	print("ready\n");
	n = boot_has("peer=") ? send_rounds(rounds) : answer_rounds(rounds);
	check_eq("rounds", n, rounds);
	check_eq("lost interrupts", nic.queue[NIC_RX].lost, 0);
	print("late: %lu, slowest: %lu ms\n", late, slowest / clock_khz());
}
