/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "firmware/boot.h"
#include "firmware/layout.h"
#include "tests/files.h"
#include "tests/kernels.h"
#include "tests/unit.h"

#define RSDP 0xe1230

static struct boot_params *params_of(const struct mem *mem)
{
	return mem_at(mem, LAYOUT_PARAMS, sizeof(struct boot_params));
}

static void open_toy(struct boot *boot, const struct toy *toy,
		     const struct file *initrd, const char *cmdline)
{
	/* Its path must outlive the boot. */
	static struct file f;

	f = file_make(toy, sizeof(*toy));
	ck_assert_int_eq(
		boot_open(boot, f.path, initrd ? initrd->path : NULL, cmdline),
		0);
	ck_assert_int_eq(boot->format, BOOT_BZIMAGE);
}

/* @toy is refused when opened, in one line that holds @why. */
static void refused(const struct toy *toy, size_t size, const char *cmdline,
		    int err, const char *why)
{
	struct file f = file_make(toy, size);
	struct boot boot;

	ck_assert_int_eq(boot_open(&boot, f.path, NULL, cmdline), -err);
	ck_assert_int_eq(boot.kernel.fd, -1);
	log_expect(why);
	file_free(&f);
}

START_TEST(it_enters_in_long_mode)
{
	struct boot_params *params;
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	struct mem mem;

	toy_bzimage(&toy);
	open_toy(&boot, &toy, NULL, "console=ttyS0");
	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), 0);
	ck_assert_int_eq(cpu.mode, BOOT_LONG64);
	ck_assert_uint_eq(cpu.rip, TOY_ADDR + 0x200);
	ck_assert_uint_eq(cpu.rsi, LAYOUT_PARAMS);
	ck_assert_uint_eq(cpu.cs, 0x10);
	ck_assert_uint_eq(cpu.ds, 0x18);
	ck_assert_mem_eq(mem_at(&mem, TOY_ADDR, TOY_CODE_LEN),
			 toy.bytes + TOY_CODE, TOY_CODE_LEN);
	params = params_of(&mem);
	ck_assert_uint_eq(params->hdr.type_of_loader, 0xff);
	ck_assert_uint_eq(params->hdr.code32_start, TOY_ADDR);
	ck_assert_uint_eq(params->hdr.init_size, toy.hdr.init_size);
	ck_assert_uint_eq(params->acpi_rsdp_addr, RSDP);
	ck_assert_uint_eq(params->hdr.ramdisk_size, 0);
	ck_assert_uint_eq(params->sentinel, 0);
	ck_assert_uint_eq(params->e820_entries, 5);
	ck_assert_uint_eq(params->e820_table[3].addr, 0x100000);
	ck_assert_uint_eq(params->e820_table[3].size, 15 * MIB);
	ck_assert_uint_eq(params->e820_table[3].type, 1);
	ck_assert_str_eq(mem_at(&mem, params->hdr.cmd_line_ptr, 14),
			 "console=ttyS0");
	boot_close(&boot);
	mem_free(&mem);
}
END_TEST

START_TEST(page_tables_and_gdt_are_what_the_mode_needs)
{
	const uint64_t *gdt, *table;
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	struct mem mem;

	toy_bzimage(&toy);
	open_toy(&boot, &toy, NULL, NULL);
	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), 0);
	gdt = mem_at(&mem, cpu.gdt, cpu.gdt_limit + 1);
	/* Long code; writable data. */
	ck_assert_uint_eq(gdt[cpu.cs / 8] >> 40 & 0x609b, 0x209b);
	ck_assert_uint_eq(gdt[cpu.ds / 8] >> 40 & 0x93, 0x93);
	/* Every 64 MiB of 4 GiB are mapped to themselves. */
	for (uint64_t va = 0; va < 4 * GIB; va += 64 * MIB) {
		table = mem_at(&mem, cpu.cr3, 0x1000);
		table = mem_at(&mem, table[0] & ~0xfffULL, 0x1000);
		table = mem_at(&mem, table[va / GIB] & ~0xfffULL, 0x1000);
		ck_assert_uint_eq(table[va / (2 * MIB) % 512] & ~0x60ULL,
				  va | 0x83);
	}
	boot_close(&boot);
	mem_free(&mem);
}
END_TEST

