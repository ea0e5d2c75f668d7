/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_bzimage.c - Linux's compressed kernel image
 *
 * The Linux/x86 Boot Protocol, 2.10 (Linux 2.6.31) and later.  Real-mode
 * code at the front of the file is left out; the rest is entered in long
 * mode if the kernel can, else in protected mode.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "firmware/boot_format.h"
#include "firmware/boot_params.h"
#include "firmware/layout.h"
#include "firmware/lowmem.h"

#define SECTOR_SIZE UINT64_C(512)
/* The unit of hdr.syssize. */
#define PARAGRAPH	   UINT64_C(16)
#define HDR_OFFSET	   offsetof(struct boot_params, hdr)
#define HDR_BOOT_FLAG	   0xaa55
#define HDR_MAGIC	   0x53726448 /* "HdrS" */
#define HDR_VERSION_MIN	   0x020a
#define HDR_XLOADFLAGS_MIN 0x020c
/* The 64-bit entry's distance from the 32-bit one. */
#define ENTRY64_OFFSET 0x200

struct bzimage {
	struct setup_header hdr;
	/* The protected-mode part: its offset in the file, and its length. */
	uint64_t offset, len;
	/* Where it is loaded, and where the memory that it uses ends. */
	uint64_t load, end;
};

/* The length of the header, which ends at the target of the jump over it. */
static size_t header_len(const struct setup_header *hdr)
{
	size_t end = offsetof(struct setup_header, header) + (hdr->jump >> 8);

	return MIN(end, sizeof(*hdr));
}

/* Whether it is a bzImage.  If its header is shorter than ours, the rest is
 * zeros. */
static bool read_header(const struct image *kernel, struct setup_header *hdr)
{
	size_t len;

	memset(hdr, 0, sizeof(*hdr));
	len = image_peek(kernel, HDR_OFFSET, hdr, sizeof(*hdr));
	if (len < offsetof(struct setup_header, realmode_swtch) ||
	    hdr->boot_flag != HDR_BOOT_FLAG || hdr->header != HDR_MAGIC)
		return false;
	len = header_len(hdr);
	memset((uint8_t *)hdr + len, 0, sizeof(*hdr) - len);
	if (hdr->setup_sects == 0)
		hdr->setup_sects = 4;
	if (hdr->version < HDR_XLOADFLAGS_MIN)
		hdr->xloadflags = 0;
	return true;
}

static int check_header(const struct image *kernel,
			const struct setup_header *hdr)
{
	if (hdr->version < HDR_VERSION_MIN)
		return log_fail(-ENOEXEC,
				"%s: boot protocol %u.%02u: a program that "
				"needs a BIOS (iPXE, memdisk, GRUB), of which "
				"there is none, or Linux before 2.6.31: name "
				"another kernel",
				kernel->path, hdr->version >> 8,
				hdr->version & 0xff);
	if (header_len(hdr) < offsetof(struct setup_header, handover_offset))
		return log_fail(-ENOEXEC,
				"%s: its setup header is too short: "
				"get a whole copy",
				kernel->path);
	if (!(hdr->loadflags & LOADED_HIGH))
		return log_fail(-ENOEXEC,
				"%s: a zImage, which loads below 1 MiB: "
				"build a bzImage",
				kernel->path);
	return 0;
}

/*
 * A kernel always decompresses to pref_address or above, so a relocatable
 * one is loaded there, where it need not move; others are linked to be
 * loaded at 1 MiB.
 */
static int place(const struct image *kernel, struct bzimage *bz)
{
	const struct setup_header *hdr = &bz->hdr;
	int rc;

	rc = lowmem_check_kernel(kernel->path, hdr->pref_address,
				 hdr->init_size);
	if (rc < 0)
		return rc;
	bz->load = hdr->relocatable_kernel ? hdr->pref_address : LAYOUT_HIGH;
	/* Without what may be appended, such as a signature. */
	bz->len = MIN(kernel->size - bz->offset, hdr->init_size);
	rc = lowmem_check_kernel(kernel->path, bz->load, bz->len);
	if (rc < 0)
		return rc;
	bz->end = MAX(hdr->pref_address + hdr->init_size, bz->load + bz->len);
	return 0;
}

