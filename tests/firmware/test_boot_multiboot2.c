/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "firmware/acpi.h"
#include "firmware/boot.h"
#include "firmware/layout.h"
#include "tests/files.h"
#include "tests/kernels.h"
#include "tests/unit.h"

static const uint32_t addresses[] = TOY_MB2_ADDRESSES;

static void load_toy_in(const struct toy *toy, const struct file *initrd,
			uint64_t size, struct mem *mem, struct boot_cpu *cpu)
{
	struct file f = file_make(toy, sizeof(*toy));
	struct boot boot;
	uint64_t rsdp;

	ck_assert_int_eq(boot_open(&boot, f.path, initrd ? initrd->path : NULL,
				   "hello world"),
			 0);
	ck_assert_int_eq(boot.format, BOOT_MULTIBOOT2);
	ck_assert_int_eq(mem_init(mem, size), 0);
	ck_assert_int_eq(acpi_build(mem, 1, &rsdp), 0);
	ck_assert_int_eq(boot_load(&boot, mem, rsdp, cpu), 0);
	boot_close(&boot);
	file_free(&f);
}

static void load_toy(const struct toy *toy, const struct file *initrd,
		     struct mem *mem, struct boot_cpu *cpu)
{
	load_toy_in(toy, initrd, 16 * MIB, mem, cpu);
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

/* @toy opens, but is refused in @size bytes of memory. */
static void refused_in(const struct toy *toy, uint64_t size, int err,
		       const char *why)
{
	struct file f = file_make(toy, sizeof(*toy));
	struct boot_cpu cpu;
	struct boot boot;
	struct mem mem;

	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	ck_assert_int_eq(mem_init(&mem, size), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, 0, &cpu), -err);
	log_expect(why);
	boot_close(&boot);
	mem_free(&mem);
	file_free(&f);
}

/* The tag of @type, the @n-th of them, in the information; NULL: there is
 * none.  All of it is well-formed. */
static const uint8_t *tag_of(const struct mem *mem, const struct boot_cpu *cpu,
			     uint32_t type, unsigned n)
{
	const uint8_t *info = mem_at(mem, cpu->ebx, 8), *found = NULL;
	uint32_t total = get_le32(info), at = 8, size;

	ck_assert_uint_eq(cpu->ebx % 8, 0);
	ck_assert_uint_eq(get_le32(info + 4), 0);
	ck_assert_ptr_nonnull(mem_at(mem, cpu->ebx, total));
	for (; get_le32(info + at); at += (size + 7) & ~7U) {
		size = get_le32(info + at + 4);
		ck_assert_uint_ge(size, 8);
		ck_assert_uint_lt(at + size, total);
		if (get_le32(info + at) == type && n-- == 0)
			found = info + at;
	}
	/* The end tag ends it. */
	ck_assert_uint_eq(get_le32(info + at + 4), 8);
	ck_assert_uint_eq(at + 8, total);
	return found;
}

static void check_entry(const struct mem *mem, const struct boot_cpu *cpu,
			uint64_t rip)
{
	const uint64_t *gdt = mem_at(mem, cpu->gdt, cpu->gdt_limit + 1);

	ck_assert_int_eq(cpu->mode, BOOT_PROT32);
	ck_assert_uint_eq(cpu->eax, 0x36d76289);
	ck_assert_uint_eq(cpu->cs, 0x08);
	ck_assert_uint_eq(cpu->ds, 0x10);
	ck_assert_uint_eq(gdt[1], 0x00cf9b000000ffff);
	ck_assert_uint_eq(cpu->rip, rip);
}

START_TEST(elf_images_load_by_their_segments)
{
	void (*const make[])(struct toy * toy) = { toy_elf32, toy_elf64 };
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	for (unsigned i = 0; i < ARRAY_SIZE(make); i++) {
		make[i](&toy);
		toy_multiboot2(&toy, NULL, 0);
		load_toy(&toy, NULL, &mem, &cpu);
		check_entry(&mem, &cpu, TOY_ADDR + 0x10);
		ck_assert_mem_eq(mem_at(&mem, TOY_ADDR, TOY_CODE_LEN),
				 toy.bytes + TOY_CODE, TOY_CODE_LEN);
		ck_assert_ptr_null(tag_of(&mem, &cpu, 3, 0));
		/* There are no section headers in it, and no wish to move. */
		ck_assert_ptr_null(tag_of(&mem, &cpu, 9, 0));
		ck_assert_ptr_null(tag_of(&mem, &cpu, 21, 0));
		mem_free(&mem);
	}
}
END_TEST

