/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest-tests/lib/serial.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/io.h"

void serial_init(void)
{
	outb(UART_FCR, 1);
}

void serial_write(const void *buf, size_t len)
{
	const uint8_t *p = buf;

	while (len) {
		size_t n = len < UART_FIFO ? len : UART_FIFO;

		while (!(inb(UART_LSR) & LSR_THRE))
			__asm__ volatile("pause");
		outsb(UART_DATA, p, n);
		p += n;
		len -= n;
	}
}

void serial_drain(void)
{
	while (!(inb(UART_LSR) & LSR_TEMT))
		__asm__ volatile("pause");
}

int serial_read(unsigned timeout_ms)
{
	uint64_t end = clock_after(timeout_ms);

	while (!(inb(UART_LSR) & LSR_DATA)) {
		if (clock_tsc() > end)
			return -1;
		clock_nap();
	}
	return inb(UART_DATA);
}