START_TEST(it_enters_in_protected_mode_if_it_must)
{
	const uint64_t *gdt;
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	struct mem mem;

	toy_bzimage(&toy);
	toy.hdr.xloadflags = 0;
	open_toy(&boot, &toy, NULL, NULL);
	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), 0);
	ck_assert_int_eq(cpu.mode, BOOT_PROT32);
	ck_assert_uint_eq(cpu.rip, TOY_ADDR);
	ck_assert_uint_eq(cpu.rsi, LAYOUT_PARAMS);
	ck_assert_uint_eq(cpu.cr3, 0);
	gdt = mem_at(&mem, cpu.gdt, cpu.gdt_limit + 1);
	ck_assert_uint_eq(gdt[cpu.cs / 8], 0x00cf9b000000ffff);
	ck_assert_uint_eq(gdt[cpu.ds / 8], 0x00cf93000000ffff);
	boot_close(&boot);
	mem_free(&mem);
}
END_TEST

START_TEST(one_that_is_not_relocatable_loads_at_1_mib)
{
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	struct mem mem;

	toy_bzimage(&toy);
	toy.hdr.relocatable_kernel = 0;
	open_toy(&boot, &toy, NULL, NULL);
	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), 0);
	ck_assert_uint_eq(cpu.rip, 0x100200);
	ck_assert_uint_eq(params_of(&mem)->hdr.code32_start, 0x100000);
	boot_close(&boot);
	mem_free(&mem);
}
END_TEST

/* Load with an initrd of @len bytes, behind @before if that isn't NULL. */
static int load_behind(const char *before, uint32_t addr_max, size_t len,
		       struct mem *mem)
{
	void *bytes = calloc(1, len);
	struct file initrd;
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	int rc;

	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, "initrd", MIN(len, 6));
	initrd = file_make(bytes, len);
	toy_bzimage(&toy);
	toy.hdr.initrd_addr_max = addr_max;
	open_toy(&boot, &toy, &initrd, NULL);
	if (before)
		ck_assert_int_eq(boot_prepend(&boot, before, strlen(before)),
				 0);
	ck_assert_int_eq(mem_init(mem, 16 * MIB), 0);
	rc = boot_load(&boot, mem, RSDP, &cpu);
	boot_close(&boot);
	file_free(&initrd);
	free(bytes);
	return rc;
}

static int load_initrd(uint32_t addr_max, size_t len, struct mem *mem)
{
	return load_behind(NULL, addr_max, len, mem);
}

START_TEST(initrd_goes_to_the_top)
{
	struct boot_params *params;
	struct mem mem;

	ck_assert_int_eq(load_initrd(0x7fffffff, 5000, &mem), 0);
	params = params_of(&mem);
	ck_assert_uint_eq(params->hdr.ramdisk_image, 16 * MIB - 0x2000);
	ck_assert_uint_eq(params->hdr.ramdisk_size, 5000);
	ck_assert_uint_eq(params->ext_ramdisk_image, 0);
	ck_assert_mem_eq(mem_at(&mem, 16 * MIB - 0x2000, 5000), "initrd", 7);
	mem_free(&mem);
}
END_TEST

START_TEST(an_archive_goes_before_the_initrd)
{
	struct boot_params *params;
	struct mem mem;

	log_capture();
	/* Alone it would just fit into a page. */
	ck_assert_int_eq(load_behind("1234", 0x7fffffff, 4096, &mem), 0);
	params = params_of(&mem);
	ck_assert_uint_eq(params->hdr.ramdisk_image, 16 * MIB - 0x2000);
	ck_assert_uint_eq(params->hdr.ramdisk_size, 4100);
	ck_assert_mem_eq(mem_at(&mem, 16 * MIB - 0x2000, 4100), "1234initrd",
			 11);
	mem_free(&mem);
	/* It counts where there is little room, too. */
	ck_assert_int_eq(
		load_behind("1234", 0x7fffffff, 12 * MIB - 0x10000, &mem),
		-ENOSPC);
	log_expect("needs at least --mem 17M");
	mem_free(&mem);
}
END_TEST