START_TEST(an_entry_tag_precedes_the_elf_entry)
{
	const uint32_t tags[] = { 3, 12, TOY_ADDR + 0x50, 0 };
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	toy_elf64(&toy);
	toy.ehdr64.e_entry = 1;
	toy_multiboot2(&toy, tags, sizeof(tags));
	load_toy(&toy, NULL, &mem, &cpu);
	check_entry(&mem, &cpu, TOY_ADDR + 0x50);
	mem_free(&mem);
}
END_TEST

START_TEST(address_tags_load_anything)
{
	/* From the start of the file, to its end. */
	const uint32_t whole[] = { 2,	       24, TOY_ADDR + TOY_MULTIBOOT,
				   UINT32_MAX, 0,  0,
				   3,	       12, TOY_ADDR + TOY_CODE,
				   0 };
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	toy_code(&toy);
	toy_multiboot2(&toy, addresses, sizeof(addresses));
	load_toy(&toy, NULL, &mem, &cpu);
	check_entry(&mem, &cpu, TOY_ADDR + 0x40);
	ck_assert_mem_eq(mem_at(&mem, TOY_ADDR, TOY_CODE_LEN),
			 toy.bytes + TOY_CODE, TOY_CODE_LEN);
	mem_free(&mem);
	/* They precede what an ELF header says. */
	toy_elf32(&toy);
	toy.ehdr32.e_type = ET_CORE;
	toy_multiboot2(&toy, whole, sizeof(whole));
	load_toy(&toy, NULL, &mem, &cpu);
	ck_assert_mem_eq(mem_at(&mem, TOY_ADDR, TOY_SIZE), toy.bytes, TOY_SIZE);
	mem_free(&mem);
}
END_TEST

START_TEST(information_is_complete)
{
	struct file initrd = file_make("initrd", 6);
	const uint8_t *tag, *rsdp;
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	toy_elf64(&toy);
	toy_multiboot2(&toy, NULL, 0);
	load_toy(&toy, &initrd, &mem, &cpu);
	/* GRUB 2 leaves out the kernel's name. */
	tag = tag_of(&mem, &cpu, 1, 0);
	ck_assert_str_eq((const char *)tag + 8, "hello world");
	ck_assert_uint_eq(get_le32(tag + 4), 8 + 12);
	tag = tag_of(&mem, &cpu, 2, 0);
	ck_assert_str_eq((const char *)tag + 8, "minivmm");
	/* The first page after the kernel's memory. */
	tag = tag_of(&mem, &cpu, 3, 0);
	ck_assert_uint_eq(get_le32(tag + 8), TOY_ADDR + TOY_MEM_LEN);
	ck_assert_uint_eq(get_le32(tag + 12), TOY_ADDR + TOY_MEM_LEN + 6);
	ck_assert_mem_eq(mem_at(&mem, get_le32(tag + 8), 6), "initrd", 6);
	ck_assert_str_eq((const char *)tag + 16, strrchr(initrd.path, '/') + 1);
	ck_assert_ptr_null(tag_of(&mem, &cpu, 3, 1));
	tag = tag_of(&mem, &cpu, 4, 0);
	ck_assert_uint_eq(get_le32(tag + 8), 639);
	ck_assert_uint_eq(get_le32(tag + 12), 15 * 1024);
	tag = tag_of(&mem, &cpu, 6, 0);
	ck_assert_uint_eq(get_le32(tag + 4), 16 + 5 * 24);
	ck_assert_uint_eq(get_le32(tag + 8), 24);
	ck_assert_uint_eq(get_le32(tag + 12), 0);
	ck_assert_uint_eq(get_le64(tag + 16 + 3 * 24), 1 * MIB);
	ck_assert_uint_eq(get_le64(tag + 16 + 3 * 24 + 8), 15 * MIB);
	ck_assert_uint_eq(get_le32(tag + 16 + 3 * 24 + 16), 1);
	/* Copies of the root pointer, of 20 and of 36 bytes. */
	tag = tag_of(&mem, &cpu, 14, 0);
	ck_assert_uint_eq(get_le32(tag + 4), 8 + 20);
	ck_assert_mem_eq(tag + 8, "RSD PTR ", 8);
	rsdp = tag + 8;
	tag = tag_of(&mem, &cpu, 15, 0);
	ck_assert_uint_eq(get_le32(tag + 4), 8 + 36);
	ck_assert_mem_eq(tag + 8, rsdp, 20);
	ck_assert_uint_eq(get_le32(tag + 8 + 20), 36);
	file_free(&initrd);
	mem_free(&mem);
}
END_TEST

