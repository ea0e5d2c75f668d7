/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_server.c - an HTTP server with a TCP/IP stack and a driver of its own
 *
 * Web pages on TCP port 80 (net/http.h), datagrams sent back on UDP port 7,
 * and answers to ping, until somebody gets /quit.  TCP's sequence numbers begin
 * at "seq=N".
 */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/net/tcp.h"

enum {
	/* Frames taken before others are sent. */
	BATCH = 64,
};

static void show_queues(void (*show)(const char *name, uint64_t value))
{
	const struct virtq *rx = &nic.queue[NIC_RX], *tx = &nic.queue[NIC_TX];

	show("rx_wraps", nic.wraps[NIC_RX]);
	show("rx_kicks", rx->kicks);
	show("rx_kicks_spared", rx->quiet);
	show("rx_torn", nic.rx_torn);
	show("tx_wraps", nic.wraps[NIC_TX]);
	show("tx_kicks", tx->kicks);
	show("tx_kicks_spared", tx->quiet);
	show("interrupts", irq_any - irq_count[VECTOR_TICK]);
	show("mtu", nic.mtu);
}

/* One turn; true: something happened. */
static bool turn(bool *more)
{
	static unsigned ticks;
	struct nic_frame f;
	bool busy = false;

	for (unsigned n = 0; n < BATCH && nic_receive(&f); n++) {
		ip_input(&f);
		busy = true;
	}
	if (ticks != irq_count[VECTOR_TICK]) {
		ticks = irq_count[VECTOR_TICK];
		tcp_tick();
	}
	*more = tcp_output();
	nic_flush();
	return busy;
}

void guest_main(void)
{
	bool more = false;

	irq_start();
	if (!nic_start())
		return;
	http_init();
	tcp_first_seq = boot_number("seq=", 0);
	http_more_stats = show_queues;
	print("ready\n");
	while (!http_quit || tcp_stats.live) {
		unsigned any = irq_any;

		if (!turn(&more))
			nic_sleep(any, more);
	}
	check_eq("bad checksums", ip_stats.bad_checksum, 0);
	check_eq("torn frames", nic.rx_torn, 0);
}
