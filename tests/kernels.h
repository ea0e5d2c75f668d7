/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kernels.h - the smallest files of each boot format
 *
 * Each is TOY_SIZE bytes of which the last TOY_CODE_LEN are the code, which
 * is to be loaded at TOY_ADDR.
 */
#ifndef TESTS_KERNELS_H
#define TESTS_KERNELS_H

#include <elf.h>
#include <stdint.h>
#include <string.h>

#include "firmware/boot_params.h"
#include "firmware/multiboot.h"
#include "firmware/multiboot2.h"

#define TOY_SIZE     0x2000
#define TOY_CODE     0x1000
#define TOY_CODE_LEN 0x1000
#define TOY_ADDR     0x400000
#define TOY_VADDR    UINT64_C(0xffffffff80400000)
/* With what is to be zero after it. */
#define TOY_MEM_LEN 0x3000
#define TOY_NOTE    0x200

struct toy {
	union {
		uint8_t bytes[TOY_SIZE];
		struct {
			uint8_t boot_sector[0x1f1];
			struct setup_header hdr;
		} __attribute__((packed));
		struct {
			Elf64_Ehdr ehdr64;
			Elf64_Phdr phdr64[3];
		};
		struct {
			Elf32_Ehdr ehdr32;
			Elf32_Phdr phdr32[2];
		};
	};
};

static inline void toy_code(struct toy *toy)
{
	memset(toy, 0, sizeof(*toy));
	for (unsigned i = 0; i < TOY_CODE_LEN; i++)
		toy->bytes[TOY_CODE + i] = (uint8_t)(i * 7 + 1);
}

/* A bzImage of protocol 2.15 whose code begins in sector 8. */
static inline void toy_bzimage(struct toy *toy)
{
	toy_code(toy);
	toy->hdr = (struct setup_header){
		.setup_sects = TOY_CODE / 512 - 1,
		.syssize = TOY_CODE_LEN / 16,
		.boot_flag = 0xaa55,
		.jump = 0x66eb,
		.header = 0x53726448,
		.version = 0x020f,
		.kernel_version = 0x100,
		.loadflags = LOADED_HIGH,
		.code32_start = 0x100000,
		.initrd_addr_max = 0x7fffffff,
		.kernel_alignment = 0x200000,
		.relocatable_kernel = 1,
		.xloadflags = XLF_KERNEL_64,
		.cmdline_size = 2047,
		.pref_address = TOY_ADDR,
		.init_size = 0x10000,
	};
	strcpy((char *)toy->bytes + 0x300, "6.1.0-toy #1");
}

static inline void toy_ident(unsigned char *ident, unsigned char class)
{
	memcpy(ident, ELFMAG, SELFMAG);
	ident[EI_CLASS] = class;
	ident[EI_DATA] = ELFDATA2LSB;
	ident[EI_VERSION] = EV_CURRENT;
}

/* An ELF64 kernel linked to a virtual address; no note. */
static inline void toy_elf64(struct toy *toy)
{
	toy_code(toy);
	toy_ident(toy->ehdr64.e_ident, ELFCLASS64);
	toy->ehdr64.e_type = ET_EXEC;
	toy->ehdr64.e_machine = EM_X86_64;
	toy->ehdr64.e_version = EV_CURRENT;
	toy->ehdr64.e_entry = TOY_VADDR + 0x10;
	toy->ehdr64.e_phoff = sizeof(Elf64_Ehdr);
	toy->ehdr64.e_ehsize = sizeof(Elf64_Ehdr);
	toy->ehdr64.e_phentsize = sizeof(Elf64_Phdr);
	toy->ehdr64.e_phnum = 1;
	toy->phdr64[0] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_offset = TOY_CODE,
		.p_vaddr = TOY_VADDR,
		.p_paddr = TOY_ADDR,
		.p_filesz = TOY_CODE_LEN,
		.p_memsz = TOY_MEM_LEN,
		.p_align = 0x1000,
	};
}

/* An ELF32 kernel; no note. */
static inline void toy_elf32(struct toy *toy)
{
	toy_code(toy);
	toy_ident(toy->ehdr32.e_ident, ELFCLASS32);
	toy->ehdr32.e_type = ET_EXEC;
	toy->ehdr32.e_machine = EM_386;
	toy->ehdr32.e_version = EV_CURRENT;
	toy->ehdr32.e_entry = TOY_ADDR + 0x10;
	toy->ehdr32.e_phoff = sizeof(Elf32_Ehdr);
	toy->ehdr32.e_ehsize = sizeof(Elf32_Ehdr);
	toy->ehdr32.e_phentsize = sizeof(Elf32_Phdr);
	toy->ehdr32.e_phnum = 1;
	toy->phdr32[0] = (Elf32_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_offset = TOY_CODE,
		.p_vaddr = TOY_ADDR,
		.p_paddr = TOY_ADDR,
		.p_filesz = TOY_CODE_LEN,
		.p_memsz = TOY_MEM_LEN,
		.p_align = 0x1000,
	};
}

