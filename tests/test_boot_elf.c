/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>

#include "firmware/boot.h"
#include "firmware/layout.h"
#include "tests/files.h"
#include "tests/kernels.h"
#include "tests/unit.h"
#include "vmm/mem.h"

#define RSDP 0xe1230

/* The start info of the PVH ABI, by its offsets. */
enum {
	INFO_MAGIC = 0,
	INFO_VERSION = 4,
	INFO_N_MODULES = 12,
	INFO_MODULES = 16,
	INFO_CMDLINE = 24,
	INFO_RSDP = 32,
	INFO_MEMMAP = 40,
	INFO_N_MEMMAP = 48,
};

static void load_toy(const struct toy *toy, const struct file *initrd,
		     enum boot_format format, struct mem *mem,
		     struct boot_cpu *cpu)
{
	struct file f = file_make(toy, sizeof(*toy));
	struct boot boot;

	ck_assert_int_eq(boot_open(&boot, f.path, initrd ? initrd->path : NULL,
				   "hello world"),
			 0);
	ck_assert_int_eq(boot.format, format);
	ck_assert_int_eq(mem_init(mem, 16 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, mem, RSDP, cpu), 0);
	ck_assert_mem_eq(mem_at(mem, TOY_ADDR, TOY_CODE_LEN),
			 toy->bytes + TOY_CODE, TOY_CODE_LEN);
	boot_close(&boot);
	file_free(&f);
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

static void check_pvh(const struct toy *toy)
{
	struct file initrd = file_make("initrd", 6);
	const uint8_t *info, *module, *map;
	struct boot_cpu cpu;
	struct mem mem;

	load_toy(toy, &initrd, BOOT_ELF_PVH, &mem, &cpu);
	ck_assert_int_eq(cpu.mode, BOOT_PROT32);
	ck_assert_uint_eq(cpu.rip, TOY_ADDR + 0x20);
	info = mem_at(&mem, cpu.ebx, 56);
	ck_assert_uint_eq(get_le32(info + INFO_MAGIC), 0x336ec578);
	ck_assert_uint_eq(get_le32(info + INFO_VERSION), 1);
	ck_assert_uint_eq(get_le64(info + INFO_RSDP), RSDP);
	ck_assert_str_eq(mem_at(&mem, get_le64(info + INFO_CMDLINE), 12),
			 "hello world");
	ck_assert_uint_eq(get_le32(info + INFO_N_MODULES), 1);
	module = mem_at(&mem, get_le64(info + INFO_MODULES), 32);
	ck_assert_uint_eq(get_le64(module), 16 * MIB - 0x1000);
	ck_assert_uint_eq(get_le64(module + 8), 6);
	ck_assert_mem_eq(mem_at(&mem, 16 * MIB - 0x1000, 6), "initrd", 6);
	ck_assert_uint_eq(get_le32(info + INFO_N_MEMMAP), 5);
	map = mem_at(&mem, get_le64(info + INFO_MEMMAP), 5 * 24);
	ck_assert_uint_eq(get_le64(map + 3 * 24), 1 * MIB);
	ck_assert_uint_eq(get_le64(map + 3 * 24 + 8), 15 * MIB);
	ck_assert_uint_eq(get_le32(map + 3 * 24 + 16), 1);
	file_free(&initrd);
	mem_free(&mem);
}

START_TEST(pvh_note_gives_the_entry)
{
	struct toy toy;

	toy_pvh64(&toy);
	check_pvh(&toy);
	toy_pvh32(&toy);
	check_pvh(&toy);
}
END_TEST

START_TEST(pvh_note_precedes_a_multiboot_header)
{
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	toy_pvh32(&toy);
	toy_multiboot(&toy, 0);
	load_toy(&toy, NULL, BOOT_ELF_PVH, &mem, &cpu);
	/* Without an initrd there is no module. */
	ck_assert_uint_eq(get_le32(mem_at(&mem, cpu.ebx + INFO_N_MODULES, 4)),
			  0);
	mem_free(&mem);
}
END_TEST

START_TEST(other_notes_are_no_pvh_notes)
{
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	toy_pvh64(&toy);
	/* Somebody else's number 18. */
	toy.bytes[TOY_NOTE + 32] = 'Y';
	load_toy(&toy, NULL, BOOT_ELF_LINUX64, &mem, &cpu);
	mem_free(&mem);
	/* An entry of 2 bytes. */
	toy_pvh64(&toy);
	toy.bytes[TOY_NOTE + 24] = 2;
	load_toy(&toy, NULL, BOOT_ELF_LINUX64, &mem, &cpu);
	mem_free(&mem);
}
END_TEST

START_TEST(elf64_enters_by_the_linux_boot_protocol)
{
	struct file initrd = file_make("initrd", 6);
	const struct boot_params *params;
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	toy_elf64(&toy);
	load_toy(&toy, &initrd, BOOT_ELF_LINUX64, &mem, &cpu);
	ck_assert_int_eq(cpu.mode, BOOT_LONG64);
	/* The virtual entry, translated. */
	ck_assert_uint_eq(cpu.rip, TOY_ADDR + 0x10);
	ck_assert_uint_eq(cpu.rsi, LAYOUT_PARAMS);
	params = mem_at(&mem, cpu.rsi, sizeof(*params));
	ck_assert_uint_eq(params->hdr.boot_flag, 0xaa55);
	ck_assert_mem_eq(&params->hdr.header, "HdrS", 4);
	ck_assert_uint_eq(params->hdr.type_of_loader, 0xff);
	ck_assert_uint_eq(params->acpi_rsdp_addr, RSDP);
	ck_assert_uint_eq(params->e820_entries, 5);
	ck_assert_uint_eq(params->hdr.ramdisk_image, 16 * MIB - 0x1000);
	ck_assert_uint_eq(params->hdr.ramdisk_size, 6);
	ck_assert_str_eq(mem_at(&mem, params->hdr.cmd_line_ptr, 12),
			 "hello world");
	file_free(&initrd);
	mem_free(&mem);
}
END_TEST

START_TEST(a_physical_entry_is_taken_as_it_is)
{
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	toy_elf64(&toy);
	toy.ehdr64.e_entry = TOY_ADDR + 0x30;
	load_toy(&toy, NULL, BOOT_ELF_LINUX64, &mem, &cpu);
	ck_assert_uint_eq(cpu.rip, TOY_ADDR + 0x30);
	mem_free(&mem);
}
END_TEST

/* OSv and FreeBSD look for symbols in themselves. */
START_TEST(a_kernel_may_be_dynamically_linked)
{
	static const uint32_t types[] = { PT_INTERP, PT_DYNAMIC };
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	for (unsigned i = 0; i < ARRAY_SIZE(types); i++) {
		toy_pvh64(&toy);
		toy.ehdr64.e_phnum = 3;
		toy.phdr64[2].p_type = types[i];
		load_toy(&toy, NULL, BOOT_ELF_PVH, &mem, &cpu);
		mem_free(&mem);
		toy_elf64(&toy);
		toy_multiboot(&toy, 0);
		toy.ehdr64.e_phnum = 2;
		toy.phdr64[1].p_type = types[i];
		load_toy(&toy, NULL, BOOT_MULTIBOOT, &mem, &cpu);
		mem_free(&mem);
	}
}
END_TEST

START_TEST(files_that_are_no_kernels_are_refused)
{
	struct toy toy;

	log_capture();
	toy_elf64(&toy);
	toy.ehdr64.e_machine = EM_AARCH64;
	refused(&toy, "not built for x86");
	toy_elf64(&toy);
	toy.ehdr64.e_type = ET_REL;
	refused(&toy, "object file or module");
	toy_elf64(&toy);
	toy.ehdr64.e_type = ET_DYN;
	refused(&toy, "position-independent");
	toy_elf64(&toy);
	toy.ehdr64.e_type = ET_CORE;
	refused(&toy, "not an executable");
	toy_elf64(&toy);
	toy.ehdr64.e_phnum = 2;
	toy.phdr64[1].p_type = PT_INTERP;
	refused(&toy, "dynamically linked");
	toy_elf64(&toy);
	toy.phdr64[0].p_type = PT_NULL;
	refused(&toy, "nothing to load");
	toy_elf64(&toy);
	toy.ehdr64.e_entry = 0x1234;
	refused(&toy, "entry point lies outside");
	toy_elf32(&toy);
	refused(&toy, "neither a PVH note nor a multiboot header");
	toy_pvh64(&toy);
	memset(toy.bytes + TOY_NOTE + 36, 0, 8);
	refused(&toy, "PVH entry lies outside");
}
END_TEST

START_TEST(segments_must_lie_where_a_kernel_may)
{
	static const uint64_t bad[] = {
		0,
		LAYOUT_FREE - 1,
		/* Reaches into what firmware puts there. */
		LAYOUT_FREE_END - TOY_MEM_LEN + 1,
		LAYOUT_GDT,
		LAYOUT_CMDLINE,
		LAYOUT_LOW_END,
		LAYOUT_ACPI,
		LAYOUT_KERNEL - 1,
		MEM_HOLE_START - TOY_MEM_LEN + 1,
		MEM_HOLE_START,
		4 * GIB,
		UINT64_MAX - TOY_MEM_LEN + 1,
		UINT64_MAX,
	};
	static const uint64_t good[] = {
		LAYOUT_FREE, LAYOUT_FREE_END - TOY_MEM_LEN, LAYOUT_KERNEL,
		LAYOUT_HIGH, 16 * MIB - TOY_MEM_LEN,
	};
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	log_capture();
	toy_elf64(&toy);
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		toy.phdr64[0].p_paddr = bad[i];
		refused(&toy, "where no kernel can");
	}
	for (unsigned i = 0; i < ARRAY_SIZE(good); i++) {
		struct file f;
		struct boot boot;

		toy.phdr64[0].p_paddr = good[i];
		f = file_make(&toy, sizeof(toy));
		ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
		ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
		ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), 0);
		ck_assert_uint_eq(cpu.rip, good[i] + 0x10);
		boot_close(&boot);
		mem_free(&mem);
	}
}
END_TEST

