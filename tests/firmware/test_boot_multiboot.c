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

static void load_toy(const struct toy *toy, const struct file *initrd,
		     struct mem *mem, struct boot_cpu *cpu)
{
	struct file f = file_make(toy, sizeof(*toy));
	const uint64_t *gdt;
	struct boot boot;

	ck_assert_int_eq(boot_open(&boot, f.path, initrd ? initrd->path : NULL,
				   "hello world"),
			 0);
	ck_assert_int_eq(boot.format, BOOT_MULTIBOOT);
	ck_assert_int_eq(mem_init(mem, 16 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, mem, RSDP, cpu), 0);
	ck_assert_int_eq(cpu->mode, BOOT_PROT32);
	ck_assert_uint_eq(cpu->eax, 0x2badb002);
	/* As GRUB and QEMU have them. */
	ck_assert_uint_eq(cpu->cs, 0x08);
	ck_assert_uint_eq(cpu->ds, 0x10);
	gdt = mem_at(mem, cpu->gdt, cpu->gdt_limit + 1);
	ck_assert_uint_eq(gdt[1], 0x00cf9b000000ffff);
	ck_assert_uint_eq(gdt[2], 0x00cf93000000ffff);
	boot_close(&boot);
	file_free(&f);
}

static const struct multiboot_info *info_of(const struct mem *mem,
					    const struct boot_cpu *cpu)
{
	return mem_at(mem, cpu->ebx, sizeof(struct multiboot_info));
}

/* @toy is refused when opened, in one line that holds @why. */
static void refused(const struct toy *toy, const char *why)
{
	struct file f = file_make(toy, sizeof(*toy));
	struct boot boot;

	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), -ENOEXEC);
	log_expect(why);
	file_free(&f);
}

static void check_elf(struct toy *toy)
{
	struct boot_cpu cpu;
	struct mem mem;

	toy_multiboot(toy, 7);
	load_toy(toy, NULL, &mem, &cpu);
	ck_assert_uint_eq(cpu.rip, TOY_ADDR + 0x10);
	ck_assert_mem_eq(mem_at(&mem, TOY_ADDR, TOY_CODE_LEN),
			 toy->bytes + TOY_CODE, TOY_CODE_LEN);
	ck_assert_uint_eq(info_of(&mem, &cpu)->n_modules, 0);
	mem_free(&mem);
}

START_TEST(elf_images_load_by_their_segments)
{
	struct toy toy;

	toy_elf32(&toy);
	check_elf(&toy);
	toy_elf64(&toy);
	check_elf(&toy);
}
END_TEST

START_TEST(address_fields_load_anything)
{
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	toy_code(&toy);
	toy_multiboot(&toy, 0x10000);
	load_toy(&toy, NULL, &mem, &cpu);
	ck_assert_uint_eq(cpu.rip, TOY_ADDR + 0x40);
	ck_assert_mem_eq(mem_at(&mem, TOY_ADDR, TOY_CODE_LEN),
			 toy.bytes + TOY_CODE, TOY_CODE_LEN);
	mem_free(&mem);
	/* They precede what an ELF header says. */
	toy_elf32(&toy);
	toy_multiboot(&toy, 0x10000);
	load_toy(&toy, NULL, &mem, &cpu);
	ck_assert_uint_eq(cpu.rip, TOY_ADDR + 0x40);
	mem_free(&mem);
}
END_TEST

START_TEST(zero_ends_mean_the_whole_file)
{
	struct multiboot_header *header;
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	toy_code(&toy);
	header = toy_multiboot(&toy, 0x10000);
	header->load_end = 0;
	header->bss_end = 0;
	header->load_addr = TOY_ADDR + 4;
	load_toy(&toy, NULL, &mem, &cpu);
	ck_assert_mem_eq(mem_at(&mem, TOY_ADDR + 4, TOY_CODE_LEN - 4),
			 toy.bytes + TOY_CODE + 4, TOY_CODE_LEN - 4);
	mem_free(&mem);
}
END_TEST

