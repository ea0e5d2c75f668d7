/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci.c - configuration space, by ports and by memory
 */
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/report.h"

enum {
	CONFIG_ADDRESS = 0xcf8,
	CONFIG_DATA = 0xcfc,
	ECAM = 0xe8000000,
	CLASS_HOST_BRIDGE = 0x0600,
	SLOTS = 32,
	FUNCTIONS = 8,
};

static void select(unsigned bus, unsigned devfn, unsigned reg)
{
	outl(CONFIG_ADDRESS, 1u << 31 | bus << 16 | devfn << 8 | (reg & 0xfc));
}

static uint32_t port_read(unsigned bus, unsigned devfn, unsigned reg)
{
	select(bus, devfn, reg);
	return inl(CONFIG_DATA);
}

static uint64_t ecam(unsigned bus, unsigned devfn, unsigned reg)
{
	return ECAM + (bus << 20 | devfn << 12 | reg);
}

static void check_agree(void)
{
	unsigned reg, differ = 0;

	for (reg = 0; reg < 256; reg += 4)
		differ += port_read(0, 0, reg) != mmio_read32(ecam(0, 0, reg));
	check_eq("ports and ECAM agree", differ, 0);
}

/* Bytes and words of a register are parts of it. */
static void check_sizes(void)
{
	uint32_t id = port_read(0, 0, 0);
	unsigned i, bad = 0;

	for (i = 0; i < 4; i++) {
		bad += inb(CONFIG_DATA + i) != (uint8_t)(id >> 8 * i);
		bad += mmio_read8(ecam(0, 0, i)) != (uint8_t)(id >> 8 * i);
	}
	for (i = 0; i < 4; i += 2) {
		bad += inw(CONFIG_DATA + i) != (uint16_t)(id >> 8 * i);
		bad += mmio_read16(ecam(0, 0, i)) != (uint16_t)(id >> 8 * i);
	}
	check_eq("access sizes", bad, 0);
}

static void check_absent(void)
{
	unsigned devfn, present = 0, differ = 0, odd = 0;

	for (devfn = 0; devfn < SLOTS * FUNCTIONS; devfn += FUNCTIONS) {
		uint32_t id = port_read(0, devfn, 0);

		differ += mmio_read32(ecam(0, devfn, 0)) != id;
		if (id != UINT32_MAX) {
			print("pci: %x %08x\n", devfn, id);
			present++;
		} else {
			odd += port_read(0, devfn, 8) != UINT32_MAX;
		}
	}
	check(present >= 1, "host bridge", "none");
	check_eq("the same by ECAM", differ, 0);
	check_eq("absent is all ones", odd, 0);
	check_eq("absent function", port_read(0, 1, 0), UINT32_MAX);
}

static void check_edges(void)
{
	uint32_t extended = mmio_read32(ecam(0, 0, 0x100));

	check_eq("bus 1 by ports", port_read(1, 0, 0), UINT32_MAX);
	check_eq("bus 255 by ports", port_read(255, 0, 0), UINT32_MAX);
	check_eq("bus 1 by memory", mmio_read32(ecam(1, 0, 0)), UINT32_MAX);
	check(!extended || extended == UINT32_MAX, "extended space", "%x",
	      extended);
	select(0, 0, 0);
	outl(CONFIG_ADDRESS, 0);
	check_eq("disabled", inl(CONFIG_DATA), UINT32_MAX);
	select(0, 0, 0x3c);
	check_eq("address reads back", inl(CONFIG_ADDRESS), 0x8000003c);
}

void guest_main(void)
{
	check_eq("host bridge class", port_read(0, 0, 8) >> 16,
		 CLASS_HOST_BRIDGE);
	check_agree();
	check_sizes();
	check_absent();
	check_edges();
	select(0, 0, 0);
	outl(CONFIG_DATA, 0);
	check(port_read(0, 0, 0) != 0, "the id is read-only", "0");
}
