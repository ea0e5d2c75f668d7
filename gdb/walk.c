/* SPDX-License-Identifier: BSD-2-Clause */
#include "gdb/walk.h"

#include <string.h>

#include "base/mem.h"
#include "base/util.h"

enum {
	CR0_PG = BIT(31),
	CR4_PSE = BIT(4),
	CR4_PAE = BIT(5),
	CR4_LA57 = BIT(12),
	EFER_LMA = BIT(10),

	ENTRY_PRESENT = BIT(0),
	ENTRY_WRITABLE = BIT(1),
	ENTRY_USER = BIT(2),
	ENTRY_LARGE = BIT(7),

	PAGE_SHIFT = 12,
};

/* Bits 12 to 51. */
#define ENTRY_ADDRESS UINT64_C(0x000ffffffffff000)

/* A kind of page tables. */
struct kind {
	unsigned levels, entry_size;
	/* Bits of the address that select an entry, but at the root. */
	unsigned index_bits, root_bits;
	/* The highest level, counted from 1, with large pages. */
	unsigned large_level;
	/* The root's entries say nothing of permissions. */
	bool bare_root;
	uint64_t root_mask;
};

static const struct kind legacy = { .levels = 2,
				    .entry_size = 4,
				    .index_bits = 10,
				    .root_bits = 10,
				    .root_mask = 0xfffff000 };
static const struct kind legacy_large = { .levels = 2,
					  .entry_size = 4,
					  .index_bits = 10,
					  .root_bits = 10,
					  .large_level = 2,
					  .root_mask = 0xfffff000 };
static const struct kind pae = { .levels = 3,
				 .entry_size = 8,
				 .index_bits = 9,
				 .root_bits = 2,
				 .large_level = 2,
				 .bare_root = true,
				 .root_mask = 0xffffffe0 };
static const struct kind four = { .levels = 4,
				  .entry_size = 8,
				  .index_bits = 9,
				  .root_bits = 9,
				  .large_level = 3,
				  .root_mask = ENTRY_ADDRESS };
static const struct kind five = { .levels = 5,
				  .entry_size = 8,
				  .index_bits = 9,
				  .root_bits = 9,
				  .large_level = 3,
				  .root_mask = ENTRY_ADDRESS };

/* NULL: addresses are physical. */
static const struct kind *kind_of(const struct gdb_paging *p)
{
	if (!(p->cr0 & CR0_PG))
		return NULL;
	if (p->efer & EFER_LMA)
		return p->cr4 & CR4_LA57 ? &five : &four;
	if (p->cr4 & CR4_PAE)
		return &pae;
	return p->cr4 & CR4_PSE ? &legacy_large : &legacy;
}

/* Of 64-bit addresses the upper bits are all like the highest that counts. */
static bool is_canonical(const struct kind *kind, uint64_t addr)
{
	unsigned bits = PAGE_SHIFT + kind->index_bits * kind->levels;
	int64_t top = (int64_t)addr >> (bits - 1);

	return top == 0 || top == -1;
}

static bool read_entry(const struct mem *mem, const struct kind *kind,
		       uint64_t gpa, uint64_t *entry)
{
	const void *at = mem_at(mem, gpa, kind->entry_size);

	*entry = 0;
	if (at)
		memcpy(entry, at, kind->entry_size);
	return at;
}

/* Where a large page of a 32-bit entry begins: bits 13 to 20 are bits 32 to 39
 * of its address. */
static uint64_t page_of(const struct kind *kind, uint64_t entry,
			uint64_t page_size)
{
	uint64_t gpa = entry & ENTRY_ADDRESS & ~(page_size - 1);

	if (kind->entry_size == 4 && page_size > BIT(PAGE_SHIFT))
		gpa = (entry & UINT64_C(0xffc00000)) | (entry >> 13 & 0xff)
							       << 32;
	return gpa;
}

/* Take entry number @level, the last being 1, of the table at @table.  True: go
 * on at the table it names. */
static bool step(const struct mem *mem, const struct kind *kind, unsigned level,
		 uint64_t table, uint64_t addr, struct gdb_walk *walk)
{
	unsigned shift = PAGE_SHIFT + kind->index_bits * (level - 1);
	unsigned bits =
		level == kind->levels ? kind->root_bits : kind->index_bits;
	uint64_t index = addr >> shift & (BIT64(bits) - 1);
	uint64_t at = table + index * kind->entry_size, entry;
	bool bare = kind->bare_root && level == kind->levels;

	walk->lost = !read_entry(mem, kind, at, &entry);
	walk->entry_at[walk->levels] = at;
	walk->entry[walk->levels++] = entry;
	if (!(entry & ENTRY_PRESENT))
		return false;
	walk->user &= bare || entry & ENTRY_USER;
	walk->writable &= bare || entry & ENTRY_WRITABLE;
	if (level > 1 && !(entry & ENTRY_LARGE && level <= kind->large_level))
		return true;
	walk->mapped = true;
	walk->page_size = BIT64(shift);
	walk->gpa = page_of(kind, entry, walk->page_size) |
		    (addr & (walk->page_size - 1));
	return false;
}