START_TEST(information_is_complete)
{
	struct file initrd = file_make("initrd", 6);
	const struct multiboot_memmap *map;
	const struct multiboot_module *module;
	const struct multiboot_info *info;
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	toy_elf32(&toy);
	toy_multiboot(&toy, 3);
	load_toy(&toy, &initrd, &mem, &cpu);
	info = info_of(&mem, &cpu);
	ck_assert_uint_eq(info->flags, 0x24d);
	ck_assert_uint_eq(info->mem_lower, 639);
	ck_assert_uint_eq(info->mem_upper, 15 * 1024);
	/* Behind the kernel's name, which kernels skip. */
	ck_assert_str_eq(strchr(mem_at(&mem, info->cmdline, 12), ' '),
			 " hello world");
	ck_assert_str_eq(mem_at(&mem, info->loader_name, 8), "minivmm");
	ck_assert_uint_eq(info->n_modules, 1);
	module = mem_at(&mem, info->modules, sizeof(*module));
	/* The first page after the kernel's memory. */
	ck_assert_uint_eq(module->start, TOY_ADDR + TOY_MEM_LEN);
	ck_assert_uint_eq(module->end, module->start + 6);
	ck_assert_mem_eq(mem_at(&mem, module->start, 6), "initrd", 6);
	/* The name of the file, less its directory. */
	ck_assert_str_eq(mem_at(&mem, module->string, 8),
			 strrchr(initrd.path, '/') + 1);
	ck_assert_uint_eq(info->memmap_len, 5 * 24);
	map = mem_at(&mem, info->memmap, info->memmap_len);
	ck_assert_uint_eq(map[3].size, 20);
	ck_assert_uint_eq(map[3].addr, 1 * MIB);
	ck_assert_uint_eq(map[3].len, 15 * MIB);
	ck_assert_uint_eq(map[3].type, 1);
	file_free(&initrd);
	mem_free(&mem);
}
END_TEST

START_TEST(sections_are_told_and_symbols_loaded)
{
	struct file initrd = file_make("initrd", 6);
	const struct multiboot_module *module;
	const struct multiboot_info *info;
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;
	Elf64_Shdr s[4];

	toy_elf64(&toy);
	toy_sections(&toy);
	toy_multiboot(&toy, 3);
	load_toy(&toy, &initrd, &mem, &cpu);
	info = info_of(&mem, &cpu);
	ck_assert_uint_eq(info->flags, 0x26d);
	ck_assert_uint_eq(info->n_sections, 4);
	ck_assert_uint_eq(info->section_len, sizeof(s[0]));
	ck_assert_uint_eq(info->section_names, 3);
	memcpy(s, mem_at(&mem, info->sections, sizeof(s)), sizeof(s));
	ck_assert_uint_eq(s[1].sh_addr, TOY_VADDR);
	ck_assert_uint_eq(s[2].sh_addr, TOY_ADDR + TOY_MEM_LEN);
	ck_assert_mem_eq(mem_at(&mem, s[2].sh_addr, 7), "symbols", 7);
	ck_assert_mem_eq(mem_at(&mem, s[3].sh_addr, 7), "strings", 7);
	/* The module is above them. */
	module = mem_at(&mem, info->modules, sizeof(*module));
	ck_assert_uint_eq(module->start, TOY_ADDR + TOY_MEM_LEN + 0x2000);
	mem_free(&mem);
	file_free(&initrd);
}
END_TEST

