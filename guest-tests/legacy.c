/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * legacy.c - what kernels written for an old PC, or for QEMU, look for, asked
 * for in the way they ask
 */
#include "guest-tests/lib/acpi.h"
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/gate.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/string.h"

enum {
	CRTC = 0x3d4,
	CURSOR = 0x0e,
	SCREEN = 80 * 25,

	FW_CFG = 0x510,
	FW_CFG_SIGNATURE = 0,
	FW_CFG_RAM_SIZE = 3,
	FW_CFG_NB_CPUS = 5,
	FW_CFG_FILE_DIR = 0x19,

	CPUID_BRAND = 0x80000002,
};

/* As xv6 does before each character, and panics if it is off the screen. */
static void check_cursor(void)
{
	unsigned at;

	outb(CRTC, CURSOR);
	at = inb(CRTC + 1) << 8;
	outb(CRTC, CURSOR + 1);
	at |= inb(CRTC + 1);
	check(at < SCREEN, "the cursor is on the screen", "%u", at);
	outb(CRTC, CURSOR);
	outb(CRTC + 1, 7);
	outw(CRTC, 0x5500 | (CURSOR + 1));
	outb(CRTC, CURSOR);
	check_eq("the cursor's row", inb(CRTC + 1), 7);
	outb(CRTC, CURSOR + 1);
	check_eq("the cursor's column", inb(CRTC + 1), 0x55);
}

/* As kvm-unit-tests do it. */
static uint64_t fw_cfg(uint16_t key, unsigned len)
{
	uint64_t value = 0;
	unsigned i;

	outw(FW_CFG, key);
	for (i = 0; i < len; i++)
		value |= (uint64_t)inb(FW_CFG + 1) << (8 * i);
	return value;
}

static void check_fw_cfg(void)
{
	uint64_t ram = 0;
	uint32_t ids[CPUS_MAX];
	unsigned i;

	for (i = 0; i < boot.n_map; i++)
		if (boot.map[i].type == BOOT_RAM)
			ram += boot.map[i].len;
	check_eq("fw_cfg's signature", fw_cfg(FW_CFG_SIGNATURE, 4), 0x554d4551);
	check_eq("fw_cfg's processors", fw_cfg(FW_CFG_NB_CPUS, 2),
		 acpi_cpus(ids, CPUS_MAX));
	/* Some of the first MiB is not RAM on the map. */
	check_eq("fw_cfg's MiB of RAM", fw_cfg(FW_CFG_RAM_SIZE, 8) >> 20,
		 (ram >> 20) + 1);
	check_eq("fw_cfg's files", fw_cfg(FW_CFG_FILE_DIR, 4), 0);
}

static void check_brand(void)
{
	char brand[49] = "";
	unsigned i;

	for (i = 0; i < 3; i++)
		gate(ring0_cpuid, CPUID_BRAND + i, 0, (uint64_t)&brand[16 * i]);
	print("processor: %s\n", brand);
	check(*brand, "the processor's name", "empty");
}

void guest_main(void)
{
	check_cursor();
	check_fw_cfg();
	check_brand();
}
