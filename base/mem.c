/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "base/mem.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"

/* KVM maps a huge page only where the host's and the guest's offsets agree. */
#define HUGE_PAGE (2 * MIB)

static void add_region(struct mem *mem, uint64_t gpa, uint64_t size,
		       uint8_t *host)
{
	mem->region[mem->n_regions++] = (struct mem_region){
		.gpa = gpa,
		.size = size,
		.host = host,
	};
}

int mem_init(struct mem *mem, uint64_t size)
{
	uint64_t low = MIN(size, MEM_HOLE_START);
	uint8_t *base;

	*mem = (struct mem){ .size = size, .map_size = size + HUGE_PAGE };
	mem->map = mmap(NULL, mem->map_size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mem->map == MAP_FAILED) {
		mem->map = NULL;
		return log_fail(-errno,
				"guest memory of %llu MiB: %s: use a smaller "
				"--mem",
				(unsigned long long)(size / MIB),
				strerror(errno));
	}
	base = (uint8_t *)ALIGN_UP((uintptr_t)mem->map, HUGE_PAGE);
	/* A host that ignores this advice is slower, not wrong. */
	madvise(base, size, MADV_HUGEPAGE);
	madvise(base, size, MADV_DONTDUMP);
	/* A child that becomes another program does not need the memory, and
	 * would cost us a copy of its page tables. */
	madvise(base, size, MADV_DONTFORK);
	add_region(mem, 0, low, base);
	if (size > low)
		add_region(mem, MEM_HOLE_END, size - low, base + low);
	return 0;
}

void mem_free(struct mem *mem)
{
	if (mem->map)
		munmap(mem->map, mem->map_size);
	*mem = (struct mem){ 0 };
}

void mem_leave(struct mem *mem)
{
	mem->map = NULL;
}

void *mem_at(const struct mem *mem, uint64_t gpa, uint64_t len)
{
	for (unsigned i = 0; i < mem->n_regions; i++) {
		const struct mem_region *r = &mem->region[i];
		uint64_t off = gpa - r->gpa;

		if (gpa >= r->gpa && off < r->size && len <= r->size - off)
			return r->host + off;
	}
	return NULL;
}

uint64_t mem_low_end(const struct mem *mem)
{
	return mem->region[0].size;
}

uint64_t mem_high_end(const struct mem *mem)
{
	if (mem->n_regions < 2)
		return 0;
	return mem->region[1].gpa + mem->region[1].size;
}