/* A kernel and modules in files of names, as the user has them. */
START_TEST(lines_begin_with_the_name_of_the_file)
{
	char dir[] = "/tmp/minivmm-test-XXXXXX", path[3][64];
	char spec[2][80], *specs[] = { spec[0], spec[1] };
	static const char *const names[] = { "my kernel.elf", "a b.mod",
					     "c.mod" };
	const struct multiboot_module *module;
	const struct multiboot_info *info;
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	struct mem mem;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	toy_elf32(&toy);
	toy_multiboot(&toy, 3);
	for (unsigned i = 0; i < 3; i++) {
		FILE *out;

		snprintf(path[i], sizeof(path[i]), "%s/%s", dir, names[i]);
		out = fopen(path[i], "w");
		ck_assert_ptr_nonnull(out);
		fwrite(&toy, sizeof(toy), 1, out);
		fclose(out);
	}
	snprintf(spec[0], sizeof(spec[0]), "%s,x=1,2 y", path[1]);
	snprintf(spec[1], sizeof(spec[1]), "%s", path[2]);
	ck_assert_int_eq(boot_open(&boot, path[0], NULL, "first second"), 0);
	ck_assert_int_eq(boot_add_modules(&boot, specs, 2), 0);
	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), 0);
	info = info_of(&mem, &cpu);
	ck_assert_str_eq(mem_at(&mem, info->cmdline, 32),
			 "my_kernel.elf first second");
	ck_assert_uint_eq(info->n_modules, 2);
	module = mem_at(&mem, info->modules, 2 * sizeof(*module));
	ck_assert_str_eq(mem_at(&mem, module[0].string, 32), "a_b.mod x=1,2 y");
	ck_assert_str_eq(mem_at(&mem, module[1].string, 32), "c.mod");
	ck_assert_uint_eq(module[0].start, TOY_ADDR + TOY_MEM_LEN);
	ck_assert_uint_eq(module[1].start, module[0].end);
	ck_assert_uint_eq(module[1].end, module[1].start + TOY_SIZE);
	ck_assert_mem_eq(mem_at(&mem, module[1].start, TOY_SIZE), &toy,
			 TOY_SIZE);
	boot_close(&boot);
	mem_free(&mem);
	for (unsigned i = 0; i < 3; i++)
		unlink(path[i]);
	rmdir(dir);
}
END_TEST

START_TEST(modules_are_opened_and_counted)
{
	char *many[BOOT_MODULES_MAX + 1], *missing[] = { (char[]){ "/no,x" } };
	struct file f, module = file_make("module", 6);
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	struct mem mem;

	log_capture();
	for (unsigned i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = module.path;
	toy_elf32(&toy);
	toy_multiboot(&toy, 3);
	f = file_make(&toy, sizeof(toy));
	ck_assert_int_eq(boot_open(&boot, f.path, module.path, NULL), 0);
	ck_assert_int_eq(boot_add_modules(&boot, missing, 1), -ENOENT);
	log_expect("/no: No such file");
	ck_assert_int_eq(boot_add_modules(&boot, many, BOOT_MODULES_MAX),
			 -EINVAL);
	log_expect("more than 64 modules");
	ck_assert_int_eq(boot_add_modules(&boot, many, BOOT_MODULES_MAX - 1),
			 0);
	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), 0);
	ck_assert_uint_eq(info_of(&mem, &cpu)->n_modules, BOOT_MODULES_MAX);
	boot_close(&boot);
	mem_free(&mem);
}
END_TEST

/* Lines that are short enough each, and too much together. */
START_TEST(there_is_a_limit_for_all_lines_together)
{
	struct file f, module = file_make("module", 6);
	char *spec = calloc(1, 40000), *specs[] = { spec, spec, spec };
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	struct mem mem;

	log_capture();
	memset(spec, 'x', 39999);
	memcpy(spec, module.path, strlen(module.path));
	spec[strlen(module.path)] = ',';
	toy_elf32(&toy);
	toy_multiboot(&toy, 3);
	f = file_make(&toy, sizeof(toy));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	ck_assert_int_eq(boot_add_modules(&boot, specs, 3), 0);
	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), -E2BIG);
	log_expect("shorten them");
	boot_close(&boot);
	mem_free(&mem);
	free(spec);
}
END_TEST