/* A foreign note, then the PVH note, with an entry of @size bytes. */
static inline uint32_t toy_notes(struct toy *toy, uint64_t entry, uint32_t size)
{
	const uint32_t notes[] = {
		4, 4, 6, 0x006e6558, 0x12345678, 4, size, 18, 0x006e6558,
	};

	memcpy(toy->bytes + TOY_NOTE, notes, sizeof(notes));
	memcpy(toy->bytes + TOY_NOTE + sizeof(notes), &entry, size);
	return (uint32_t)sizeof(notes) + size;
}

static inline void toy_pvh64(struct toy *toy)
{
	toy_elf64(toy);
	toy->ehdr64.e_phnum = 2;
	toy->phdr64[1] = (Elf64_Phdr){
		.p_type = PT_NOTE,
		.p_offset = TOY_NOTE,
		.p_filesz = toy_notes(toy, TOY_ADDR + 0x20, 8),
		.p_align = 4,
	};
}

static inline void toy_pvh32(struct toy *toy)
{
	toy_elf32(toy);
	toy->ehdr32.e_phnum = 2;
	toy->phdr32[1] = (Elf32_Phdr){
		.p_type = PT_NOTE,
		.p_offset = TOY_NOTE,
		.p_filesz = toy_notes(toy, TOY_ADDR + 0x20, 4),
		.p_align = 4,
	};
}

/* Give an ELF64 kernel section headers, at TOY_SECTIONS: none, code, symbols
 * and strings. */
#define TOY_SECTIONS 0x400

static inline void toy_sections(struct toy *toy)
{
	Elf64_Shdr *s = (Elf64_Shdr *)(toy->bytes + TOY_SECTIONS);

	toy->ehdr64.e_shoff = TOY_SECTIONS;
	toy->ehdr64.e_shentsize = sizeof(*s);
	toy->ehdr64.e_shnum = 4;
	toy->ehdr64.e_shstrndx = 3;
	s[1] = (Elf64_Shdr){ .sh_type = SHT_PROGBITS,
			     .sh_flags = SHF_ALLOC,
			     .sh_addr = TOY_VADDR,
			     .sh_offset = TOY_CODE,
			     .sh_size = TOY_CODE_LEN };
	s[2] = (Elf64_Shdr){ .sh_type = SHT_SYMTAB,
			     .sh_offset = 0x300,
			     .sh_size = 0x20 };
	s[3] = (Elf64_Shdr){ .sh_type = SHT_STRTAB,
			     .sh_offset = 0x320,
			     .sh_size = 0x10 };
	memcpy(toy->bytes + 0x300, "symbols", 7);
	memcpy(toy->bytes + 0x320, "strings", 7);
}

/* Put a multiboot header with @flags at TOY_CODE + 8; its address fields
 * load the code, and twice as much memory, at TOY_ADDR. */
#define TOY_MULTIBOOT (TOY_CODE + 8)

static inline struct multiboot_header *toy_multiboot(struct toy *toy,
						     uint32_t flags)
{
	struct multiboot_header *header = (void *)(toy->bytes + TOY_MULTIBOOT);

	*header = (struct multiboot_header){
		.magic = MULTIBOOT_HEADER_MAGIC,
		.flags = flags,
		.checksum = -(MULTIBOOT_HEADER_MAGIC + flags),
		.header_addr = TOY_ADDR + 8,
		.load_addr = TOY_ADDR,
		.load_end = TOY_ADDR + TOY_CODE_LEN,
		.bss_end = TOY_ADDR + TOY_MEM_LEN,
		.entry = TOY_ADDR + 0x40,
	};
	return header;
}

/* Put a multiboot2 header there, with the @len bytes of @tags and an end tag
 * behind them. */
static inline struct multiboot2_header *
toy_multiboot2(struct toy *toy, const void *tags, uint32_t len)
{
	struct multiboot2_header *header = (void *)(toy->bytes + TOY_MULTIBOOT);
	const struct multiboot2_header_tag end = { .size = sizeof(end) };
	uint8_t *at = (uint8_t *)(header + 1);

	if (len)
		memcpy(at, tags, len);
	for (; len % 8; len++)
		at[len] = 0;
	memcpy(at + len, &end, sizeof(end));
	*header = (struct multiboot2_header){
		.magic = MULTIBOOT2_HEADER_MAGIC,
		.length = (uint32_t)(sizeof(*header) + len + sizeof(end)),
	};
	header->checksum = -(header->magic + header->length);
	return header;
}

/* An address and an entry address tag, which load as toy_multiboot() does. */
#define TOY_MB2_ADDRESSES                                                      \
	{                                                                      \
		2, 24, TOY_ADDR + 8, TOY_ADDR, TOY_ADDR + TOY_CODE_LEN,        \
			TOY_ADDR + TOY_MEM_LEN, 3, 12, TOY_ADDR + 0x40, 0      \
	}

#endif