START_TEST(modules_have_lines_of_their_own)
{
	struct file f, one = file_make("one", 3), two = file_make("two", 3);
	char spec[2][64], *specs[] = { spec[0], spec[1] };
	const uint8_t *tag;
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	struct mem mem;

	snprintf(spec[0], sizeof(spec[0]), "%s,initrd a=b,c", one.path);
	snprintf(spec[1], sizeof(spec[1]), "%s,", two.path);
	toy_elf64(&toy);
	toy_multiboot2(&toy, NULL, 0);
	f = file_make(&toy, sizeof(toy));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	ck_assert_int_eq(boot_add_modules(&boot, specs, 2), 0);
	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, 0, &cpu), 0);
	tag = tag_of(&mem, &cpu, 3, 0);
	ck_assert_str_eq((const char *)tag + 16, "initrd a=b,c");
	ck_assert_mem_eq(mem_at(&mem, get_le32(tag + 8), 3), "one", 3);
	tag = tag_of(&mem, &cpu, 3, 1);
	ck_assert_str_eq((const char *)tag + 16, "");
	ck_assert_mem_eq(mem_at(&mem, get_le32(tag + 8), 3), "two", 3);
	/* Without tables there is no root pointer. */
	ck_assert_ptr_null(tag_of(&mem, &cpu, 14, 0));
	boot_close(&boot);
	mem_free(&mem);
}
END_TEST

/* The header @i in the information, which need not be aligned. */
static Elf64_Shdr section(const struct mem *mem, const struct boot_cpu *cpu,
			  unsigned i)
{
	const uint8_t *tag = tag_of(mem, cpu, 9, 0);
	Elf64_Shdr s;

	ck_assert_ptr_nonnull(tag);
	memcpy(&s, tag + 20 + i * sizeof(s), sizeof(s));
	return s;
}

START_TEST(sections_are_told_and_symbols_loaded)
{
	struct file initrd = file_make("initrd", 6);
	const uint8_t *tag;
	Elf64_Shdr code, symbols, strings;
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	toy_elf64(&toy);
	toy_sections(&toy);
	toy_multiboot2(&toy, NULL, 0);
	load_toy(&toy, &initrd, &mem, &cpu);
	tag = tag_of(&mem, &cpu, 9, 0);
	ck_assert_ptr_nonnull(tag);
	ck_assert_uint_eq(get_le32(tag + 4), 20 + 4 * sizeof(code));
	ck_assert_uint_eq(get_le32(tag + 8), 4);
	ck_assert_uint_eq(get_le32(tag + 12), sizeof(code));
	ck_assert_uint_eq(get_le32(tag + 16), 3);
	code = section(&mem, &cpu, 1);
	symbols = section(&mem, &cpu, 2);
	strings = section(&mem, &cpu, 3);
	ck_assert_uint_eq(code.sh_addr, TOY_VADDR);
	ck_assert_uint_eq(symbols.sh_addr, TOY_ADDR + TOY_MEM_LEN);
	ck_assert_mem_eq(mem_at(&mem, symbols.sh_addr, 7), "symbols", 7);
	ck_assert_uint_eq(strings.sh_addr, TOY_ADDR + TOY_MEM_LEN + 0x1000);
	ck_assert_mem_eq(mem_at(&mem, strings.sh_addr, 7), "strings", 7);
	/* The module is above them. */
	tag = tag_of(&mem, &cpu, 3, 0);
	ck_assert_uint_eq(get_le32(tag + 8), TOY_ADDR + TOY_MEM_LEN + 0x2000);
	mem_free(&mem);
	file_free(&initrd);
}
END_TEST

