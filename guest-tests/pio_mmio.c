/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pio_mmio.c - every way of reaching ports and registers
 */
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/serial.h"
#include "guest-tests/lib/string.h"

enum {
	UNCLAIMED_PORT = 0x5a8,
	UNCLAIMED_MMIO = 0xd0000000,
	ECAM = 0xe8000000,
};

static bool all_ones(const void *p, size_t len)
{
	const uint8_t *b = p;

	while (len--)
		if (*b++ != 0xff)
			return false;
	return true;
}

static void check_unclaimed_ports(void)
{
	uint8_t buf[64] = { 0 };

	check_eq("inb", inb(UNCLAIMED_PORT), 0xff);
	check_eq("inw", inw(UNCLAIMED_PORT), 0xffff);
	check_eq("inl", inl(UNCLAIMED_PORT), 0xffffffff);
	check_eq("inw, odd", inw(UNCLAIMED_PORT + 1), 0xffff);
	outb(UNCLAIMED_PORT, 1);
	outw(UNCLAIMED_PORT, 1);
	outl(UNCLAIMED_PORT, 1);
	insb(UNCLAIMED_PORT, buf, 3);
	check(all_ones(buf, 3) && !buf[3], "rep insb", "%x %x", buf[0], buf[3]);
	memset(buf, 0, sizeof(buf));
	insw(UNCLAIMED_PORT, buf, 5);
	check(all_ones(buf, 10) && !buf[10], "rep insw", "%x %x", buf[0],
	      buf[10]);
	memset(buf, 0, sizeof(buf));
	insl(UNCLAIMED_PORT, buf, 7);
	check(all_ones(buf, 28) && !buf[28], "rep insl", "%x %x", buf[0],
	      buf[28]);
	outsw(UNCLAIMED_PORT, buf, 4);
	outsl(UNCLAIMED_PORT, buf, 4);
	insb(UNCLAIMED_PORT, buf, 0);
	check_eq("rep of none", buf[28], 0);
}

/* A string instruction longer than any one exit carries. */
static void check_long_strings(void)
{
	static uint8_t big[8192 + 16] __attribute__((aligned(4096)));
	unsigned len = 8192;

	insb(UNCLAIMED_PORT, big + 8, len);
	check(all_ones(big + 8, len) && !big[7] && !big[len + 8],
	      "long rep insb", "%x %x %x", big[7], big[len + 7], big[len + 8]);
}

static void check_claimed_ports(void)
{
	uint8_t bytes[4] = { 1, 2, 3, 4 }, back[4] = { 0 };
	uint16_t wide;

	outsb(UART_SCR, bytes, 4);
	check_eq("rep outsb", inb(UART_SCR), 4);
	insb(UART_SCR, back, 3);
	check(back[0] == 4 && back[1] == 4 && back[2] == 4 && !back[3],
	      "rep insb from a register", "%x %x %x %x", back[0], back[1],
	      back[2], back[3]);
	/* Two byte registers as a word. */
	serial_drain();
	wide = inw(UART_LSR);
	check_eq("a word over two registers", wide & 0xff, LSR_THRE | LSR_TEMT);
	wide = inw(UART_MSR);
	check_eq("its upper half", wide >> 8, 4);
	check_eq("over the edge", inw(UART_SCR) & 0xff, 4);
}

static void check_mmio(void)
{
	uint32_t id = mmio_read32(ECAM), copy[2] = { 0 };

	check_eq("8 bits", mmio_read8(UNCLAIMED_MMIO), 0xff);
	check_eq("16 bits", mmio_read16(UNCLAIMED_MMIO), 0xffff);
	check_eq("32 bits", mmio_read32(UNCLAIMED_MMIO), 0xffffffff);
	check_eq("64 bits", mmio_read64(UNCLAIMED_MMIO), UINT64_MAX);
	check_eq("unaligned", mmio_read32(UNCLAIMED_MMIO + 3), 0xffffffff);
	check_eq("over a page's edge", mmio_read64(UNCLAIMED_MMIO + 0xffc),
		 UINT64_MAX);
	mmio_write8(UNCLAIMED_MMIO, 0);
	mmio_write16(UNCLAIMED_MMIO, 0);
	mmio_write32(UNCLAIMED_MMIO, 0);
	mmio_write64(UNCLAIMED_MMIO, 0);
	check_eq("64 bits of ECAM", (uint32_t)mmio_read64(ECAM), id);
	check_eq("its word", mmio_read16(ECAM + 2), id >> 16);
	check_eq("unaligned ECAM", mmio_read16(ECAM + 1), (uint16_t)(id >> 8));
	memcpy(copy, (const void *)(uint64_t)ECAM, 4);
	check_eq("rep movsb from ECAM", copy[0], id);
	check_eq("the end of ECAM", mmio_read64(ECAM + 0x100000 - 4),
		 UINT64_MAX);
}

void guest_main(void)
{
	check_unclaimed_ports();
	check_long_strings();
	check_claimed_ports();
	check_mmio();
}
