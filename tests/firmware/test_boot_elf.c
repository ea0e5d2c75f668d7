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

START_TEST(pvh_modules_come_in_order)
{
	struct file initrd = file_make("initrd", 6), f;
	struct file one = file_make("one", 3), two = file_make("two", 3);
	char spec[2][64], *specs[] = { spec[0], spec[1] };
	const uint8_t *info, *module;
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	struct mem mem;

	snprintf(spec[0], sizeof(spec[0]), "%s,a,b=\"c d\"", one.path);
	snprintf(spec[1], sizeof(spec[1]), "%s", two.path);
	toy_pvh64(&toy);
	f = file_make(&toy, sizeof(toy));
	ck_assert_int_eq(boot_open(&boot, f.path, initrd.path, NULL), 0);
	ck_assert_int_eq(boot_add_modules(&boot, specs, 2), 0);
	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, RSDP, &cpu), 0);
	info = mem_at(&mem, cpu.ebx, 56);
	ck_assert_uint_eq(get_le32(info + INFO_N_MODULES), 3);
	module = mem_at(&mem, get_le64(info + INFO_MODULES), 3 * 32);
	ck_assert_uint_eq(get_le64(module), 16 * MIB - 0x3000);
	ck_assert_uint_eq(get_le64(module + 16), 0);
	ck_assert_uint_eq(get_le64(module + 32), 16 * MIB - 0x2000);
	ck_assert_uint_eq(get_le64(module + 32 + 8), 3);
	ck_assert_mem_eq(mem_at(&mem, 16 * MIB - 0x2000, 3), "one", 3);
	ck_assert_str_eq(mem_at(&mem, get_le64(module + 32 + 16), 10),
			 "a,b=\"c d\"");
	ck_assert_mem_eq(mem_at(&mem, get_le64(module + 64), 3), "two", 3);
	ck_assert_uint_eq(get_le64(module + 64 + 16), 0);
	boot_close(&boot);
	mem_free(&mem);
}
END_TEST