/* Damaged ones are no reason not to boot. */
START_TEST(bad_sections_are_left_out)
{
	Elf64_Shdr *s;
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	for (unsigned i = 0; i < 4; i++) {
		toy_elf64(&toy);
		toy_sections(&toy);
		if (i == 0)
			toy.ehdr64.e_shoff = UINT64_MAX;
		else if (i == 1)
			toy.ehdr64.e_shoff = TOY_SIZE - sizeof(*s);
		else if (i == 2)
			toy.ehdr64.e_shentsize = 1;
		else
			toy.ehdr64.e_shnum = 0;
		toy_multiboot2(&toy, NULL, 0);
		load_toy(&toy, NULL, &mem, &cpu);
		ck_assert_ptr_null(tag_of(&mem, &cpu, 9, 0));
		mem_free(&mem);
	}
	toy_elf64(&toy);
	toy_sections(&toy);
	s = (Elf64_Shdr *)(toy.bytes + 0x400);
	s[2].sh_size = UINT64_MAX;
	s[3].sh_offset = UINT64_MAX;
	toy_multiboot2(&toy, NULL, 0);
	load_toy(&toy, NULL, &mem, &cpu);
	ck_assert_uint_eq(section(&mem, &cpu, 2).sh_addr, 0);
	ck_assert_uint_eq(section(&mem, &cpu, 3).sh_addr, 0);
	mem_free(&mem);
}
END_TEST

/* A kernel below 640 KiB has its symbols above 1 MiB. */
START_TEST(symbols_of_a_low_kernel_are_not_over_our_data)
{
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	toy_elf64(&toy);
	toy_sections(&toy);
	toy.phdr64[0].p_paddr = LAYOUT_FREE_END - TOY_MEM_LEN;
	toy_multiboot2(&toy, NULL, 0);
	load_toy(&toy, NULL, &mem, &cpu);
	ck_assert_uint_eq(section(&mem, &cpu, 2).sh_addr, LAYOUT_HIGH);
	mem_free(&mem);
}
END_TEST

/* Load with a relocatable tag, of an ELF or a flat image, to @expected. */
static void check_moved(bool flat, uint32_t min, uint32_t max, uint32_t align,
			uint32_t preference, uint64_t expected)
{
	const uint32_t tag[] = { 10, 24, min, max, align, preference };
	uint32_t tags[16] = { 0 };
	struct file initrd = file_make("initrd", 6);
	uint32_t module;
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	memcpy(tags, tag, sizeof(tag));
	if (flat) {
		memcpy(tags + 6, addresses, sizeof(addresses));
		toy_code(&toy);
	} else {
		toy_elf64(&toy);
	}
	toy_multiboot2(&toy, tags,
		       flat ? sizeof(tag) + sizeof(addresses) : sizeof(tag));
	load_toy(&toy, &initrd, &mem, &cpu);
	check_entry(&mem, &cpu, expected + (flat ? 0x40 : 0x10));
	ck_assert_mem_eq(mem_at(&mem, expected, TOY_CODE_LEN),
			 toy.bytes + TOY_CODE, TOY_CODE_LEN);
	ck_assert_uint_eq(get_le32(tag_of(&mem, &cpu, 21, 0) + 8), expected);
	module = get_le32(tag_of(&mem, &cpu, 3, 0) + 8);
	ck_assert(module >= expected + TOY_MEM_LEN || module + 6 <= expected);
	ck_assert_mem_eq(mem_at(&mem, module, 6), "initrd", 6);
	mem_free(&mem);
	file_free(&initrd);
}

START_TEST(a_relocatable_image_is_moved)
{
	for (int flat = 0; flat < 2; flat++) {
		/* No preference: where it was linked, if that will do. */
		check_moved(flat, MIB, UINT32_MAX, 0x1000, 0, TOY_ADDR);
		check_moved(flat, 5 * MIB, UINT32_MAX, 0x1000, 0, 5 * MIB);
		check_moved(flat, MIB, 3 * MIB, 0x1000, 0, MIB);
		check_moved(flat, 0, UINT32_MAX, 8 * MIB, 0, 8 * MIB);
		/* The lowest and the highest place. */
		check_moved(flat, 0, UINT32_MAX, 0x1000, 1, MIB);
		check_moved(flat, 0x123456, UINT32_MAX, 0, 1, 0x123456);
		check_moved(flat, 0, UINT32_MAX, 0x1000, 2,
			    16 * MIB - TOY_MEM_LEN);
		check_moved(flat, 0, 8 * MIB - 1, MIB, 2, 7 * MIB);
		check_moved(flat, 0, UINT32_MAX, 2 * MIB, 2, 14 * MIB);
	}
}
END_TEST

