/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci.c - BARs, the command register, MSI-X and configuration space, all put
 * back as they were
 */
#include "guest-tests/lib/pci.h"

#include "guest-tests/hostile/hostile.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/string.h"

enum {
	LEN = 64,
	MOMENT_MS = 30,
	TIMES = 200,
	CONFIG_ADDRESS = 0xcf8,
	CONFIG_DATA = 0xcfc,
	CAP_WINDOW = 5,
	/* In a PCI_CFG capability: VIRTIO 1.2, 4.1.4.9. */
	WINDOW_BAR = 4,
	WINDOW_OFFSET = 8,
	WINDOW_LENGTH = 12,
	WINDOW_DATA = 16,
	/* The device's structures. */
	BAR = 4,
	BAR_SIZE = 0x4000,
	COM1 = 0x3f8,
	CONFIG_SIZE = 256,
};

static bool lend(struct victim *v)
{
	struct virtq_seg seg = { hostile_page, LEN };

	return virtq_add(v->q, &seg, 0, 1, 0);
}

static bool take(struct victim *v)
{
	struct virtq_done done;
	uint64_t end = clock_after(5000);

	while (!virtq_used(v->q, &done)) {
		if (clock_tsc() > end)
			return false;
		virtio_ack(&v->dev);
		clock_nap();
	}
	return true;
}

/* One buffer there and back, by looking: interrupts may be off. */
static bool turn(struct victim *v)
{
	if (!lend(v))
		return false;
	virtio_notify(v->q);
	return take(v);
}

/* A message that is none: nothing is written anywhere. */
static bool message_at(struct victim *v, uint64_t arg)
{
	uint64_t entry = pci_msix_entry(v->dev.devfn, 1 + v->target);
	uint64_t addr = arg ? arg : (uint64_t)hostile_page + 2048;
	bool ok;

	memset(hostile_page, 0, sizeof(hostile_page));
	mmio_write32(entry, addr);
	mmio_write32(entry + 4, addr >> 32);
	mmio_write32(entry + MSIX_ENTRY_DATA, 0xdeadbeef);
	virtq_arm(v->q);
	ok = turn(v) && !*(uint32_t *)(hostile_page + 2048);
	pci_msix_route(v->dev.devfn, 1 + v->target, v->q->vector);
	return ok;
}

static bool entry_storm(struct victim *v, uint64_t arg)
{
	uint64_t entry = pci_msix_entry(v->dev.devfn, 1 + v->target);

	while (arg--) {
		mmio_write32(entry + MSIX_ENTRY_CONTROL, arg & 1);
		mmio_write32(entry + MSIX_ENTRY_DATA,
			     v->dev.vector + (arg & 1));
		mmio_write64(entry + 4, arg);
		if (arg % 4 == 0) {
			virtq_arm(v->q);
			if (!turn(v))
				return false;
		}
	}
	pci_msix_route(v->dev.devfn, 1 + v->target, v->q->vector);
	return true;
}

/* An event while it is masked waits, as one, and is seen waiting. */
static bool masked(struct victim *v, uint64_t arg)
{
	uint64_t control = pci_msix_entry(v->dev.devfn, 1 + v->target) +
			   MSIX_ENTRY_CONTROL;
	unsigned seen = irq_count[v->q->vector], early;

	mmio_write32(control, MSIX_ENTRY_MASKED);
	while (arg--) {
		virtq_arm(v->q);
		if (!turn(v))
			return false;
	}
	early = irq_count[v->q->vector];
	mmio_write32(control, 0);
	/* What was pending comes as one; the last turn's, which a busy host may
	 * send only now, by itself. */
	return early == seen && irq_wait(v->q->vector, seen, 5000) &&
	       irq_count[v->q->vector] - seen <= 2;
}

static bool msix_flaps(struct victim *v, uint64_t arg)
{
	while (arg--) {
		pci_msix_enable(v->dev.devfn, arg & 1);
		virtq_arm(v->q);
		if (arg % 4 == 0 && !turn(v))
			return false;
	}
	return pci_msix_enable(v->dev.devfn, true);
}

