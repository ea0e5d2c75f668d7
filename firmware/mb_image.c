/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/mb_image.h"

#include <errno.h>

#include "base/log.h"
#include "base/mem.h"
#include "firmware/lowmem.h"

int mb_refuse(const struct image *kernel, const char *why)
{
	return log_fail(-ENOEXEC, "%s: multiboot: %s", kernel->path, why);
}

int mb_read_addresses(const struct image *kernel,
		      const struct mb_addresses *fields, uint64_t offset,
		      uint64_t entry, struct mb_image *mb)
{
	uint64_t before = (uint64_t)fields->header - fields->load;
	uint64_t load_end = fields->load_end;

	/* A negative difference has wrapped around, and so is too large. */
	if (before > offset)
		return mb_refuse(kernel, "its header_addr and load_addr do not "
					 "fit together: mend its header");
	mb->by_addresses = true;
	mb->load = fields->load;
	mb->offset = offset - before;
	if (load_end == 0)
		load_end = mb->load + kernel->size - mb->offset;
	mb->len = load_end - mb->load;
	if (mb->len > kernel->size - mb->offset)
		return mb_refuse(kernel, "its load_end_addr is beyond the end "
					 "of the file: get a whole copy");
	mb->start = mb->load;
	mb->end = MAX(load_end, fields->bss_end);
	mb->entry = entry;
	if (mb->entry - mb->load >= mb->len)
		return mb_refuse(kernel, "its entry_addr lies outside of what "
					 "it loads: mend its header");
	return 0;
}

int mb_read_elf(const struct image *kernel, const uint32_t *entry,
		struct mb_image *mb)
{
	int rc = elf_read_movable(kernel, &mb->elf);

	if (rc < 0)
		return rc;
	if (entry && !elf_contains(&mb->elf, *entry))
		return mb_refuse(kernel, "its entry address tag points outside "
					 "of what it loads: mend its header");
	if (!entry && !mb->elf.has_entry)
		return elf_no_entry(kernel);
	mb->by_addresses = false;
	mb->start = mb->elf.start;
	mb->end = mb->elf.end;
	mb->entry = entry ? *entry : mb->elf.entry;
	return 0;
}

int mb_move(struct mb_image *mb, const struct image *kernel, uint64_t delta)
{
	mb->start += delta;
	mb->end += delta;
	mb->entry += delta;
	if (!mb->by_addresses)
		return elf_move(&mb->elf, kernel, delta);
	mb->load += delta;
	return lowmem_check_kernel(kernel->path, mb->start,
				   mb->end - mb->start);
}

int mb_check_place(struct mb_image *mb, const struct image *kernel)
{
	return mb_move(mb, kernel, 0);
}

int mb_load(const struct mb_image *mb, const struct image *kernel,
	    const struct mem *mem)
{
	int rc;

	if (!mb->by_addresses)
		return elf_load(&mb->elf, kernel, mem);
	rc = lowmem_check_fits(mem, kernel->path, mb->end);
	if (rc < 0)
		return rc;
	return image_load(kernel, mb->offset, mb->len, mem, mb->load);
}

void mb_describe(const struct mb_image *mb, const char *mode, FILE *out)
{
	if (!mb->by_addresses) {
		elf_describe(&mb->elf, mode, mb->entry, out);
		return;
	}
	fprintf(out, "  entries: %s at %#llx\n", mode,
		(unsigned long long)mb->entry);
	fprintf(out, "  load address: %#llx to %#llx\n",
		(unsigned long long)mb->start, (unsigned long long)mb->end);
	fprintf(out, "  needs: %llu MiB\n",
		(unsigned long long)(ALIGN_UP(mb->end, MIB) / MIB));
}
