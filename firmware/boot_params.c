/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/boot_params.h"

#include <assert.h>
#include <string.h>

#include "firmware/boot_format.h"
#include "firmware/e820.h"
#include "firmware/layout.h"
#include "firmware/lowmem.h"
#include "vmm/mem.h"

/* "Undefined": a loader without an assigned number. */
#define LOADER_UNDEFINED 0xff

_Static_assert(sizeof(struct boot_params) == LAYOUT_INFO - LAYOUT_PARAMS,
	       "boot_params is a page");

static void put_memory_map(struct boot_params *params, const struct mem *mem)
{
	struct e820 map;

	e820_build(&map, mem);
	params->e820_entries = (uint8_t)map.n;
	for (unsigned i = 0; i < map.n; i++)
		params->e820_table[i] = (struct boot_e820_entry){
			.addr = map.entry[i].addr,
			.size = map.entry[i].len,
			.type = map.entry[i].type,
		};
}

static int put_initrd(struct boot_params *params, const struct boot *boot,
		      const struct mem *mem, uint64_t kernel_end)
{
	uint64_t ceiling = (uint64_t)params->hdr.initrd_addr_max + 1;
	uint64_t addr;
	int rc;

	rc = lowmem_load_initrd(boot, mem, kernel_end, ceiling, INITRD_HIGH,
				&addr);
	if (rc < 0)
		return rc;
	/* Below 4 GiB: the ext_ fields, the upper halves, remain 0. */
	params->hdr.ramdisk_image = (uint32_t)addr;
	params->hdr.ramdisk_size = (uint32_t)boot_initrd_size(boot);
	return 0;
}

int boot_params_put(const struct boot *boot, const struct mem *mem,
		    const struct setup_header *hdr, uint64_t kernel_end,
		    uint64_t rsdp)
{
	struct boot_params *params =
		mem_at(mem, LAYOUT_PARAMS, sizeof(*params));

	assert(params);
	memset(params, 0, sizeof(*params));
	params->hdr = *hdr;
	params->hdr.type_of_loader = LOADER_UNDEFINED;
	params->hdr.cmd_line_ptr = LAYOUT_CMDLINE;
	params->hdr.ramdisk_image = 0;
	params->hdr.ramdisk_size = 0;
	params->acpi_rsdp_addr = rsdp;
	put_memory_map(params, mem);
	lowmem_put_cmdline(mem, boot->cmdline);
	if (!boot->has_initrd)
		return 0;
	return put_initrd(params, boot, mem, kernel_end);
}