START_TEST(linux_by_pvh_has_no_modules)
{
	char *specs[] = { (char[]){ "/bin/sh" } };
	struct boot boot;
	struct toy toy;
	struct file f;

	log_capture();
	toy_pvh64(&toy);
	strcpy((char *)toy.bytes + TOY_SIZE - 32, "Linux version 6.1");
	f = file_make(&toy, sizeof(toy));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	ck_assert_int_eq(boot_add_modules(&boot, specs, 1), -EINVAL);
	log_expect("Linux takes no modules");
	boot_close(&boot);
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
	/* With its NUL, as Firecracker has it. */
	ck_assert_uint_eq(params->hdr.cmdline_size, 12);
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

/* They are loaded where their program headers say. */
START_TEST(a_kernel_may_be_position_independent)
{
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	toy_pvh64(&toy);
	toy.ehdr64.e_type = ET_DYN;
	load_toy(&toy, NULL, BOOT_ELF_PVH, &mem, &cpu);
	mem_free(&mem);
	/* The note says that it is none of the user's programs. */
	toy.ehdr64.e_phnum = 3;
	toy.phdr64[2].p_type = PT_INTERP;
	load_toy(&toy, NULL, BOOT_ELF_PVH, &mem, &cpu);
	mem_free(&mem);
	toy_elf64(&toy);
	toy.ehdr64.e_type = ET_DYN;
	toy.ehdr64.e_phnum = 2;
	toy.phdr64[1].p_type = PT_DYNAMIC;
	load_toy(&toy, NULL, BOOT_ELF_LINUX64, &mem, &cpu);
	ck_assert_uint_eq(cpu.rip, TOY_ADDR + 0x10);
	mem_free(&mem);
	toy_elf32(&toy);
	toy.ehdr32.e_type = ET_DYN;
	toy_multiboot(&toy, 0);
	load_toy(&toy, NULL, BOOT_MULTIBOOT, &mem, &cpu);
	mem_free(&mem);
}
END_TEST

/* Notes are padded to 4 bytes, the foreign one's 5 bytes to 8, whatever the
 * segment's alignment says; or to 8. */
START_TEST(notes_are_found_however_they_are_padded)
{
	static const uint32_t by4[] = {
		/* namesz, descsz, type, name, desc */
		4, 4, 6, 0x006e6558, 1, 4, 4, 18, 0x006e6558, TOY_ADDR + 0x20,
	};
	static const uint32_t by8[] = {
		4, 4,  6,	   0x006e6558,	    1, 0, 4,
		4, 18, 0x006e6558, TOY_ADDR + 0x20, 0,
	};
	static const uint64_t aligns[] = { 0, 1, 4, 8, 16 };
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	for (unsigned i = 0; i < 2 * ARRAY_SIZE(aligns); i++) {
		toy_pvh64(&toy);
		toy.phdr64[1].p_align = aligns[i / 2];
		memset(toy.bytes + TOY_NOTE, 0, 0x80);
		if (i % 2)
			memcpy(toy.bytes + TOY_NOTE, by8, sizeof(by8));
		else
			memcpy(toy.bytes + TOY_NOTE, by4, sizeof(by4));
		toy.phdr64[1].p_filesz = i % 2 ? sizeof(by8) : sizeof(by4);
		load_toy(&toy, NULL, BOOT_ELF_PVH, &mem, &cpu);
		ck_assert_uint_eq(cpu.rip, TOY_ADDR + 0x20);
		mem_free(&mem);
	}
}
END_TEST

/* Sizes that wrap when they are rounded up or added: linux-loader and QEMU have
 * run beyond the segment with such notes. */
START_TEST(notes_that_fooled_other_loaders_do_no_harm)
{
	static const uint32_t bad[] = { 0x7fffffff, 0xfffffff8, 0xfffffffd,
					UINT32_MAX };
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	for (unsigned i = 0; i < 4 * ARRAY_SIZE(bad); i++) {
		toy_pvh64(&toy);
		toy.phdr64[1].p_align = i % 2 ? 8 : 4;
		/* The name's or the description's size of the first note. */
		memcpy(toy.bytes + TOY_NOTE + (i / 2 % 2) * 4, &bad[i / 4], 4);
		load_toy(&toy, NULL, BOOT_ELF_LINUX64, &mem, &cpu);
		mem_free(&mem);
	}
	/* A note that is cut by the end of its segment. */
	for (unsigned len = 0; len < 44; len++) {
		toy_pvh64(&toy);
		toy.phdr64[1].p_filesz = len;
		load_toy(&toy, NULL, BOOT_ELF_LINUX64, &mem, &cpu);
		mem_free(&mem);
	}
}
END_TEST

/* What crashed the loaders of kvmtool, Firecracker and QEMU: tables that are
 * not there, or not of the size that is said. */
START_TEST(headers_that_fooled_other_loaders_do_no_harm)
{
	struct toy toy;

	log_capture();
	toy_elf64(&toy);
	toy.ehdr64.e_phnum = PN_XNUM;
	refused(&toy, "too many program headers");
	toy_elf64(&toy);
	toy.ehdr64.e_phoff = UINT64_MAX - 8;
	refused(&toy, "truncated or damaged");
	toy_elf64(&toy);
	toy.ehdr64.e_phnum = 0;
	refused(&toy, "nothing to load");
	toy_elf64(&toy);
	toy.ehdr64.e_ident[EI_CLASS] = 3;
	refused(&toy, "truncated or damaged");
	toy_elf64(&toy);
	toy.phdr64[0].p_paddr = UINT64_MAX - 0xfff;
	toy.phdr64[0].p_memsz = 0x1000;
	refused(&toy, "where no kernel can");
	toy_elf64(&toy);
	toy.phdr64[0].p_memsz = UINT64_MAX;
	refused(&toy, "where no kernel can");
	toy_pvh64(&toy);
	toy.phdr64[1].p_offset = UINT64_MAX;
	refused(&toy, "truncated or damaged");
	toy_pvh64(&toy);
	toy.phdr64[1].p_filesz = UINT64_MAX;
	refused(&toy, "truncated or damaged");
}
END_TEST

/* Opened with a command line of @len bytes, @toy says @why, if that isn't
 * NULL. */
static void open_long(const struct toy *toy, size_t len, int rc,
		      const char *why)
{
	struct file f = file_make(toy, sizeof(*toy));
	char *line = calloc(1, len + 1);
	struct boot boot;

	ck_assert_ptr_nonnull(line);
	memset(line, 'x', len);
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, line), rc);
	if (why) {
		log_expect(why);
	} else {
		char buf[8];

		ck_assert_str_eq(log_text(buf, sizeof(buf)), "");
	}
	boot_close(&boot);
	file_free(&f);
	free(line);
}

/* Linux copies 2,048 bytes, and runs into what follows if there is no NUL
 * among them; others have limits of their own. */
START_TEST(a_long_command_line_is_not_sent_into_silence)
{
	void (*const make[])(struct toy * toy) = { toy_elf64, toy_pvh64,
						   toy_pvh32 };
	struct toy toy;

	log_capture();
	for (unsigned i = 0; i < ARRAY_SIZE(make); i++) {
		make[i](&toy);
		open_long(&toy, 2047, 0, NULL);
		open_long(&toy, 2048, 0, "command line: 2048 bytes: ");
		open_long(&toy, 65535, 0, "Linux takes 2047");
		open_long(&toy, 65536, -E2BIG, "takes 65535");
		strcpy((char *)toy.bytes + TOY_SIZE - 32, "Linux version 6.1");
		open_long(&toy, 2047, 0, NULL);
		open_long(&toy, 2048, -E2BIG, "the kernel takes 2047");
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
	toy.ehdr64.e_phnum = 2;
	toy.phdr64[1].p_type = PT_INTERP;
	refused(&toy, "dynamically linked: a program");
	/* As compilers make them, from 0 on. */
	toy.phdr64[0].p_paddr = 0;
	refused(&toy, "dynamically linked: a program");
	toy_elf64(&toy);
	toy.ehdr64.e_type = ET_DYN;
	toy.phdr64[0].p_paddr = 0;
	refused(&toy, "where no kernel can");
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
		LAYOUT_INFO,
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
			       "  needs: 5 MiB\n"
			       "  modules: up to 64, the initrd first\n");
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
		a_kernel_may_be_position_independent,
		notes_are_found_however_they_are_padded,
		notes_that_fooled_other_loaders_do_no_harm,
		headers_that_fooled_other_loaders_do_no_harm,
		a_long_command_line_is_not_sent_into_silence,
		pvh_modules_come_in_order,
		linux_by_pvh_has_no_modules,
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