/* Notes in every of them are that much to read, keep and look through. */
START_TEST(program_headers_are_few)
{
	enum { MANY = 4096, FEW = 128 };
	static uint8_t bytes[TOY_SIZE + MANY * sizeof(Elf64_Phdr) + 128 * KIB];
	struct toy *toy = (struct toy *)bytes;
	Elf64_Phdr *phdr = (Elf64_Phdr *)(bytes + TOY_SIZE);
	struct boot boot;
	struct file f;

	log_capture();
	toy_elf64(toy);
	phdr[0] = toy->phdr64[0];
	for (unsigned i = 1; i < MANY; i++)
		phdr[i] = (Elf64_Phdr){ .p_type = PT_NOTE,
					.p_offset = TOY_SIZE + 4 * i,
					.p_filesz = 64 * KIB,
					.p_align = 4 };
	toy->ehdr64.e_phoff = TOY_SIZE;
	toy->ehdr64.e_phnum = FEW + 1;
	f = file_make(bytes, sizeof(bytes));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), -ENOEXEC);
	log_expect("too many program headers");
	file_free(&f);
	toy->ehdr64.e_phnum = MANY;
	f = file_make(bytes, sizeof(bytes));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), -ENOEXEC);
	log_expect("too many program headers");
	file_free(&f);
	toy->ehdr64.e_phnum = FEW;
	f = file_make(bytes, sizeof(bytes));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	boot_close(&boot);
	file_free(&f);
}
END_TEST