/* What made other loaders write outside of their buffers. */
START_TEST(headers_that_fooled_other_loaders_do_no_harm)
{
	/* QEMU's CVE-2017-14167 and CVE-2018-7550, its bug 1844635, and what
	 * is like them: ends before starts, sums that wrap. */
	static const struct {
		uint32_t header, load, load_end, bss_end, entry;
		const char *why;
	} cases[] = {
		/* load_end - load wraps. */
		{ TOY_ADDR + 8, TOY_ADDR, 8, 0, TOY_ADDR, "load_end_addr" },
		{ 0xfffffff8, 0xfffffff0, 0x10, 0x20, 0xfffffff0,
		  "load_end_addr" },
		/* load_end + something wraps. */
		{ TOY_ADDR + 8, TOY_ADDR, UINT32_MAX, 0, TOY_ADDR,
		  "load_end_addr" },
		/* header - load is more than the file has before it. */
		{ UINT32_MAX, 0, 0, 0, 0, "do not fit together" },
		/* At the very end of what can be addressed. */
		{ 0xfffff008, 0xfffff000, 0, 0, 0xfffff000,
		  "where no kernel can" },
		/* In the interrupt vectors, and in what we hand over. */
		{ 8, 0, 0x100, 0, 8, "where no kernel can" },
		{ LAYOUT_INFO + 8, LAYOUT_INFO, 0, 0, LAYOUT_INFO,
		  "where no kernel can" },
		{ LAYOUT_GDT + 8, LAYOUT_GDT, 0, 0, LAYOUT_GDT,
		  "where no kernel can" },
		/* A bss over all of it. */
		{ LAYOUT_FREE + 8, LAYOUT_FREE, 0, LAYOUT_HIGH, LAYOUT_FREE,
		  "where no kernel can" },
	};
	struct multiboot_header *header;
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	log_capture();
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		toy_code(&toy);
		header = toy_multiboot(&toy, 0x10000);
		header->header_addr = cases[i].header;
		header->load_addr = cases[i].load;
		header->load_end = cases[i].load_end;
		header->bss_end = cases[i].bss_end;
		header->entry = cases[i].entry;
		refused(&toy, cases[i].why);
	}
	/* A bss that ends before what is loaded: the kernel is what counts. */
	toy_code(&toy);
	header = toy_multiboot(&toy, 0x10000);
	header->bss_end = TOY_ADDR + 1;
	load_toy(&toy, NULL, &mem, &cpu);
	ck_assert_mem_eq(mem_at(&mem, TOY_ADDR, TOY_CODE_LEN),
			 toy.bytes + TOY_CODE, TOY_CODE_LEN);
	mem_free(&mem);
}
END_TEST

/* Whatever the ELF header says: the file may not even be whole. */
START_TEST(address_fields_are_asked_before_the_elf_header)
{
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	toy_elf64(&toy);
	toy.ehdr64.e_type = ET_DYN;
	toy.phdr64[0].p_paddr = 0;
	toy.ehdr64.e_phnum = 2;
	toy.phdr64[1].p_type = PT_INTERP;
	toy_multiboot(&toy, 0x10000);
	load_toy(&toy, NULL, &mem, &cpu);
	ck_assert_uint_eq(cpu.rip, TOY_ADDR + 0x40);
	mem_free(&mem);
	toy_elf32(&toy);
	toy.ehdr32.e_phoff = TOY_SIZE;
	toy_multiboot(&toy, 0x10000);
	load_toy(&toy, NULL, &mem, &cpu);
	mem_free(&mem);
}
END_TEST

START_TEST(a_header_counts_only_where_and_how_it_should)
{
	struct multiboot_header header;
	struct toy toy;

	log_capture();
	/* Off by two bytes. */
	toy_code(&toy);
	header = *toy_multiboot(&toy, 0x10000);
	toy_code(&toy);
	memcpy(toy.bytes + TOY_MULTIBOOT + 2, &header, sizeof(header));
	refused(&toy, "not aligned to 4 bytes");
	/* A wrong checksum. */
	toy_code(&toy);
	toy_multiboot(&toy, 0x10000)->checksum++;
	refused(&toy, "the checksum of its multiboot header");
}
END_TEST

START_TEST(a_header_beyond_8_kib_is_none)
{
	static uint8_t bytes[MULTIBOOT_SEARCH + TOY_SIZE];
	struct boot boot;
	struct toy toy;
	struct file f;

	log_capture();
	toy_code(&toy);
	toy_multiboot(&toy, 0x10000);
	memcpy(bytes + MULTIBOOT_SEARCH - TOY_MULTIBOOT, &toy, TOY_SIZE);
	f = file_make(bytes, sizeof(bytes));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), -ENOEXEC);
	log_expect("beyond the first 8 KiB");
	file_free(&f);
}
END_TEST

