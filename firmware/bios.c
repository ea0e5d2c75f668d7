/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/bios.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "base/util.h"
#include "firmware/e820.h"
#include "firmware/layout.h"

static const uint8_t code[] = {
#include "bios_services.hex"
};

/* services.S begins with these words: offsets of its entries. */
enum entry { REFUSE, EQUIPMENT, BASE_MEMORY, SYSTEM };

enum { N_VECTORS = 256, IRET = 0xcf };

/* What services.S reads at LAYOUT_BIOS_MAP. */
struct map {
	/* KiB from 1 to 16 MiB, and units of 64 KiB above: E801. */
	uint16_t low_kib, high_units;
	/* KiB above 1 MiB, for AH 88. */
	uint16_t above_kib;
	uint16_t n;
	struct {
		uint64_t addr, len;
		uint32_t type;
	} __attribute__((packed)) entry[E820_MAX];
} __attribute__((packed));

_Static_assert(sizeof(code) <= LAYOUT_BIOS_MAP - LAYOUT_BIOS, "services.S");
_Static_assert(sizeof(struct map) <= LAYOUT_BIOS_END - LAYOUT_BIOS_MAP, "map");

/* All addresses of layout.h are within the smallest memory. */
static void put(const struct mem *mem, uint64_t gpa, const void *from,
		uint64_t len)
{
	void *to = mem_at(mem, gpa, len);

	assert(to);
	memcpy(to, from, len);
}

static uint16_t offset_in_code(enum entry entry)
{
	return get_le16(&code[2 * (size_t)entry]);
}

/* Where vector @i leads to, as an offset in LAYOUT_BIOS_SEGMENT. */
static uint16_t offset_of(unsigned i)
{
	switch (i) {
	case 0x11:
		return offset_in_code(EQUIPMENT);
	case 0x12:
		return offset_in_code(BASE_MEMORY);
	case 0x15:
		return offset_in_code(SYSTEM);
	case 0x10:
	case 0x13 ... 0x14:
	case 0x16 ... 0x6f:
		return offset_in_code(REFUSE);
	default:
		return LAYOUT_BIOS_IRET & 0xffff;
	}
}

static void put_vectors(const struct mem *mem)
{
	struct {
		uint16_t offset, segment;
	} vector[N_VECTORS];

	for (unsigned i = 0; i < N_VECTORS; i++) {
		vector[i].offset = offset_of(i);
		vector[i].segment = LAYOUT_BIOS_SEGMENT;
	}
	put(mem, 0, vector, sizeof(vector));
}

static void put_map(const struct mem *mem)
{
	uint64_t end = mem_low_end(mem), above = (end - MIB) / KIB;
	struct e820 e820;
	struct map map = {
		.low_kib = 15 * KIB,
		.high_units = (uint16_t)((end - 16 * MIB) / (64 * KIB)),
		/* Old programs take a larger number for an error. */
		.above_kib = (uint16_t)MIN(above, 63 * KIB),
	};

	e820_build(&e820, mem);
	map.n = (uint16_t)e820.n;
	for (unsigned i = 0; i < e820.n; i++) {
		map.entry[i].addr = e820.entry[i].addr;
		map.entry[i].len = e820.entry[i].len;
		map.entry[i].type = e820.entry[i].type;
	}
	put(mem, LAYOUT_BIOS_MAP, &map, sizeof(map));
}

void bios_build(const struct mem *mem)
{
	const uint8_t iret = IRET;

	put_vectors(mem);
	put_map(mem);
	put(mem, LAYOUT_BIOS, code, sizeof(code));
	put(mem, LAYOUT_BIOS_IRET, &iret, sizeof(iret));
}