START_TEST(a_relocatable_image_may_be_linked_where_no_kernel_can_be)
{
	const uint32_t tags[] = { 10, 24, 0, UINT32_MAX, 0x1000, 0 };
	static const uint64_t bad[] = { 0, LAYOUT_ACPI, MEM_HOLE_START,
					64 * MIB, 4 * GIB };
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		toy_elf64(&toy);
		toy.phdr64[0].p_paddr = bad[i];
		toy_multiboot2(&toy, tags, sizeof(tags));
		load_toy(&toy, NULL, &mem, &cpu);
		check_entry(&mem, &cpu, MIB + 0x10);
		mem_free(&mem);
	}
}
END_TEST

START_TEST(a_relocatable_image_without_room_is_refused)
{
	uint32_t tags[] = { 10, 24, 8 * MIB, 8 * MIB, 0x1000, 0 };
	struct toy toy;

	log_capture();
	toy_elf64(&toy);
	toy_multiboot2(&toy, tags, sizeof(tags));
	refused_in(&toy, 16 * MIB, ENOSPC, "give more --mem");
	tags[2] = 32 * MIB;
	tags[3] = UINT32_MAX;
	toy_multiboot2(&toy, tags, sizeof(tags));
	refused_in(&toy, 16 * MIB, ENOSPC, "from 0x2000000");
	tags[2] = UINT32_MAX;
	tags[3] = 0;
	tags[4] = 0x80000000;
	toy_multiboot2(&toy, tags, sizeof(tags));
	refused_in(&toy, 16 * MIB, ENOSPC, "from 0xffffffff");
	tags[4] = 3;
	toy_multiboot2(&toy, tags, sizeof(tags));
	refused(&toy, "no power of two");
}
END_TEST

/* What a loader must know, may ignore, and may not. */
START_TEST(tags_are_required_or_optional)
{
	static const struct {
		uint32_t tags[8];
		const char *why;
	} cases[] = {
		/* All information that a PC may have, and for optional: any. */
		{ { 1, 24, 5, 8, 11, 21, 0, 0 }, NULL },
		{ { 1, 12, 22, 0 }, "information unknown" },
		{ { 1 | 1 << 16, 12, 22, 0 }, NULL },
		{ { 1, 12, UINT32_MAX, 0 }, "information unknown" },
		/* A screen, aligned modules, boot services. */
		{ { 4, 12, 3, 0, 6, 8 }, NULL },
		{ { 5, 20, 80, 25, 0, 0 }, NULL },
		{ { 7, 8 }, NULL },
		{ { 11, 8 }, "header tag 11" },
		{ { 11 | 1 << 16, 8 }, NULL },
		{ { 65535, 8 }, "header tag 65535" },
		/* EFI entries beside another: there is none to be used. */
		{ { 8, 12, TOY_ADDR, 0, 9, 12, TOY_ADDR, 0 }, NULL },
	};
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;

	log_capture();
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		toy_elf64(&toy);
		toy_multiboot2(&toy, cases[i].tags, sizeof(cases[i].tags));
		if (cases[i].why) {
			refused(&toy, cases[i].why);
		} else {
			load_toy(&toy, NULL, &mem, &cpu);
			check_entry(&mem, &cpu, TOY_ADDR + 0x10);
			mem_free(&mem);
		}
	}
}
END_TEST

START_TEST(efi_entries_alone_are_refused_by_name)
{
	uint32_t tags[] = { 9, 24, TOY_ADDR + 8, TOY_ADDR, 0, 0, 0,
			    0, 9,  12,		 TOY_ADDR, 0 };
	struct toy toy;

	log_capture();
	/* A flat image. */
	tags[0] = 2;
	tags[6] = 8;
	tags[7] = 8;
	toy_code(&toy);
	toy_multiboot2(&toy, tags, sizeof(tags));
	refused(&toy, "by x86-64 EFI only");
	tags[8] = 8;
	toy_multiboot2(&toy, tags, sizeof(tags));
	refused(&toy, "by i386 EFI only");
	/* An ELF file whose only entry is that one. */
	toy_elf64(&toy);
	toy_multiboot2(&toy, (uint32_t[]){ 9, 12, TOY_ADDR + 0x10, 0 }, 16);
	refused(&toy, "by x86-64 EFI only");
}
END_TEST

