/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_livelock.c - fewer receive buffers than a frame takes, and then more
 *
 * With buffers=N on the command line so many are lent.  "m" on the console
 * has the guest lend more, "q" ends it.  It tells of each datagram that
 * comes, and nothing but the device and the console wakes it.
 */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/serial.h"
#include "guest-tests/lib/string.h"
#include "guest-tests/net/ip.h"
#include "guest-tests/net/pattern.h"

static struct pattern pattern;

static void take(const struct ip_peer *from, const void *data, size_t len)
{
	(void)from;
	print("got %lu\n", len);
	check(!memcmp(data, pattern_at(&pattern, 0), len), "its bytes",
	      "others");
}

/* What was typed, or -1. */
static int typed(void)
{
	return inb(UART_LSR) & LSR_DATA ? inb(UART_DATA) : -1;
}

static void serve(void)
{
	struct nic_frame f;

	for (;;) {
		unsigned any = irq_any;
		int c = typed();

		if (c == 'q')
			return;
		if (c == 'm') {
			nic_lend_all();
			print("more\n");
		}
		while (nic_receive(&f))
			ip_input(&f);
		nic_flush();
		nic_sleep(any, false);
	}
}

void guest_main(void)
{
	pattern_fill(&pattern);
	irq_start();
	if (!nic_start())
		return;
	check(nic.mtu > 60000, "large frames", "%u", nic.mtu);
	if (boot_has("inorder"))
		check(virtio_has(&nic.dev, VIRTIO_F_IN_ORDER), "IN_ORDER",
		      "not offered");
	udp_taker = take;
	outb(UART_MCR, MCR_OUT2);
	outb(UART_IER, IER_RX);
	irq_route_isa(COM1_IRQ, VECTOR_COM1);
	irq_tick(false);
	print("ready\n");
	serve();
	irq_tick(true);
	check_eq("torn frames", nic.rx_torn, 0);
}
