/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.h - loads a kernel file, and says how a vCPU starts it
 *
 * Only the contents of a file decide its format.  Each format has a small file
 * of its own (boot_bzimage.c, boot_pvh.c, boot_multiboot.c, boot_multiboot2.c,
 * boot_linux64.c).  The main thread calls everything here, while no vCPU runs.
 */
#ifndef FIRMWARE_BOOT_H
#define FIRMWARE_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "firmware/image.h"

struct mem;

enum boot_mode {
	/* Protected mode, paging off, flat 4 GiB segments. */
	BOOT_PROT32,
	/* Long mode, the first 4 GiB identity-mapped by cr3. */
	BOOT_LONG64,
};

/* The boot processor's initial state, as plain numbers. */
struct boot_cpu {
	enum boot_mode mode;
	uint64_t rip, rsp, rsi;
	/* All other general registers are 0. */
	uint32_t eax, ebx;
	/* Page tables, BOOT_LONG64 only. */
	uint64_t cr3;
	/* A GDT in guest memory; the selectors of its flat segments. */
	uint64_t gdt;
	uint16_t gdt_limit, cs, ds;
};

enum boot_format {
	BOOT_BZIMAGE,
	BOOT_ELF_PVH,
	BOOT_MULTIBOOT,
	BOOT_MULTIBOOT2,
	BOOT_ELF_LINUX64,
};

/* The most modules: enough for users, and few enough to describe in low
 * memory. */
#define BOOT_MODULES_MAX 64

/* A file that is loaded together with the kernel. */
struct boot_module {
	struct image file;
	/* Its command line; NULL: none was given. */
	const char *args;
	/* The path and @args, if this struct owns them; NULL: they belong to
	 * somebody else. */
	char *spec;
};

/* An opened kernel with everything that is loaded with it. */
struct boot {
	struct image kernel;
	/* The initrd, if there is one, is the first module. */
	struct boot_module module[BOOT_MODULES_MAX];
	unsigned n_modules;
	bool has_initrd;
	/* What is loaded before the initrd: see boot_prepend(). */
	const void *before;
	size_t before_len;
	const char *cmdline;
	enum boot_format format;
};

/*
 * Open @kernel and @initrd (NULL: none) and recognise the format.  @cmdline
 * (NULL: empty) and the paths must outlive @boot.  Logs one line and returns
 * -errno for anything that cannot boot, whatever the memory: -ENOEXEC for a
 * file of no known format.
 */
int boot_open(struct boot *boot, const char *kernel, const char *initrd,
	      const char *cmdline);
void boot_close(struct boot *boot);

/*
 * Open @n more modules, each given as for --module: "FILE" or "FILE,ARGS".
 * Logs one line; -EINVAL when the kernel's format has no modules or there are
 * too many, or the errno of open(2).
 */
int boot_add_modules(struct boot *boot, char *const *specs, size_t n);

/* Have boot_load() ask @cancel, which must outlive @boot, now and then. */
void boot_set_cancel(struct boot *boot, const struct image_cancel *cancel);

/* Put the @len bytes at @archive, a multiple of 4, before the initrd, or in its
 * place if there is none; they must outlive @boot.  Logs one line; -EINVAL when
 * the kernel's format has no place for archives. */
int boot_prepend(struct boot *boot, const void *archive, size_t len);

/*
 * Load the kernel, its modules, the command line and whatever else the format
 * needs into @mem, and set @cpu to how the boot processor starts.  The ACPI
 * tables begin at @rsdp.  @mem must be all zeros except for these tables: what
 * is to be zero (a kernel's bss) is not written, so that it does not become
 * resident.  Logs; -errno when it does not fit.  -ECANCELED, not logged: see
 * boot_set_cancel().  May be called again after a reset, with fresh memory.
 */
int boot_load(const struct boot *boot, const struct mem *mem, uint64_t rsdp,
	      struct boot_cpu *cpu);

/* Room for the kernel's version, with its NUL. */
#define BOOT_VERSION 128

/* The version as the kernel's file tells it, one line of printable text; empty
 * if it is not known.  An ELF file is read whole. */
void boot_version(const struct boot *boot, char version[BOOT_VERSION]);

/* For `minivmm check`: print what the file is, its entries and the memory
 * it needs, as "  key: value" lines. */
void boot_describe(const struct boot *boot, FILE *out);

#endif