/* Headers that people have in their kernels, and that GRUB takes. */
START_TEST(careless_headers_boot)
{
	struct multiboot2_header *header;
	struct boot_cpu cpu;
	struct toy toy;
	struct mem mem;
	uint32_t *end;

	for (unsigned i = 0; i < 4; i++) {
		toy_elf64(&toy);
		header = toy_multiboot2(&toy, (uint32_t[]){ 6, 8 }, 8);
		end = (uint32_t *)(header + 1) + 2;
		switch (i) {
		case 0:
			/* An end tag that says it is 0 bytes long. */
			end[1] = 0;
			break;
		case 1:
			/* Types and flags of 4 bytes each. */
			end[0] = 0;
			end[1] = 0;
			end[2] = 8;
			header->length += 4;
			break;
		case 2:
			/* No end tag, but the end. */
			header->length -= 8;
			break;
		default:
			/* A length that is one too large. */
			header->length++;
		}
		header->checksum = -(header->magic + header->length);
		load_toy(&toy, NULL, &mem, &cpu);
		check_entry(&mem, &cpu, TOY_ADDR + 0x10);
		mem_free(&mem);
	}
}
END_TEST

START_TEST(hostile_headers_are_refused)
{
	static const struct {
		uint32_t tags[10];
		const char *why;
	} cases[] = {
		/* Sizes: none, less than a head, all there is and more. */
		{ { 1, 0 }, "impossible size" },
		{ { 1, 7 }, "impossible size" },
		{ { 6, 0x80000000 }, "impossible size" },
		{ { 6, UINT32_MAX }, "impossible size" },
		{ { 6, UINT32_MAX - 7 }, "impossible size" },
		/* Too short for what they are. */
		{ { 2, 23, 0, 0, 0, 0 }, "address tag is too short" },
		{ { 3, 11, 0 }, "entry address tag is too short" },
		{ { 10, 20, 0, 0, 0 }, "relocatable tag is too short" },
		/* Entries that are nowhere. */
		{ { 3, 12, 0 }, "entry address tag points outside" },
		{ { 3, 12, UINT32_MAX }, "entry address tag points outside" },
		{ { 3, 12, TOY_ADDR + TOY_MEM_LEN },
		  "entry address tag points outside" },
		/* Addresses: as for multiboot 1. */
		{ { 2, 24, TOY_ADDR + 8, TOY_ADDR, 8, 0, 3, 12, TOY_ADDR },
		  "load_end_addr" },
		{ { 2, 24, TOY_ADDR + 8, TOY_ADDR, 0, UINT32_MAX, 3, 12,
		    TOY_ADDR },
		  "where no kernel can" },
		{ { 2, 24, 0, TOY_ADDR, 0, 0, 3, 12, TOY_ADDR },
		  "do not fit together" },
		{ { 2, 24, 8, UINT32_MAX, 0, 0, 3, 12, 8 }, "" },
		{ { 2, 24, TOY_ADDR + 8, TOY_ADDR, 0, 0, 3, 12, 8 },
		  "entry_addr" },
		{ { 2, 24, TOY_ADDR + 8, TOY_ADDR, 0, 0 },
		  "no entry address tag" },
	};
	struct toy toy;

	log_capture();
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		toy_elf64(&toy);
		toy_multiboot2(&toy, cases[i].tags, sizeof(cases[i].tags));
		refused(&toy, cases[i].why);
	}
}
END_TEST

