/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memmap.c - the memory map tells the truth
 *
 * It is in order and free of overlaps; RAM is really there at both ends of
 * each range; what lies between and behind reads all ones.
 */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/report.h"

static const uint64_t mapped = (uint64_t)MAPPED_GIB << 30;
static const uint64_t mib = 1 << 20;

/* Memory that keeps two patterns, and is as it was afterwards. */
static bool ram_at(uint64_t addr)
{
	uint64_t old = mmio_read64(addr), pattern = 0x5aa5f00fc33c9669 ^ addr;
	bool ok;

	mmio_write64(addr, pattern);
	ok = mmio_read64(addr) == pattern;
	mmio_write64(addr, ~pattern);
	ok = ok && mmio_read64(addr) == ~pattern;
	mmio_write64(addr, old);
	return ok;
}

static void check_order(void)
{
	unsigned i, j;

	for (i = 0; i < boot.n_map; i++) {
		const struct boot_range *a = &boot.map[i];

		if (!check(a->len && a->start + a->len > a->start, "range",
			   "%lx %lx", a->start, a->len))
			return;
		for (j = 0; j < i; j++) {
			const struct boot_range *b = &boot.map[j];

			if (a->start < b->start + b->len &&
			    b->start < a->start + a->len) {
				check(false, "overlap", "%lx and %lx", b->start,
				      a->start);
				return;
			}
		}
	}
	check(true, "no overlap", " ");
}

static void check_ram(void)
{
	uint64_t total = 0;
	unsigned i;

	for (i = 0; i < boot.n_map; i++) {
		const struct boot_range *r = &boot.map[i];
		uint64_t last = r->start + r->len - 8;

		if (r->type != BOOT_RAM)
			continue;
		total += r->len;
		if (last >= mapped)
			continue;
		check(ram_at(r->start) && ram_at(last), "RAM at its ends",
		      "%lx-%lx", r->start, last + 8);
	}
	print("ram: %lu KiB\n", total >> 10);
}

/* The end of RAM below 4 GiB, and of all. */
static void check_holes(void)
{
	uint64_t low = 0, high = 0;
	bool vga = false;
	unsigned i;

	for (i = 0; i < boot.n_map; i++) {
		uint64_t end = boot.map[i].start + boot.map[i].len;

		if (boot.map[i].type != BOOT_RAM)
			continue;
		vga |= boot.map[i].start < 0xc0000 && end > 0xa0000;
		if (end <= 0xffffffff && end > low)
			low = end;
		if (end > high)
			high = end;
	}
	check(!vga, "no RAM in the VGA hole", "in the map");
	check_eq("behind low RAM", mmio_read64(low), UINT64_MAX);
	check_eq("in the hole", mmio_read64(0xd0000000), UINT64_MAX);
	if (high > 0xffffffff && high < mapped)
		check_eq("behind high RAM", mmio_read64(high), UINT64_MAX);
	else if (high <= 0xffffffff)
		check_eq("at 4 GiB", mmio_read64(0x100000000), UINT64_MAX);
	mmio_write64(0xd0000000, 0);
	check_eq("writes are lost", mmio_read64(0xd0000000), UINT64_MAX);
}

void guest_main(void)
{
	check_order();
	check(boot_is_ram(0, 0x80000), "RAM at 0", "not in the map");
	check(boot_is_ram(mib, 15 * mib), "RAM at 1 MiB", "less than 15 MiB");
	check_ram();
	check_holes();
}
