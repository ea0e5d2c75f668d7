/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_linux64.c - ELF64 kernels without a note, started at Linux's 64-bit
 * entry
 *
 * The Linux/x86 Boot Protocol, "64-bit Boot Protocol", with e_entry as the
 * entry.  An ELF file has no setup header, so this makes one.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "firmware/boot_format.h"
#include "firmware/boot_junk.h"
#include "firmware/boot_params.h"
#include "firmware/elf.h"
#include "firmware/layout.h"
#include "firmware/lowmem.h"

static const struct setup_header made_up_header = {
	.boot_flag = 0xaa55,
	/* "HdrS" */
	.header = 0x53726448,
	.version = 0x020f,
	.loadflags = LOADED_HIGH,
	.kernel_alignment = 0x1000000,
	.initrd_addr_max = MEM_HOLE_START - 1,
};

static int refuse_elf32(const struct image *kernel)
{
	char hint[MB_HINT_MAX];

	if (mb_hint(kernel, hint))
		return log_fail(-ENOEXEC, "%s: %s", kernel->path, hint);
	return log_fail(-ENOEXEC,
			"%s: a 32-bit ELF file with neither a PVH note nor a "
			"multiboot header: add one",
			kernel->path);
}

/* As a probe; fills in @elf if it returns 1.  This is the last format that is
 * tried for an ELF file: if it can't boot this way, it can't boot. */
static int linux64_read(const struct boot *boot, struct elf_kernel *elf)
{
	int rc;

	if (!elf_is(&boot->kernel))
		return 0;
	rc = elf_read(&boot->kernel, elf);
	if (rc < 0)
		return rc;
	if (elf->interp)
		return elf_refuse_program(&boot->kernel);
	if (!elf->is64)
		return refuse_elf32(&boot->kernel);
	return elf->has_entry ? 1 : elf_no_entry(&boot->kernel);
}

static int linux64_probe(const struct boot *boot)
{
	char hint[MB_HINT_MAX];
	struct elf_kernel elf;
	int rc = linux64_read(boot, &elf);

	if (rc <= 0)
		return rc;
	if (mb_hint(&boot->kernel, hint))
		log_warn("%s: booted by Linux's boot protocol, as %s",
			 boot->kernel.path, hint);
	rc = boot_check_cmdline(boot);
	return rc < 0 ? rc : 1;
}

static int linux64_load(const struct boot *boot, const struct mem *mem,
			uint64_t rsdp, struct boot_cpu *cpu)
{
	struct setup_header hdr = made_up_header;
	struct elf_kernel elf;
	int rc;

	/* Unikernels (Hermit, OSv) read this as the length of the line with its
	 * NUL, as Firecracker sets it.  Linux does not read it. */
	hdr.cmdline_size = (uint32_t)strlen(boot->cmdline) + 1;
	rc = linux64_read(boot, &elf);
	if (rc <= 0)
		return rc < 0 ? rc : boot_changed(boot);
	rc = elf_load(&elf, &boot->kernel, mem);
	if (rc == 0)
		rc = boot_params_put(boot, mem, &hdr, elf.end, rsdp);
	if (rc < 0)
		return rc;
	lowmem_init(mem, BOOT_LONG64, LOWMEM_CS_LINUX, cpu);
	cpu->rip = elf.entry;
	cpu->rsi = LAYOUT_PARAMS;
	return 0;
}

static void linux64_describe(const struct boot *boot, FILE *out)
{
	struct elf_kernel elf;

	if (linux64_read(boot, &elf) > 0)
		elf_describe(&elf, "64-bit", elf.entry, out);
}

const struct boot_format_ops boot_linux64 = {
	.name = "ELF64 by the Linux boot protocol",
	.probe = linux64_probe,
	.load = linux64_load,
	.describe = linux64_describe,
};