START_TEST(a_header_counts_only_where_and_how_it_should)
{
	static uint8_t bytes[2 * MULTIBOOT2_SEARCH];
	struct multiboot2_header *header;
	struct boot_cpu cpu;
	struct boot boot;
	struct toy toy;
	struct file f;
	struct mem mem;

	log_capture();
	toy_code(&toy);
	toy_multiboot2(&toy, addresses, sizeof(addresses))->checksum++;
	refused(&toy, "the checksum of its multiboot2 header");
	/* Off by 4 bytes. */
	toy_code(&toy);
	header = toy_multiboot2(&toy, addresses, sizeof(addresses));
	memmove(toy.bytes + TOY_MULTIBOOT + 4, header, header->length);
	refused(&toy, "not aligned to 8 bytes");
	toy_code(&toy);
	header = toy_multiboot2(&toy, addresses, sizeof(addresses));
	header->architecture = 4;
	header->checksum -= 4;
	refused(&toy, "for architecture 4");
	/* Reaching over the end of the file, and of the first 32 KiB. */
	toy_code(&toy);
	header = toy_multiboot2(&toy, addresses, sizeof(addresses));
	header->length = TOY_SIZE;
	header->checksum = -(header->magic + header->length);
	refused(&toy, "beyond the first 32 KiB");
	header->length = 8;
	header->checksum = -(header->magic + header->length);
	refused(&toy, "beyond the first 32 KiB");
	/* The last place that counts. */
	toy_code(&toy);
	header = toy_multiboot2(&toy, addresses, sizeof(addresses));
	memcpy(bytes + MULTIBOOT2_SEARCH - header->length, header,
	       header->length);
	f = file_make(bytes, sizeof(bytes));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	ck_assert_int_eq(boot.format, BOOT_MULTIBOOT2);
	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_int_eq(boot_load(&boot, &mem, 0, &cpu), 0);
	boot_close(&boot);
	mem_free(&mem);
}
END_TEST

/* Others come first: they have been booted that way so far. */
START_TEST(pvh_and_multiboot_1_precede_it)
{
	struct boot boot;
	struct toy toy;
	struct file f;

	toy_pvh64(&toy);
	toy_multiboot2(&toy, NULL, 0);
	f = file_make(&toy, sizeof(toy));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	ck_assert_int_eq(boot.format, BOOT_ELF_PVH);
	boot_close(&boot);
	toy_elf64(&toy);
	toy_multiboot2(&toy, NULL, 0);
	memcpy(toy.bytes + 0x400, (uint32_t[]){ 0x1badb002, 0, -0x1badb002U },
	       12);
	f = file_make(&toy, sizeof(toy));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	ck_assert_int_eq(boot.format, BOOT_MULTIBOOT);
	boot_close(&boot);
}
END_TEST

START_TEST(it_has_no_place_for_a_job)
{
	struct boot boot;
	struct toy toy;
	struct file f;

	log_capture();
	toy_elf64(&toy);
	toy_multiboot2(&toy, NULL, 0);
	f = file_make(&toy, sizeof(toy));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	ck_assert_int_eq(boot_prepend(&boot, "1234", 4), -EINVAL);
	log_expect("not Linux, which alone has an initramfs");
	boot_close(&boot);
}
END_TEST

START_TEST(it_is_described)
{
	const uint32_t tags[] = {
		10, 24, MIB, UINT32_MAX, 0, 0, 1, 20, 8, 6, 12
	};
	char *text = NULL;
	struct boot boot;
	struct toy toy;
	struct file f;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	toy_elf64(&toy);
	toy_multiboot2(&toy, tags, sizeof(tags));
	f = file_make(&toy, sizeof(toy));
	ck_assert_int_eq(boot_open(&boot, f.path, NULL, NULL), 0);
	boot_describe(&boot, out);
	fclose(out);
	ck_assert_str_eq(text, "  format: multiboot2\n"
			       "  file: ELF64, 1 segments\n"
			       "  entries: multiboot2 (32-bit) at 0x400010\n"
			       "  load address: 0x400000 to 0x403000\n"
			       "  needs: 5 MiB\n"
			       "  relocatable: 0x100000 to 0xffffffff\n"
			       "  not available: framebuffer, EFI64\n"
			       "  modules: up to 64, the initrd first\n");
	free(text);
	boot_close(&boot);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		elf_images_load_by_their_segments,
		an_entry_tag_precedes_the_elf_entry,
		address_tags_load_anything,
		information_is_complete,
		modules_have_lines_of_their_own,
		sections_are_told_and_symbols_loaded,
		bad_sections_are_left_out,
		symbols_of_a_low_kernel_are_not_over_our_data,
		a_relocatable_image_is_moved,
		a_relocatable_image_may_be_linked_where_no_kernel_can_be,
		a_relocatable_image_without_room_is_refused,
		tags_are_required_or_optional,
		efi_entries_alone_are_refused_by_name,
		careless_headers_boot,
		hostile_headers_are_refused,
		a_header_counts_only_where_and_how_it_should,
		pvh_and_multiboot_1_precede_it,
		it_has_no_place_for_a_job,
		it_is_described,
		NULL,
	};

	return unit_run(unit_suite("boot_multiboot2", tests));
}