START_TEST(segments_must_be_in_the_file_and_apart)
{
	struct toy toy;

	log_capture();
	toy_elf64(&toy);
	toy.phdr64[0].p_offset = TOY_CODE + 1;
	refused(&toy, "truncated or damaged");
	toy.phdr64[0].p_offset = UINT64_MAX;
	refused(&toy, "truncated or damaged");
	toy_elf64(&toy);
	toy.phdr64[0].p_filesz = UINT64_MAX;
	refused(&toy, "truncated or damaged");
	toy_elf64(&toy);
	toy.phdr64[0].p_memsz = TOY_CODE_LEN - 1;
	refused(&toy, "truncated or damaged");
	toy_elf64(&toy);
	toy.ehdr64.e_phnum = 2;
	toy.phdr64[1] = toy.phdr64[0];
	toy.phdr64[1].p_paddr += TOY_MEM_LEN - 1;
	refused(&toy, "overlap");
	toy_elf64(&toy);
	toy.ehdr64.e_phoff = TOY_SIZE;
	refused(&toy, "truncated or damaged");
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
	toy_pvh64(&toy);
	toy.phdr64[0].p_memsz = 16 * MIB;
	f = file_make(&toy, sizeof(toy));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), -ENOSPC);
	log_expect("needs at least --mem 20M");
	boot_close(&boot);
	mem_free(&mem);
}
END_TEST