bool gdb_walk(const struct mem *mem, const struct gdb_paging *paging,
	      uint64_t addr, struct gdb_walk *walk)
{
	const struct kind *kind = kind_of(paging);
	unsigned level;
	uint64_t table;

	*walk = (struct gdb_walk){ .user = true, .writable = true };
	if (!kind) {
		walk->mapped = true;
		walk->gpa = addr;
		walk->page_size = BIT64(PAGE_SHIFT);
		return true;
	}
	if (kind->levels < 4)
		addr &= UINT32_MAX;
	else if (!is_canonical(kind, addr))
		return false;
	table = paging->cr3 & kind->root_mask;
	level = kind->levels;
	while (step(mem, kind, level, table, addr, walk)) {
		table = walk->entry[walk->levels - 1] & ENTRY_ADDRESS;
		level--;
	}
	return walk->mapped;
}

/* A map that is being drawn. */
struct map {
	const struct mem *mem;
	const struct kind *kind;
	bool (*found)(void *arg, const struct gdb_span *span);
	void *arg;
	/* What has been found and not been told yet. */
	struct gdb_span span;
	unsigned entries;
};

/* Tables may lead to themselves. */
enum { MAP_ENTRIES = 8 * 1024 * 1024 };

static bool tell_span(struct map *map)
{
	bool go_on = !map->span.size || map->found(map->arg, &map->span);

	map->span.size = 0;
	return go_on;
}

static bool add_page(struct map *map, uint64_t addr, uint64_t gpa,
		     uint64_t size)
{
	struct gdb_span *span = &map->span;

	if (span->size && span->addr + span->size == addr &&
	    span->gpa + span->size == gpa) {
		span->size += size;
		return true;
	}
	if (!tell_span(map))
		return false;
	*span = (struct gdb_span){ addr, gpa, size };
	return true;
}

/* The address of @addr's page as the processor has it: of 64 bits the upper
 * half is that of negative numbers. */
static uint64_t canonical(const struct kind *kind, uint64_t addr)
{
	unsigned bits = PAGE_SHIFT + kind->index_bits * kind->levels;

	if (kind->levels < 4)
		return addr;
	return (uint64_t)((int64_t)(addr << (64 - bits)) >> (64 - bits));
}

static bool map_table(struct map *map, unsigned level, uint64_t table,
		      uint64_t base);

static bool map_entry(struct map *map, unsigned level, uint64_t entry,
		      uint64_t addr)
{
	unsigned shift = PAGE_SHIFT + map->kind->index_bits * (level - 1);
	bool large = entry & ENTRY_LARGE && level <= map->kind->large_level;

	if (!(entry & ENTRY_PRESENT))
		return true;
	if (level > 1 && !large)
		return map_table(map, level - 1, entry & ENTRY_ADDRESS, addr);
	return add_page(map, canonical(map->kind, addr),
			page_of(map->kind, entry, BIT64(shift)), BIT64(shift));
}

/* As deep as there are levels. */
static bool map_table(struct map *map, unsigned level, uint64_t table,
		      uint64_t base)
{
	const struct kind *kind = map->kind;
	unsigned shift = PAGE_SHIFT + kind->index_bits * (level - 1);
	unsigned bits =
		level == kind->levels ? kind->root_bits : kind->index_bits;

	for (uint64_t i = 0; i < BIT64(bits); i++) {
		uint64_t entry;

		if (++map->entries > MAP_ENTRIES)
			return false;
		/* A table that is not in memory maps nothing. */
		if (!read_entry(map->mem, kind, table + i * kind->entry_size,
				&entry))
			return true;
		if (!map_entry(map, level, entry, base | i << shift))
			return false;
	}
	return true;
}

bool gdb_map(const struct mem *mem, const struct gdb_paging *paging,
	     bool (*found)(void *arg, const struct gdb_span *span), void *arg)
{
	struct map map = {
		.mem = mem, .kind = kind_of(paging), .found = found, .arg = arg
	};

	if (!map.kind)
		return true;
	return map_table(&map, map.kind->levels,
			 paging->cr3 & map.kind->root_mask, 0) &&
	       tell_span(&map);
}
