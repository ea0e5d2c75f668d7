/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/e820.h"

#include <assert.h>

#include "base/mem.h"
#include "firmware/acpi.h"
#include "firmware/layout.h"

static void add(struct e820 *map, uint64_t start, uint64_t end,
		enum e820_type type)
{
	assert(map->n < E820_MAX);
	if (start < end)
		map->entry[map->n++] =
			(struct e820_entry){ start, end - start, type };
}

void e820_build(struct e820 *map, const struct mem *mem)
{
	map->n = 0;
	add(map, 0, LAYOUT_EBDA, E820_RAM);
	add(map, LAYOUT_EBDA, LAYOUT_LOW_END, E820_RESERVED);
	add(map, LAYOUT_ACPI, LAYOUT_HIGH, E820_RESERVED);
	add(map, LAYOUT_HIGH, mem_low_end(mem), E820_RAM);
	add(map, ACPI_ECAM_BASE, ACPI_ECAM_BASE + ACPI_ECAM_LEN, E820_RESERVED);
	add(map, MEM_HOLE_END, mem_high_end(mem), E820_RAM);
}