START_TEST(initrd_stays_below_its_limit)
{
	struct mem mem;

	ck_assert_int_eq(load_initrd(0x5fffff, 5000, &mem), 0);
	ck_assert_uint_eq(params_of(&mem)->hdr.ramdisk_image,
			  0x600000 - 0x2000);
	mem_free(&mem);
}
END_TEST

START_TEST(initrd_that_does_not_fit_is_refused)
{
	struct mem mem;

	log_capture();
	/* Exactly all between the kernel and the top does fit. */
	ck_assert_int_eq(load_initrd(0x7fffffff, 12 * MIB - 0x10000, &mem), 0);
	ck_assert_uint_eq(params_of(&mem)->hdr.ramdisk_image,
			  TOY_ADDR + 0x10000);
	mem_free(&mem);
	ck_assert_int_eq(load_initrd(0x7fffffff, 12 * MIB - 0xffff, &mem),
			 -ENOSPC);
	log_expect("needs at least --mem 17M");
	mem_free(&mem);
	ck_assert_int_eq(load_initrd(0x5fffff, 2 * MIB, &mem), -ENOSPC);
	log_expect("make it smaller");
	mem_free(&mem);
	/* No room at all. */
	ck_assert_int_eq(load_initrd(0xfffff, 1, &mem), -ENOSPC);
	log_expect("room for 0 KiB");
	mem_free(&mem);
}
END_TEST

/* A kernel at the end of low memory, with an initrd of @mib MiB. */
static int load_crowded(uint16_t xloadflags, unsigned mib, uint64_t mem_size,
			struct mem *mem)
{
	struct file initrd = file_make("initrd", 6);
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	int rc;

	ck_assert_int_eq(ftruncate(initrd.fd, (off_t)(mib * MIB)), 0);
	toy_bzimage(&toy);
	toy.hdr.xloadflags |= xloadflags;
	toy.hdr.pref_address = MEM_HOLE_START - 16 * MIB;
	toy.hdr.init_size = 15 * MIB;
	toy.hdr.initrd_addr_max = UINT32_MAX;
	open_toy(&boot, &toy, &initrd, NULL);
	ck_assert_int_eq(mem_init(mem, mem_size), 0);
	rc = boot_load(&boot, mem, RSDP, &cpu);
	boot_close(&boot);
	file_free(&initrd);
	return rc;
}

START_TEST(an_initrd_may_be_above_4_gib_if_the_kernel_says_so)
{
	const uint16_t above = XLF_CAN_BE_LOADED_ABOVE_4G;
	const uint64_t mem_size = 3 * GIB + 16 * MIB;
	struct boot_params *params;
	struct mem mem;

	log_capture();
	/* What fits below goes there. */
	ck_assert_int_eq(load_crowded(above, 1, mem_size, &mem), 0);
	ck_assert_uint_eq(params_of(&mem)->hdr.ramdisk_image,
			  MEM_HOLE_START - MIB);
	mem_free(&mem);
	ck_assert_int_eq(load_crowded(above, 2, mem_size, &mem), 0);
	params = params_of(&mem);
	ck_assert_uint_eq(params->ext_ramdisk_image, 1);
	ck_assert_uint_eq(params->hdr.ramdisk_image, 14 * MIB);
	ck_assert_uint_eq(params->hdr.ramdisk_size, 2 * MIB);
	ck_assert_uint_eq(params->ext_ramdisk_size, 0);
	ck_assert_mem_eq(mem_at(&mem, 4 * GIB + 14 * MIB, 7), "initrd", 7);
	mem_free(&mem);
	ck_assert_int_eq(load_crowded(above, 17, mem_size, &mem), -ENOSPC);
	log_expect("needs at least --mem 3089M");
	mem_free(&mem);
	/* Other kernels have no use for it. */
	ck_assert_int_eq(load_crowded(0, 2, mem_size, &mem), -ENOSPC);
	log_expect("the kernel has room for 1024 KiB");
	mem_free(&mem);
}
END_TEST

