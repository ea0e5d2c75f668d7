/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/modules.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "firmware/image.h"
#include "firmware/layout.h"

#define PAGE_SIZE UINT64_C(0x1000)

uint64_t modules_size(const struct boot *boot, unsigned i)
{
	return boot->module[i].file.size + (i == 0 ? boot->before_len : 0);
}

/* More than any memory has; BOOT_MODULES_MAX times as much still fits into 64
 * bits. */
#define SIZE_ENDLESS (UINT64_C(1) << 56)

/* The size of all modules, each but the first at the start of a page. */
static uint64_t total_size(const struct boot *boot)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < boot->n_modules; i++)
		total = ALIGN_UP(total, PAGE_SIZE) +
			MIN(modules_size(boot, i), SIZE_ENDLESS);
	return total;
}

static unsigned long long mib_up(uint64_t bytes)
{
	return ALIGN_UP(bytes, MIB) / MIB;
}

/* Log that there is no room for @size bytes; -ENOSPC.  @least is the end of the
 * memory that would be enough below the PCI hole; 0: none would be. */
static int no_room(const struct boot *boot, const struct modules_room *room,
		   uint64_t start, uint64_t size, uint64_t least)
{
	const char *path = boot->module[0].file.path;
	const char *more = boot->n_modules > 1 ? " and the other modules" : "";
	uint64_t ceiling = MIN(room->ceiling, MEM_HOLE_START);
	uint64_t kib = ceiling > start ? (ceiling - start) / KIB : 0;

	if (!least && !room->anywhere)
		return log_fail(-ENOSPC,
				"%s%s: %llu KiB, but the kernel has room for "
				"%llu KiB: make it smaller",
				path, more, (unsigned long long)(size / KIB),
				(unsigned long long)kib);
	if (!least)
		least = MEM_HOLE_START + size;
	return log_fail(-ENOSPC,
			"%s%s: does not fit beside the kernel: needs at least "
			"--mem %lluM",
			path, more, mib_up(least));
}

/* The address for @size bytes; 0, logged, when they do not fit. */
static uint64_t find_place(const struct boot *boot, const struct mem *mem,
			   const struct modules_room *room, uint64_t size)
{
	/* A kernel may be loaded below 1 MiB, above what firmware puts there; a
	 * module may not. */
	uint64_t start = ALIGN_UP(MAX(room->floor, LAYOUT_HIGH), PAGE_SIZE);
	uint64_t end = MIN(room->ceiling, mem_low_end(mem));
	uint64_t least = 0;

	if (start <= end && size <= end - start)
		return room->high ? ALIGN_DOWN(end - size, PAGE_SIZE) : start;
	end = room->anywhere ? mem_low_end(mem) : 0;
	if (start <= end && size <= end - start)
		return ALIGN_DOWN(end - size, PAGE_SIZE);
	end = room->anywhere ? mem_high_end(mem) : 0;
	if (end && size <= end - MEM_HOLE_END)
		return ALIGN_DOWN(end - size, PAGE_SIZE);
	end = room->anywhere ? MEM_HOLE_START :
			       MIN(room->ceiling, MEM_HOLE_START);
	if (start <= end && size <= end - start)
		least = start + size;
	no_room(boot, room, start, size, least);
	return 0;
}

/* Load module @i to @addr. */
static int load_one(const struct boot *boot, const struct mem *mem, unsigned i,
		    uint64_t addr)
{
	const struct image *file = &boot->module[i].file;
	uint64_t before = i == 0 ? boot->before_len : 0;
	void *to = mem_at(mem, addr, before);

	if (to && before)
		memcpy(to, boot->before, before);
	return file->size ?
		       image_load(file, 0, file->size, mem, addr + before) :
		       0;
}

int modules_load(const struct boot *boot, const struct mem *mem,
		 const struct modules_room *room, uint64_t *addr)
{
	uint64_t next;
	int rc = 0;

	if (!boot->n_modules)
		return 0;
	next = find_place(boot, mem, room, total_size(boot));
	if (!next)
		return -ENOSPC;
	for (unsigned i = 0; i < boot->n_modules && rc == 0; i++) {
		addr[i] = next;
		log_info("%s: %llu bytes at %#llx", boot->module[i].file.path,
			 (unsigned long long)modules_size(boot, i),
			 (unsigned long long)next);
		rc = load_one(boot, mem, i, next);
		next = ALIGN_UP(next + modules_size(boot, i), PAGE_SIZE);
	}
	return rc;
}
