/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/string.h"

struct boot_info boot;

static void boot_cmdline(uint64_t addr)
{
	const char *s = (const char *)addr;
	size_t i;

	for (i = 0; s && s[i] && i < sizeof(boot.cmdline) - 1; i++)
		boot.cmdline[i] = s[i];
}

static void boot_add(uint64_t start, uint64_t len, uint32_t type)
{
	if (boot.n_map < BOOT_MAP_MAX)
		boot.map[boot.n_map++] =
			(struct boot_range){ start, len, type };
}

/* The first is the initrd. */
static void boot_add_module(uint64_t start, uint64_t len, uint64_t line)
{
	if (!boot.n_modules) {
		boot.initrd = start;
		boot.initrd_len = len;
	}
	if (boot.n_modules < BOOT_MODULES_MAX)
		boot.module[boot.n_modules++] =
			(struct boot_module){ start, len, (const char *)line };
}

/* Xen public/arch-x86/hvm/start_info.h */
struct pvh_info {
	uint32_t magic, version, flags, n_modules;
	uint64_t modules, cmdline, rsdp, map;
	uint32_t n_map, reserved;
};

struct pvh_module {
	uint64_t addr, size, cmdline, reserved;
};

struct pvh_range {
	uint64_t addr, size;
	uint32_t type, reserved;
};

enum { PVH_MAGIC = 0x336ec578 };

static void boot_pvh(const struct pvh_info *info)
{
	const struct pvh_module *module;
	const struct pvh_range *map;
	uint32_t i;

	if (info->magic != PVH_MAGIC)
		return;
	module = (const struct pvh_module *)info->modules;
	boot.protocol = BOOT_PVH;
	boot_cmdline(info->cmdline);
	boot.rsdp = info->rsdp;
	for (i = 0; i < info->n_modules; i++)
		boot_add_module(module[i].addr, module[i].size,
				module[i].cmdline);
	map = (const struct pvh_range *)info->map;
	for (i = 0; info->version >= 1 && i < info->n_map; i++)
		boot_add(map[i].addr, map[i].size, map[i].type);
}

/* Offsets into boot_params; Linux Documentation/x86/zero-page.rst */
enum {
	ZP_RSDP = 0x70,
	ZP_EXT_RAMDISK_IMAGE = 0xc0,
	ZP_EXT_RAMDISK_SIZE = 0xc4,
	ZP_EXT_CMDLINE = 0xc8,
	ZP_N_E820 = 0x1e8,
	ZP_MAGIC = 0x202,
	ZP_RAMDISK_IMAGE = 0x218,
	ZP_RAMDISK_SIZE = 0x21c,
	ZP_CMDLINE = 0x228,
	ZP_E820 = 0x2d0,
	E820_SIZE = 20,
	HDRS = 0x53726448,
};

static uint64_t zp(const uint8_t *params, unsigned low, unsigned high)
{
	uint32_t l, h;

	memcpy(&l, params + low, 4);
	memcpy(&h, params + high, 4);
	return (uint64_t)h << 32 | l;
}

static void boot_linux(unsigned protocol, const uint8_t *params)
{
	unsigned i;

	if ((uint32_t)zp(params, ZP_MAGIC, ZP_MAGIC) != HDRS)
		return;
	boot.protocol = protocol;
	boot_cmdline(zp(params, ZP_CMDLINE, ZP_EXT_CMDLINE));
	boot.initrd = zp(params, ZP_RAMDISK_IMAGE, ZP_EXT_RAMDISK_IMAGE);
	boot.initrd_len = zp(params, ZP_RAMDISK_SIZE, ZP_EXT_RAMDISK_SIZE);
	boot.rsdp = zp(params, ZP_RSDP, ZP_RSDP + 4);
	for (i = 0; i < params[ZP_N_E820]; i++) {
		const uint8_t *e = params + ZP_E820 + E820_SIZE * i;

		boot_add(zp(e, 0, 4), zp(e, 8, 12), zp(e, 16, 16));
	}
}