/* Beyond initrd_addr_max, which is 2 GiB in every kernel there is. */
START_TEST(an_initrd_of_more_than_2_gib_says_what_it_needs)
{
	static const struct {
		uint64_t mib;
		uint16_t xloadflags;
		const char *why;
	} cases[] = {
		{ 2560, 0, "make it smaller" },
		{ 2560, XLF_CAN_BE_LOADED_ABOVE_4G, "--mem 2565M" },
		/* More than can be below the PCI hole. */
		{ 3072, XLF_CAN_BE_LOADED_ABOVE_4G, "--mem 6144M" },
		/* As sparse as can be. */
		{ (UINT64_C(1) << 43) - 1, 0, "make it smaller" },
		{ (UINT64_C(1) << 43) - 1, XLF_CAN_BE_LOADED_ABOVE_4G, "M" },
	};

	log_capture();
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct file initrd = file_make("initrd", 6);
		struct boot_cpu cpu;
		struct boot boot;
		struct toy toy;
		struct mem mem;

		ck_assert_int_eq(
			ftruncate(initrd.fd, (off_t)(cases[i].mib * MIB)), 0);
		toy_bzimage(&toy);
		toy.hdr.xloadflags |= cases[i].xloadflags;
		open_toy(&boot, &toy, &initrd, NULL);
		ck_assert_int_eq(mem_init(&mem, 64 * MIB), 0);
		ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), -ENOSPC);
		log_expect(cases[i].why);
		boot_close(&boot);
		mem_free(&mem);
		file_free(&initrd);
	}
}
END_TEST

START_TEST(linux_has_no_modules)
{
	char *specs[] = { (char[]){ "/bin/sh" } };
	struct boot boot;
	struct toy toy;

	log_capture();
	toy_bzimage(&toy);
	open_toy(&boot, &toy, NULL, NULL);
	ck_assert_int_eq(boot_add_modules(&boot, specs, 1), -EINVAL);
	log_expect("leave out --module, use --initrd");
	ck_assert_int_eq(boot_add_modules(&boot, specs, 0), 0);
	boot_close(&boot);
}
END_TEST

START_TEST(too_little_memory_is_said_with_how_much_it_takes)
{
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	struct mem mem;

	log_capture();
	toy_bzimage(&toy);
	toy.hdr.init_size = 60 * MIB + 1;
	open_toy(&boot, &toy, NULL, NULL);
	ck_assert_int_eq(mem_init(&mem, 64 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), -ENOSPC);
	log_expect("needs at least --mem 65M");
	mem_free(&mem);
	ck_assert_int_eq(mem_init(&mem, 65 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), 0);
	boot_close(&boot);
	mem_free(&mem);
}
END_TEST

START_TEST(headers_that_cannot_boot_are_refused)
{
	struct toy toy;

	log_capture();
	toy_bzimage(&toy);
	toy.hdr.version = 0x0206;
	refused(&toy, TOY_SIZE, NULL, ENOEXEC,
		"boot protocol 2.06: a program that needs a BIOS");
	toy_bzimage(&toy);
	toy.hdr.loadflags = 0;
	refused(&toy, TOY_SIZE, NULL, ENOEXEC, "zImage");
	toy_bzimage(&toy);
	toy.hdr.jump = 0x20eb;
	refused(&toy, TOY_SIZE, NULL, ENOEXEC, "header is too short");
	toy_bzimage(&toy);
	toy.hdr.init_size = TOY_CODE_LEN - 1;
	refused(&toy, TOY_SIZE, NULL, ENOEXEC, "init_size");
	toy_bzimage(&toy);
	toy.hdr.syssize = 1;
	refused(&toy, TOY_SIZE, NULL, ENOEXEC, "damaged");
	toy_bzimage(&toy);
	toy.hdr.pref_address = UINT64_MAX;
	refused(&toy, TOY_SIZE, NULL, ENOEXEC, "where no kernel can");
	toy_bzimage(&toy);
	toy.hdr.pref_address = 0x90000;
	refused(&toy, TOY_SIZE, NULL, ENOEXEC, "where no kernel can");
	toy_bzimage(&toy);
	toy.hdr.init_size = UINT32_MAX;
	refused(&toy, TOY_SIZE, NULL, ENOEXEC, "where no kernel can");
}
END_TEST

START_TEST(truncated_files_are_refused)
{
	struct toy toy;

	log_capture();
	toy_bzimage(&toy);
	refused(&toy, TOY_SIZE - 16, NULL, EIO, "8176 of 8192 bytes");
	refused(&toy, TOY_CODE, NULL, EIO, "truncated");
	refused(&toy, 0x290, NULL, EIO, "truncated");
	toy.hdr.syssize = UINT32_MAX;
	refused(&toy, TOY_SIZE, NULL, EIO, "truncated");
}
END_TEST

