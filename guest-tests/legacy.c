/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * legacy.c - what kernels written for an old PC, or for QEMU, look for, asked
 * for in the way they ask
 *
 * With a second processor, which is needed for it, also what a BIOS answers.
 */
#include "guest-tests/lib/acpi.h"
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/gate.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/realmode.h"
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

	MP_FROM = 0xf0000,
	MP_TO = 0x100000,
	MP_TABLE = 4,
	MP_LENGTH = 4,
	MP_HEADER = 44,
	MP_CPU = 0,
	MP_IO_INTERRUPT = 3,
	MP_ISA = 1,

	SMAP = 0x534d4150,
	/* For what the BIOS writes; below 1 MiB. */
	BUFFER = 0xa000,
	ENTRY_LEN = 20,
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

static uint64_t field(const uint8_t *p, unsigned len)
{
	uint64_t value = 0;

	memcpy(&value, p, len);
	return value;
}

/* As xv6 and eduOS look for it. */
static const uint8_t *mp_table(void)
{
	uint64_t at;

	for (at = MP_FROM; at < MP_TO; at += 16) {
		const uint8_t *p = (const uint8_t *)at;

		if (!memcmp(p, "_MP_", 4) && !acpi_sum(p, 16))
			return (const uint8_t *)field(p + MP_TABLE, 4);
	}
	return NULL;
}

/* Where ISA interrupts arrive is what the MADT says. */
static void check_mp_isa(const uint8_t *entry)
{
	struct acpi_override o = acpi_isa_irq(entry[5]);

	check(entry[7] == o.gsi && (entry[2] == 13) == o.level,
	      "MP interrupt as by the MADT", "irq %u: input %u, flags %x",
	      entry[5], entry[7], entry[2]);
}

static void check_mp(void)
{
	const uint8_t *table = mp_table(), *p, *end;
	uint32_t ids[CPUS_MAX];
	unsigned cpus = 0, n = acpi_cpus(ids, CPUS_MAX);

	if (!check(table && !memcmp(table, "PCMP", 4), "MP table", "none"))
		return;
	end = table + field(table + MP_LENGTH, 2);
	check(!acpi_sum(table, end - table), "MP table", "checksum");
	for (p = table + MP_HEADER; p < end; p += *p == MP_CPU ? 20 : 8) {
		if (*p == MP_CPU && cpus < n)
			check_eq("MP processor", p[1], ids[cpus]);
		cpus += *p == MP_CPU;
		if (*p == MP_IO_INTERRUPT && p[4] == MP_ISA)
			check_mp_isa(p);
	}
	check_eq("MP processors", cpus, n);
}

/* INT @vector with AX @ax, which is to fail as a BIOS without it does. */
static void check_refused(unsigned cpu, uint8_t vector, uint16_t ax)
{
	struct realmode_regs r = { .eax = ax };

	check(realmode_int(cpu, vector, &r) && r.flags & REALMODE_CARRY &&
		      (uint8_t)(r.eax >> 8) == 0x86,
	      "refused", "int %x: eax %x, flags %x", vector, r.eax, r.flags);
}

/* The map by E820 is the one that the loader has handed over. */
static void check_e820(unsigned cpu)
{
	struct realmode_regs r = { 0 };
	unsigned n = 0;

	do {
		const uint8_t *e = (const uint8_t *)(uint64_t)BUFFER;

		r.eax = 0xe820;
		r.edx = SMAP;
		r.ecx = 24;
		r.es = BUFFER >> 4;
		r.edi = 0;
		if (!check(realmode_int(cpu, 0x15, &r) && r.eax == SMAP &&
				   !(r.flags & REALMODE_CARRY) &&
				   r.ecx == ENTRY_LEN,
			   "E820", "%x, %x, flags %x", r.eax, r.ecx, r.flags))
			return;
		check(n < boot.n_map && field(e, 8) == boot.map[n].start &&
			      field(e + 8, 8) == boot.map[n].len &&
			      field(e + 16, 4) == boot.map[n].type,
		      "E820 entry", "%u: %lx", n, field(e, 8));
		n++;
	} while (r.ebx);
	check_eq("E820 entries", n, boot.n_map);
	/* One more than there are, and a buffer that is too small. */
	r = (struct realmode_regs){ 0xe820, n, 24, SMAP, 0, BUFFER >> 4, 0, 0 };
	check(realmode_int(cpu, 0x15, &r) && r.flags & REALMODE_CARRY,
	      "E820 behind the end", "%x", r.flags);
	r = (struct realmode_regs){ 0xe820, 0, 19, SMAP, 0, BUFFER >> 4, 0, 0 };
	check(realmode_int(cpu, 0x15, &r) && r.flags & REALMODE_CARRY,
	      "E820 into 19 bytes", "%x", r.flags);
}

static void check_bios(unsigned cpu)
{
	struct realmode_regs r = { .eax = 0xe801 };

	/* Mode, disk, keyboard, an APM call. */
	check_refused(cpu, 0x10, 0x4f00);
	check_refused(cpu, 0x13, 0x4100);
	check_refused(cpu, 0x16, 0x0200);
	check_refused(cpu, 0x15, 0x5300);
	check_e820(cpu);
	check(realmode_int(cpu, 0x15, &r) && !(r.flags & REALMODE_CARRY) &&
		      (uint16_t)r.eax == 15 * 1024 && r.ecx == (uint16_t)r.eax,
	      "E801", "%x", r.eax);
	r = (struct realmode_regs){ 0 };
	check(realmode_int(cpu, 0x12, &r) && (uint16_t)r.eax == 639, "int 12",
	      "%x", r.eax);
	r = (struct realmode_regs){ .eax = 0x2401 };
	check(realmode_int(cpu, 0x15, &r) && !(r.flags & REALMODE_CARRY), "A20",
	      "%x", r.flags);
	/* Nothing but an IRET. */
	r = (struct realmode_regs){ .eax = 0x1234 };
	check(realmode_int(cpu, 0x08, &r) && r.eax == 0x1234, "int 8", "%x",
	      r.eax);
}

void guest_main(void)
{
	uint32_t ids[CPUS_MAX];

	check_cursor();
	check_fw_cfg();
	check_brand();
	check_mp();
	if (acpi_cpus(ids, CPUS_MAX) < 2)
		return;
	irq_start();
	check_bios(ids[1]);
}
