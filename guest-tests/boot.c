/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.c - what arrives by each boot protocol: one image per format
 *
 * Prints what the runner compares: the protocol, the command line, the
 * initrd's length and checksum (as cksum(1) has it), the modules with their
 * command lines, the memory map.
 */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/report.h"

/* POSIX cksum: CRC-32 of the bytes, then of the length. */
static uint32_t crc_byte(uint32_t crc, uint8_t byte)
{
	unsigned i;

	crc ^= (uint32_t)byte << 24;
	for (i = 0; i < 8; i++)
		crc = crc << 1 ^ (crc & 0x80000000 ? 0x04c11db7 : 0);
	return crc;
}

static uint32_t cksum(const uint8_t *p, uint64_t len)
{
	uint32_t crc = 0;
	uint64_t i;

	for (i = 0; i < len; i++)
		crc = crc_byte(crc, p[i]);
	for (; len; len >>= 8)
		crc = crc_byte(crc, len);
	return ~crc;
}

void guest_main(void)
{
	static const char *const names[] = {
		[BOOT_UNKNOWN] = "unknown",
		[BOOT_PVH] = "pvh",
		[BOOT_ELF64] = "elf64",
		[BOOT_MULTIBOOT] = "multiboot",
		[BOOT_BZIMAGE32] = "bzimage32",
		[BOOT_BZIMAGE64] = "bzimage64",
		[BOOT_MULTIBOOT2] = "multiboot2",
	};
	unsigned i;

	print("protocol: %s\n", names[boot.protocol]);
	print("cmdline: %s\n", boot.cmdline);
	print("initrd: %u %lu\n",
	      cksum((const uint8_t *)boot.initrd, boot.initrd_len),
	      boot.initrd_len);
	for (i = 0; i < boot.n_modules; i++)
		print("module %u: %lu bytes, %s\n", i, boot.module[i].len,
		      boot.module[i].line ? boot.module[i].line : "no line");
	for (i = 0; i < boot.n_map; i++)
		print("map: %lx %lx %u\n", boot.map[i].start, boot.map[i].len,
		      boot.map[i].type);
	check(boot.protocol != BOOT_UNKNOWN, "protocol", "no such magic");
	check(boot.n_map > 1, "memory map", "%u entries", boot.n_map);
	check(!boot.initrd_len || boot_is_ram(boot.initrd, boot.initrd_len),
	      "initrd in RAM", "%lx", boot.initrd);
}