/* Below 1 MiB is what firmware hands over, and no RAM between 640 KiB and
 * there. */
START_TEST(a_kernel_in_low_memory_has_its_initrd_above_1_mib)
{
	const uint64_t sizes[] = { 15 * MIB, 15 * MIB + 1 };
	uint8_t *bytes = calloc(1, sizes[1]);
	const uint32_t entry = LAYOUT_FREE + 0x20;
	struct toy toy;

	log_capture();
	for (unsigned i = 0; i < 4; i++) {
		struct file initrd = file_make(bytes, sizes[i / 2]), f;
		struct boot_cpu cpu;
		struct boot boot;
		struct mem mem;

		if (i % 2)
			toy_pvh64(&toy);
		else
			toy_elf64(&toy);
		toy.phdr64[0].p_paddr = LAYOUT_FREE;
		memcpy(toy.bytes + TOY_NOTE + 36, &entry, sizeof(entry));
		f = file_make(&toy, sizeof(toy));
		ck_assert_int_eq(boot_open(&boot, f.path, initrd.path, NULL),
				 0);
		ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
		ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu),
				 i / 2 ? -ENOSPC : 0);
		if (i / 2)
			log_expect("needs at least --mem 17M");
		boot_close(&boot);
		mem_free(&mem);
		file_free(&f);
		file_free(&initrd);
	}
	free(bytes);
}
END_TEST

START_TEST(what_is_zero_is_left_untouched)
{
	unsigned char resident[2];
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;
	uint8_t *bss;

	toy_elf64(&toy);
	toy.phdr64[0].p_memsz = 8 * MIB;
	load_toy(&toy, NULL, BOOT_ELF_LINUX64, &mem, &cpu);
	/* In another huge page than the code. */
	bss = mem_at(&mem, TOY_ADDR + 4 * MIB, 2 * 4096);
	ck_assert_int_eq(mincore(bss, sizeof(resident) * 4096, resident), 0);
	ck_assert_int_eq(resident[0] | resident[1], 0);
	mem_free(&mem);
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

	toy_pvh64(&toy);
	f = file_make(&toy, sizeof(toy));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	boot_describe(&boot, out);
	fclose(out);
	ck_assert_str_eq(text, "  format: ELF with a PVH note\n"
			       "  file: ELF64, 1 segments\n"
			       "  entries: PVH (32-bit) at 0x400020\n"
			       "  load address: 0x400000 to 0x403000\n"
			       "  needs: 5 MiB\n");
	free(text);
	boot_close(&boot);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		pvh_note_gives_the_entry,
		pvh_note_precedes_a_multiboot_header,
		other_notes_are_no_pvh_notes,
		elf64_enters_by_the_linux_boot_protocol,
		a_physical_entry_is_taken_as_it_is,
		a_kernel_may_be_dynamically_linked,
		files_that_are_no_kernels_are_refused,
		segments_must_lie_where_a_kernel_may,
		program_headers_are_few,
		segments_must_be_in_the_file_and_apart,
		too_little_memory_is_said_with_how_much_it_takes,
		a_kernel_in_low_memory_has_its_initrd_above_1_mib,
		what_is_zero_is_left_untouched,
		it_is_described,
		NULL,
	};

	return unit_run(unit_suite("boot_elf", tests));
}