/* syssize counts paragraphs of 16 bytes, rounded up: memtest86+ 6.10 ends
 * within the last. */
START_TEST(the_last_paragraph_need_not_be_whole)
{
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	struct file f;
	struct mem mem;

	toy_bzimage(&toy);
	for (unsigned missing = 1; missing < 16; missing++) {
		f = file_make(&toy, TOY_SIZE - missing);
		ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
		ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
		ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), 0);
		ck_assert_mem_eq(mem_at(&mem, TOY_ADDR, TOY_CODE_LEN - missing),
				 toy.bytes + TOY_CODE, TOY_CODE_LEN - missing);
		boot_close(&boot);
		mem_free(&mem);
		file_free(&f);
	}
}
END_TEST

START_TEST(the_command_line_has_a_limit)
{
	struct boot boot;
	char line[2049];
	struct toy toy;

	log_capture();
	toy_bzimage(&toy);
	memset(line, 'x', sizeof(line));
	line[2048] = '\0';
	refused(&toy, TOY_SIZE, line, E2BIG, "2048 bytes");
	line[2047] = '\0';
	open_toy(&boot, &toy, NULL, line);
	boot_close(&boot);
}
END_TEST

START_TEST(setup_sects_0_means_4)
{
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	struct mem mem;

	toy_bzimage(&toy);
	toy.hdr.setup_sects = 0;
	open_toy(&boot, &toy, NULL, NULL);
	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), 0);
	ck_assert_mem_eq(mem_at(&mem, TOY_ADDR, TOY_CODE_LEN),
			 toy.bytes + 5 * 512, TOY_CODE_LEN);
	boot_close(&boot);
	mem_free(&mem);
}
END_TEST

START_TEST(what_follows_a_shorter_header_is_not_taken_for_it)
{
	const size_t handover = offsetof(struct setup_header, handover_offset);
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	struct mem mem;

	toy_bzimage(&toy);
	toy.hdr.jump = (uint16_t)((handover - 0x11) << 8 | 0xeb);
	toy.hdr.handover_offset = 0x12345678;
	open_toy(&boot, &toy, NULL, NULL);
	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), 0);
	ck_assert_uint_eq(params_of(&mem)->hdr.init_size, toy.hdr.init_size);
	ck_assert_uint_eq(params_of(&mem)->hdr.handover_offset, 0);
	boot_close(&boot);
	mem_free(&mem);
}
END_TEST

START_TEST(it_is_described)
{
	char *text = NULL;
	struct boot boot;
	struct toy toy;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	toy_bzimage(&toy);
	open_toy(&boot, &toy, NULL, NULL);
	boot_describe(&boot, out);
	fclose(out);
	ck_assert_str_eq(text, "  format: bzImage\n"
			       "  version: 6.1.0-toy #1\n"
			       "  boot protocol: 2.15\n"
			       "  entries: 64-bit, 32-bit\n"
			       "  load address: 0x400000\n"
			       "  needs: 5 MiB\n"
			       "  command line: up to 2047 bytes\n"
			       "  initrd: up to 0x7fffffff\n");
	free(text);
	boot_close(&boot);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_enters_in_long_mode,
		page_tables_and_gdt_are_what_the_mode_needs,
		it_enters_in_protected_mode_if_it_must,
		one_that_is_not_relocatable_loads_at_1_mib,
		initrd_goes_to_the_top,
		an_archive_goes_before_the_initrd,
		initrd_stays_below_its_limit,
		initrd_that_does_not_fit_is_refused,
		too_little_memory_is_said_with_how_much_it_takes,
		headers_that_cannot_boot_are_refused,
		truncated_files_are_refused,
		the_last_paragraph_need_not_be_whole,
		an_initrd_may_be_above_4_gib_if_the_kernel_says_so,
		an_initrd_of_more_than_2_gib_says_what_it_needs,
		linux_has_no_modules,
		the_command_line_has_a_limit,
		setup_sects_0_means_4,
		what_follows_a_shorter_header_is_not_taken_for_it,
		it_is_described,
		NULL,
	};

	return unit_run(unit_suite("boot_bzimage", tests));
}