/* Multiboot Specification 0.6.96, 3.3 */
enum { MB_CMDLINE = 4, MB_MODULES = 8, MB_MMAP = 64 };

struct multiboot_info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
	uint32_t n_modules, modules, syms[4], mmap_len, mmap;
};

struct multiboot_module {
	uint32_t start, end, string, reserved;
};

struct multiboot_range {
	uint32_t size;
	uint64_t addr, len;
	uint32_t type;
} __attribute__((packed));

static void boot_multiboot(const struct multiboot_info *info)
{
	uint64_t map = info->mmap, end = map + info->mmap_len;
	const struct multiboot_module *module =
		(const void *)(uint64_t)info->modules;
	uint32_t i;

	boot.protocol = BOOT_MULTIBOOT;
	if (info->flags & MB_CMDLINE)
		boot_cmdline(info->cmdline);
	for (i = 0; (info->flags & MB_MODULES) && i < info->n_modules; i++)
		boot_add_module(module[i].start,
				module[i].end - module[i].start,
				module[i].string);
	while ((info->flags & MB_MMAP) && map < end) {
		const struct multiboot_range *r = (const void *)map;

		boot_add(r->addr, r->len, r->type);
		map += r->size + sizeof(r->size);
	}
}

/* Multiboot2 Specification 2.0, 3.6 */
enum {
	MB2_END = 0,
	MB2_CMDLINE = 1,
	MB2_MODULE = 3,
	MB2_MMAP = 6,
	MB2_RSDP = 15,
};

struct multiboot2_tag {
	uint32_t type, size;
	/* Of a module: its start and end; of the map: an entry's size and a
	 * version. */
	uint32_t a, b;
	uint8_t rest[];
};

static void boot_mb2_map(const struct multiboot2_tag *tag)
{
	uint64_t at = (uint64_t)tag->rest, end = (uint64_t)tag + tag->size;

	for (; at < end; at += tag->a) {
		const struct pvh_range *r = (const void *)at;

		boot_add(r->addr, r->size, r->type);
	}
}

static void boot_multiboot2(const uint8_t *info)
{
	const struct multiboot2_tag *tag = (const void *)(info + 8);

	boot.protocol = BOOT_MULTIBOOT2;
	while (tag->type != MB2_END) {
		if (tag->type == MB2_CMDLINE)
			boot_cmdline((uint64_t)&tag->a);
		else if (tag->type == MB2_MODULE)
			boot_add_module(tag->a, tag->b - tag->a,
					(uint64_t)tag->rest);
		else if (tag->type == MB2_MMAP)
			boot_mb2_map(tag);
		else if (tag->type == MB2_RSDP)
			boot.rsdp = (uint64_t)&tag->a;
		tag = (const void *)((uint64_t)tag + ((tag->size + 7) & ~7U));
	}
}

void boot_init(unsigned protocol, const void *arg)
{
	if (protocol == BOOT_PVH)
		boot_pvh(arg);
	else if (protocol == BOOT_MULTIBOOT)
		boot_multiboot(arg);
	else if (protocol == BOOT_MULTIBOOT2)
		boot_multiboot2(arg);
	else if (protocol != BOOT_UNKNOWN)
		boot_linux(protocol, arg);
}

bool boot_has(const char *word)
{
	return str_find(boot.cmdline, word) != NULL;
}

uint64_t boot_number(const char *key, uint64_t preset)
{
	const char *s = str_find(boot.cmdline, key);
	uint64_t v = 0;

	if (!s)
		return preset;
	for (s += strlen(key); *s >= '0' && *s <= '9'; s++)
		v = v * 10 + *s - '0';
	return v;
}

bool boot_is_ram(uint64_t start, uint64_t len)
{
	unsigned i;

	for (i = 0; i < boot.n_map; i++) {
		const struct boot_range *r = &boot.map[i];

		if (r->type == BOOT_RAM && start >= r->start &&
		    start - r->start < r->len &&
		    len <= r->len - (start - r->start))
			return true;
	}
	return false;
}
