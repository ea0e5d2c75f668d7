/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ports.c - the platform's small devices, hit in every wrong way
 *
 * All processors at once, with accesses of each width, at and across the edges
 * of what a device has, and with string instructions that are longer than one
 * exit carries.  Afterwards each still does what it is for.  With "mmio" the
 * test device's memory and ports are there as well.
 */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/smp.h"

enum {
	CRTC = 0x3d4,
	FW_CFG = 0x510,
	FLUSH = 0xe4,
	LATCH = 0xe8,
	/* Inputs 16 and on, to which nothing else is wired. */
	IRQ = 0x2010,
	MMIO = 0xff000000,
	MMIO_LEN = 0x10000,
	LONG = 8192,
};

struct range {
	uint16_t first, last;
	/* Only where the test device is. */
	bool test;
};

static const struct range ranges[] = {
	{ CRTC - 3, CRTC + 4, false }, { FW_CFG - 3, FW_CFG + 4, false },
	{ 0x3ff, 0x405, false },       { 0xdd, 0xec, false },
	{ IRQ, 0x201b, true },
};

static void hit(uint16_t port, uint8_t *buf)
{
	static const uint32_t values[] = { 0, 1, 0x80, 0xffff, 0xffffffff };
	unsigned i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		outb(port, values[i]);
		outw(port, values[i]);
		outl(port, values[i]);
		inb(port);
		inw(port);
		inl(port);
	}
	insb(port, buf, 5);
	insw(port, buf, 5);
	insl(port, buf, 5);
	insb(port, buf, 0);
	outsb(port, buf, 5);
	outsw(port, buf, 5);
	outsl(port, buf, 5);
}

static void hit_long(uint16_t port, uint8_t *buf)
{
	insl(port, buf, LONG / 4);
	insb(port, buf, LONG);
	outsb(port, buf, LONG);
	outsw(port, buf, LONG / 2);
}

/* Of all widths, to each end. */
static void hit_mmio(void)
{
	static const int64_t at[] = { -7,
				      -1,
				      0,
				      1,
				      3,
				      4091,
				      4095,
				      MMIO_LEN - 9,
				      MMIO_LEN - 7,
				      MMIO_LEN - 1,
				      MMIO_LEN };
	unsigned i;

	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		mmio_write64(MMIO + at[i], UINT64_MAX);
		mmio_read64(MMIO + at[i]);
		mmio_write32(MMIO + at[i], UINT32_MAX);
		mmio_read32(MMIO + at[i]);
		mmio_write16(MMIO + at[i], UINT16_MAX);
		mmio_read16(MMIO + at[i]);
		mmio_write8(MMIO + at[i], UINT8_MAX);
		mmio_read8(MMIO + at[i]);
	}
}

/* Pages that are RAM, that are not, and that are in use. */
static void flush(void *page)
{
	outl(FLUSH, (uint64_t)page);
	outl(FLUSH, 0);
	outl(FLUSH, 0xb8000);
	outl(FLUSH, MMIO);
	outl(FLUSH, 0xfee00000);
	outl(FLUSH, 0xffffffff);
}

static void attack(void *arg)
{
	uint8_t *buf = arg;
	unsigned i, port;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		const struct range *r = &ranges[i];

		if (r->test && !boot_has("mmio"))
			continue;
		for (port = r->first; port <= r->last; port++)
			hit(port, buf);
	}
	hit_long(CRTC + 1, buf);
	hit_long(FW_CFG + 1, buf);
	if (!boot_has("mmio"))
		return;
	hit_long(LATCH, buf);
	hit_mmio();
	for (i = 0; i < 200; i++)
		flush(buf);
}

static void check_after(void)
{
	outw(CRTC, 0x120e);
	check_eq("CRTC", inb(CRTC + 1), 0x12);
	outw(FW_CFG, 0);
	check_eq("fw_cfg", inb(FW_CFG + 1), 'Q');
	if (!boot_has("mmio"))
		return;
	outl(LATCH, 0x12345678);
	check_eq("latch", inl(LATCH - 8), 0x12345678);
	mmio_write64(MMIO + 8, 0x1122334455667788);
	check_eq("memory", mmio_read64(MMIO + 8), 0x1122334455667788);
	outb(IRQ, 0);
}

void guest_main(void)
{
	static uint8_t buf[CPUS_MAX][LONG] __attribute__((aligned(4096)));
	unsigned up, cpu;

	irq_start();
	smp_start(&up);
	for (cpu = 1; cpu < up; cpu++)
		smp_post(cpu, attack, buf[cpu]);
	attack(buf[0]);
	for (cpu = 1; cpu < up; cpu++)
		check(smp_wait(cpu), "came back", "cpu %u", cpu);
	check_after();
}
