/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/boot_params.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "firmware/boot_format.h"
#include "firmware/e820.h"
#include "firmware/info.h"
#include "firmware/layout.h"
#include "firmware/modules.h"

/* "Undefined": a loader without an assigned number. */
#define LOADER_UNDEFINED 0xff

_Static_assert(sizeof(struct boot_params) == LAYOUT_PARAMS_LEN,
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

/* Load the initrd to a place in @room. */
static int put_initrd(struct boot_params *params, const struct boot *boot,
		      const struct mem *mem, const struct modules_room *room)
{
	uint64_t addr[BOOT_MODULES_MAX] = { 0 }, size;
	int rc;

	if (!boot->has_initrd)
		return 0;
	rc = modules_load(boot, mem, room, addr);
	if (rc < 0)
		return rc;
	size = modules_size(boot, 0);
	params->hdr.ramdisk_image = (uint32_t)addr[0];
	params->hdr.ramdisk_size = (uint32_t)size;
	params->ext_ramdisk_image = (uint32_t)(addr[0] >> 32);
	params->ext_ramdisk_size = (uint32_t)(size >> 32);
	return 0;
}

static int put_cmdline(struct boot_params *params, const struct boot *boot,
		       const struct mem *mem)
{
	struct info info;

	info_begin(&info, mem);
	params->hdr.cmd_line_ptr = info_put_string(&info, boot->cmdline);
	return info_end(&info);
}

int boot_params_put(const struct boot *boot, const struct mem *mem,
		    const struct setup_header *hdr, uint64_t kernel_end,
		    uint64_t rsdp)
{
	struct boot_params *params =
		mem_at(mem, LAYOUT_PARAMS, sizeof(*params));
	const struct modules_room room = {
		.floor = kernel_end,
		.ceiling = (uint64_t)hdr->initrd_addr_max + 1,
		.high = true,
		.anywhere = hdr->xloadflags & XLF_CAN_BE_LOADED_ABOVE_4G,
	};
	int rc;

	assert(params);
	memset(params, 0, sizeof(*params));
	params->hdr = *hdr;
	params->hdr.type_of_loader = LOADER_UNDEFINED;
	params->hdr.ramdisk_image = 0;
	params->hdr.ramdisk_size = 0;
	params->acpi_rsdp_addr = rsdp;
	put_memory_map(params, mem);
	rc = put_cmdline(params, boot, mem);
	return rc < 0 ? rc : put_initrd(params, boot, mem, &room);
}