static int check_size(const struct image *kernel, struct bzimage *bz)
{
	uint64_t code = bz->hdr.syssize * PARAGRAPH;

	bz->offset = (bz->hdr.setup_sects + 1) * SECTOR_SIZE;
	/* syssize is rounded up: the file may end within the last paragraph. */
	if (kernel->size + PARAGRAPH <= bz->offset + code)
		return log_fail(-EIO,
				"%s: truncated: %llu of %llu bytes: "
				"get a whole copy",
				kernel->path, (unsigned long long)kernel->size,
				(unsigned long long)(bz->offset + code));
	if (code <= ENTRY64_OFFSET || code > bz->hdr.init_size)
		return log_fail(-ENOEXEC,
				"%s: damaged: its init_size is %#x for %#llx "
				"bytes of code: get a whole copy",
				kernel->path, bz->hdr.init_size,
				(unsigned long long)code);
	return 0;
}

/* As a probe; fills in @bz if it returns 1. */
static int bzimage_read(const struct image *kernel, struct bzimage *bz)
{
	int rc;

	if (!read_header(kernel, &bz->hdr))
		return 0;
	rc = check_header(kernel, &bz->hdr);
	if (rc < 0)
		return rc;
	rc = check_size(kernel, bz);
	if (rc < 0)
		return rc;
	rc = place(kernel, bz);
	return rc < 0 ? rc : 1;
}

static int bzimage_probe(const struct boot *boot)
{
	struct bzimage bz;
	int rc = bzimage_read(&boot->kernel, &bz);

	if (rc <= 0)
		return rc;
	rc = lowmem_check_cmdline(boot->cmdline, bz.hdr.cmdline_size);
	return rc < 0 ? rc : 1;
}

static int bzimage_load(const struct boot *boot, const struct mem *mem,
			uint64_t rsdp, struct boot_cpu *cpu)
{
	const struct image *kernel = &boot->kernel;
	struct bzimage bz;
	bool is64;
	int rc;

	rc = bzimage_read(kernel, &bz);
	if (rc <= 0)
		return rc < 0 ? rc : boot_changed(boot);
	rc = lowmem_check_fits(mem, kernel->path, bz.end);
	if (rc < 0)
		return rc;
	rc = image_load(kernel, bz.offset, bz.len, mem, bz.load);
	if (rc < 0)
		return rc;
	bz.hdr.code32_start = (uint32_t)bz.load;
	rc = boot_params_put(boot, mem, &bz.hdr, bz.end, rsdp);
	if (rc < 0)
		return rc;
	is64 = bz.hdr.xloadflags & XLF_KERNEL_64;
	lowmem_init(mem, is64 ? BOOT_LONG64 : BOOT_PROT32, LOWMEM_CS_LINUX,
		    cpu);
	cpu->rip = bz.load + (is64 ? ENTRY64_OFFSET : 0);
	cpu->rsi = LAYOUT_PARAMS;
	return 0;
}

/* The version string, which is in the real-mode part. */
static void bzimage_version(const struct image *kernel, char *version,
			    size_t room)
{
	struct bzimage bz;
	size_t n = 0;

	if (bzimage_read(kernel, &bz) > 0 && bz.hdr.kernel_version)
		n = image_peek(kernel, bz.hdr.kernel_version + SECTOR_SIZE,
			       version, room - 1);
	version[n] = '\0';
}

static void bzimage_describe(const struct boot *boot, FILE *out)
{
	struct bzimage bz;

	if (bzimage_read(&boot->kernel, &bz) <= 0)
		return;
	fprintf(out, "  boot protocol: %u.%02u\n", bz.hdr.version >> 8,
		bz.hdr.version & 0xff);
	fprintf(out, "  entries: %s32-bit\n",
		bz.hdr.xloadflags & XLF_KERNEL_64 ? "64-bit, " : "");
	fprintf(out, "  load address: %#llx\n", (unsigned long long)bz.load);
	fprintf(out, "  needs: %llu MiB\n",
		(unsigned long long)(ALIGN_UP(bz.end, MIB) / MIB));
	fprintf(out, "  command line: up to %u bytes\n", bz.hdr.cmdline_size);
	fprintf(out, "  initrd: up to %#x%s\n", bz.hdr.initrd_addr_max,
		bz.hdr.xloadflags & XLF_CAN_BE_LOADED_ABOVE_4G ?
			", or anywhere if it is larger" :
			"");
}

const struct boot_format_ops boot_bzimage = {
	.name = "bzImage",
	.probe = bzimage_probe,
	.load = bzimage_load,
	.version = bzimage_version,
	.describe = bzimage_describe,
};