START_TEST(headers_that_cannot_boot_are_refused)
{
	struct multiboot_header *header;
	struct toy toy;

	log_capture();
	toy_elf32(&toy);
	toy_multiboot(&toy, 8);
	refused(&toy, "requires features unknown");
	toy_code(&toy);
	toy_multiboot(&toy, 3);
	refused(&toy, "neither ELF nor with address fields");
	toy_code(&toy);
	header = toy_multiboot(&toy, 0x10000);
	header->load_addr = header->header_addr + 4;
	refused(&toy, "do not fit together");
	header->load_addr = header->header_addr - TOY_MULTIBOOT - 4;
	refused(&toy, "do not fit together");
	header = toy_multiboot(&toy, 0x10000);
	header->load_end = TOY_ADDR - 1;
	refused(&toy, "load_end_addr");
	header->load_end = TOY_ADDR + TOY_CODE_LEN + 1;
	refused(&toy, "load_end_addr");
	header = toy_multiboot(&toy, 0x10000);
	header->entry = TOY_ADDR + TOY_CODE_LEN;
	refused(&toy, "entry_addr");
	header->entry = TOY_ADDR - 1;
	refused(&toy, "entry_addr");
	header = toy_multiboot(&toy, 0x10000);
	header->bss_end = UINT32_MAX;
	refused(&toy, "where no kernel can");
	header = toy_multiboot(&toy, 0x10000);
	header->header_addr = LAYOUT_ACPI + 8;
	header->load_addr = LAYOUT_ACPI;
	header->load_end = 0;
	header->bss_end = 0;
	header->entry = LAYOUT_ACPI + 8;
	refused(&toy, "where no kernel can");
}
END_TEST

START_TEST(too_little_memory_is_said_with_how_much_it_takes)
{
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	struct file f;
	struct mem mem;

	log_capture();
	toy_code(&toy);
	toy_multiboot(&toy, 0x10000)->bss_end = 100 * MIB;
	f = file_make(&toy, sizeof(toy));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	ck_assert_int_eq(mem_init(&mem, 64 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), -ENOSPC);
	log_expect("needs at least --mem 100M");
	boot_close(&boot);
	mem_free(&mem);
}
END_TEST

START_TEST(it_has_no_place_for_a_job)
{
	struct file f;
	struct boot boot;
	struct toy toy;

	log_capture();
	toy_elf32(&toy);
	toy_multiboot(&toy, 7);
	f = file_make(&toy, sizeof(toy));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	ck_assert_int_eq(boot_prepend(&boot, "1234", 4), -EINVAL);
	log_expect("not Linux, which alone has an initramfs");
	boot_close(&boot);
	file_free(&f);
}
END_TEST

START_TEST(it_is_described)
{
	char *text = NULL;
	struct boot boot;
	struct toy toy;
	struct file f;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	toy_code(&toy);
	toy_multiboot(&toy, 0x10000);
	f = file_make(&toy, sizeof(toy));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	boot_describe(&boot, out);
	fclose(out);
	ck_assert_str_eq(text, "  format: multiboot\n"
			       "  entries: multiboot (32-bit) at 0x400040\n"
			       "  load address: 0x400000 to 0x403000\n"
			       "  needs: 5 MiB\n"
			       "  modules: up to 64, the initrd first\n");
	free(text);
	boot_close(&boot);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		elf_images_load_by_their_segments,
		address_fields_load_anything,
		zero_ends_mean_the_whole_file,
		information_is_complete,
		sections_are_told_and_symbols_loaded,
		lines_begin_with_the_name_of_the_file,
		modules_are_opened_and_counted,
		there_is_a_limit_for_all_lines_together,
		headers_that_fooled_other_loaders_do_no_harm,
		address_fields_are_asked_before_the_elf_header,
		a_header_counts_only_where_and_how_it_should,
		a_header_beyond_8_kib_is_none,
		headers_that_cannot_boot_are_refused,
		too_little_memory_is_said_with_how_much_it_takes,
		it_has_no_place_for_a_job,
		it_is_described,
		NULL,
	};

	return unit_run(unit_suite("boot_multiboot", tests));
}