static void command(struct victim *v, uint16_t bits)
{
	pci_write16(v->dev.devfn, PCI_COMMAND, bits);
}

/* The pin may have been up for a driver of before: then there is no bit. */
static bool interrupted(struct victim *v, unsigned seen)
{
	if (v->dev.msix)
		return irq_count[v->q->vector] != seen;
	virtio_ack(&v->dev);
	return v->dev.isr_seen;
}

/* Neither a buffer used nor an interrupt sent, until it is on again. */
static bool master_off(struct victim *v, uint64_t arg)
{
	unsigned seen = irq_count[v->q->vector];
	bool silent;

	v->dev.isr_seen = 0;
	command(v, arg);
	lend(v);
	virtio_notify(v->q);
	clock_sleep(MOMENT_MS);
	silent = !v->q->ops->ready(v->q) && !interrupted(v, seen);
	command(v, arg | PCI_COMMAND_MASTER);
	return silent && take(v);
}

/* What is not there reads as ones; then it is there again. */
static bool decode_off(struct victim *v, uint64_t arg)
{
	bool gone;

	command(v, PCI_COMMAND_MASTER | PCI_COMMAND_IO);
	virtio_notify(v->q);
	gone = mmio_read32(v->dev.common + arg) == UINT32_MAX;
	command(v, PCI_COMMAND_MASTER | PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
	return gone && turn(v);
}

static void move(struct victim *v, uint64_t to)
{
	pci_write32(v->dev.devfn, PCI_BAR0 + 4 * BAR, to);
	pci_write32(v->dev.devfn, PCI_BAR0 + 4 * BAR + 4, to >> 32);
}

/* Doorbells and all. */
static bool moved(struct victim *v, uint64_t arg)
{
	uint64_t home = pci_bar(v->dev.devfn, BAR), by = arg - home;
	bool ok;

	move(v, arg);
	v->dev.common += by;
	v->q->notify += by;
	ok = turn(v) && virtio_status(&v->dev) & STATUS_DRIVER_OK &&
	     mmio_read32(home) == UINT32_MAX;
	v->dev.common -= by;
	v->q->notify -= by;
	move(v, home);
	return ok && turn(v);
}

/* A place it cannot have: what is there stays there. */
static bool moved_onto(struct victim *v, uint64_t arg)
{
	uint64_t home = pci_bar(v->dev.devfn, BAR);
	uint32_t before = mmio_read32(arg), after;

	move(v, arg & -(uint64_t)BAR_SIZE);
	after = mmio_read32(arg);
	virtio_notify(v->q);
	move(v, home);
	return after == before && turn(v);
}

static bool moved_onto_self(struct victim *v, uint64_t arg)
{
	return moved_onto(v, (uint64_t)hostile_page + arg);
}

static bool moved_onto_table(struct victim *v, uint64_t arg)
{
	return moved_onto(v, pci_msix_entry(v->dev.devfn, 0) + arg);
}

/* Not mapped here, so only the device is asked. */
static bool moved_far(struct victim *v, uint64_t arg)
{
	uint64_t home = pci_bar(v->dev.devfn, BAR);

	move(v, arg);
	virtio_notify(v->q);
	move(v, home);
	return turn(v);
}

static bool moved_often(struct victim *v, uint64_t arg)
{
	uint64_t home = pci_bar(v->dev.devfn, BAR);

	while (arg--) {
		lend(v);
		virtio_notify(v->q);
		move(v, 0xd8000000);
		move(v, home);
		if (!take(v))
			return false;
	}
	return turn(v);
}

static bool sized(struct victim *v, uint64_t arg)
{
	uint64_t home = pci_bar(v->dev.devfn, BAR);
	bool ok;

	while (arg--) {
		lend(v);
		virtio_notify(v->q);
		move(v, ~0ull);
		ok = pci_bar(v->dev.devfn, BAR) == -(uint64_t)BAR_SIZE;
		move(v, home);
		if (!ok || !take(v))
			return false;
	}
	return true;
}

static bool port_onto(struct victim *v, uint64_t arg)
{
	uint32_t home = pci_read32(v->dev.devfn, PCI_BAR0);
	uint8_t lcr = inb(COM1 + 3);
	bool ok;

	pci_write32(v->dev.devfn, PCI_BAR0, arg | 1);
	ok = inb(COM1 + 3) == lcr;
	pci_write32(v->dev.devfn, PCI_BAR0, home);
	return ok && turn(v);
}

/* Addresses and sizes of all kinds, none of which leads to a device. */
static bool config_ports(struct victim *v, uint64_t arg)
{
	unsigned i;

	(void)v;
	for (i = 0; i < arg; i++) {
		/* 0xCF9 resets the machine. */
		outb(CONFIG_ADDRESS + 2 + i % 2, 0xff);
		outw(CONFIG_ADDRESS + 2, 0x8000);
		outl(CONFIG_ADDRESS, 0x80ff0000 | i << 8);
		if (inl(CONFIG_DATA) != UINT32_MAX ||
		    inw(CONFIG_DATA + 1) != UINT16_MAX)
			return false;
		outl(CONFIG_DATA, ~0u);
		outw(CONFIG_DATA + 3, 0xffff);
		inb(CONFIG_DATA + i % 4);
	}
	return true;
}

static bool is_free(unsigned reg)
{
	return reg == PCI_COMMAND || reg == PCI_INTERRUPT_LINE ||
	       (reg >= PCI_BAR0 && reg < PCI_BAR0 + 4 * PCI_BARS);
}

/* What identifies it cannot be changed, nor where things are. */
static bool header_fixed(struct victim *v, uint64_t arg)
{
	unsigned devfn = v->dev.devfn, reg;

	for (reg = 0; reg < 0x40; reg += 4) {
		uint32_t old = pci_read32(devfn, reg);

		if (is_free(reg))
			continue;
		pci_write32(devfn, reg, (uint32_t)arg);
		pci_write8(devfn, reg + 1, 0xa5);
		if (pci_read32(devfn, reg) != old)
			return false;
	}
	for (reg = 0; (reg = pci_capability(devfn, PCI_CAP_VENDOR, reg));) {
		uint16_t old = pci_read16(devfn, reg);

		pci_write16(devfn, reg, 0);
		if (pci_read16(devfn, reg) != old)
			return false;
	}
	return true;
}

static unsigned window_of(const struct victim *v)
{
	unsigned at;

	for (at = 0; (at = pci_capability(v->dev.devfn, PCI_CAP_VENDOR, at));)
		if (pci_read8(v->dev.devfn, at + 3) == CAP_WINDOW)
			break;
	return at;
}

static uint32_t window(struct victim *v, uint8_t bar, uint32_t offset,
		       uint32_t length)
{
	unsigned at = window_of(v), devfn = v->dev.devfn;

	pci_write8(devfn, at + WINDOW_BAR, bar);
	pci_write32(devfn, at + WINDOW_OFFSET, offset);
	pci_write32(devfn, at + WINDOW_LENGTH, length);
	pci_write32(devfn, at + WINDOW_DATA, 0x5a5a5a5a);
	return pci_read32(devfn, at + WINDOW_DATA);
}

/* Accesses that are none: @arg is the BAR, the offset and the length. */
static bool window_refused(struct victim *v, uint64_t arg)
{
	return window_of(v) && window(v, arg >> 56, arg >> 8 & UINT32_MAX,
				      arg & 0xff) == UINT32_MAX;
}

/* A kick through it is one, and every offset is harmless. */
static bool window_anywhere(struct victim *v, uint64_t arg)
{
	uint32_t at;

	for (at = COMMON_SIZE; at < BAR_SIZE; at += arg)
		window(v, BAR, at, 1 << at % 3);
	lend(v);
	window(v, BAR, v->q->notify - pci_bar(v->dev.devfn, BAR), 2);
	return take(v);
}

/* Beyond the end of the BAR, from within. */
static bool across_end(struct victim *v, uint64_t arg)
{
	uint64_t end = pci_bar(v->dev.devfn, BAR) + BAR_SIZE;

	mmio_write64(end - arg, ~0ull);
	mmio_write32(end - arg / 2, ~0u);
	mmio_read64(end - arg);
	mmio_read32(end - arg / 2);
	return true;
}

#define ACCESS(bar, offset, length)                                            \
	((uint64_t)(bar) << 56 | (uint64_t)(offset) << 8 | (length))

static const struct input pci[] = {
	{ "55 a message to RAM", message_at, 0, WORKS, ANY | MSIX, 0 },
	{ "55 a message to the I/O APIC", message_at, 0xfec00000, WORKS,
	  ANY | MSIX, 0 },
	{ "55 a message to 2^63", message_at, 1ull << 63, WORKS, ANY | MSIX,
	  0 },
	{ "56 a vector's entry rewritten", entry_storm, TIMES, WORKS,
	  ANY | MSIX, 0 },
	{ "56 a vector masked", masked, 10, WORKS, ANY | MSIX, 0 },
	{ "57 MSI-X off and on", msix_flaps, TIMES, WORKS, ANY | MSIX, 0 },
	{ "61 bus master off", master_off, PCI_COMMAND_IO | PCI_COMMAND_MEMORY,
	  WORKS, ANY, 0 },
	{ "62 memory decoding off", decode_off, 0, WORKS, MODERN, 0 },
	{ "62 the BAR elsewhere", moved, 0xd8000000, WORKS, MODERN, 0 },
	{ "62 the BAR above 4 GiB", moved, 0x180000000, WORKS, MODERN, 0 },
	{ "62 the BAR onto RAM", moved_onto_self, 0, WORKS, MODERN, 0 },
	{ "62 the BAR onto address 0", moved_onto, 0, WORKS, MODERN, 0 },
	{ "62 the BAR onto the local APIC", moved_onto, 0xfee00030, WORKS,
	  MODERN, 0 },
	{ "62 the BAR onto ECAM", moved_onto, 0xe8000000, WORKS, MODERN, 0 },
	{ "62 the BAR onto another", moved_onto_table, 0, WORKS, MODERN, 0 },
	{ "62 the BAR at the end", moved_far, -(uint64_t)BAR_SIZE, WORKS,
	  MODERN, 0 },
	{ "62 the BAR below 2^52", moved_far, (1ull << 52) - BAR_SIZE, WORKS,
	  MODERN, 0 },
	{ "62 the ports onto COM1", port_onto, COM1, WORKS, LEGACY, 0 },
	{ "62 the BAR to and fro", moved_often, 50, WORKS, MODERN, 0 },
	{ "63 the BAR sized at work", sized, 20, WORKS, MODERN, 0 },
	{ "64 configuration by odd ports", config_ports, 100, WORKS, MODERN,
	  0 },
	{ "65 a header of ones", header_fixed, UINT32_MAX, WORKS, ANY, 0 },
	{ "65 a header of zeros", header_fixed, 0, WORKS, ANY, 0 },
	{ "66 a window of length 0", window_refused, ACCESS(BAR, 0, 0), WORKS,
	  ANY, 0 },
	{ "66 a window of length 3", window_refused, ACCESS(BAR, 0, 3), WORKS,
	  ANY, 0 },
	{ "66 a window of length 8", window_refused, ACCESS(BAR, 0, 8), WORKS,
	  ANY, 0 },
	{ "66 a window at the end", window_refused,
	  ACCESS(BAR, BAR_SIZE - 2, 4), WORKS, ANY, 0 },
	{ "66 a window behind it", window_refused, ACCESS(BAR, UINT32_MAX, 4),
	  WORKS, ANY, 0 },
	{ "66 a window to BAR 7", window_refused, ACCESS(7, 0, 4), WORKS, ANY,
	  0 },
	{ "66 a window to BAR 255", window_refused, ACCESS(255, 0, 4), WORKS,
	  ANY, 0 },
	{ "66 a window everywhere", window_anywhere, 61, WORKS, MODERN, 0 },
	{ "68 across the end of the BAR", across_end, 4, WORKS, MODERN, 0 },
};

const struct inputs hostile_pci = INPUTS(pci);
