/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/boot_junk.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "firmware/image.h"
#include "firmware/multiboot.h"
#include "firmware/multiboot2.h"

#define LOOKED_AT MIB

/* ---- Multiboot headers that no loader would find. ---- */

static const struct version {
	const char *name;
	uint32_t magic;
	/* How many 32-bit fields it has, whose sum is 0, and its alignment. */
	unsigned fields, align;
	size_t within;
} versions[] = {
	{ "multiboot", MULTIBOOT_HEADER_MAGIC, 3, 4, MULTIBOOT_SEARCH },
	{ "multiboot2", MULTIBOOT2_HEADER_MAGIC, 4, MULTIBOOT2_ALIGN,
	  MULTIBOOT2_SEARCH },
};

static uint32_t sum(const uint8_t *at, unsigned fields)
{
	uint32_t total = 0;

	while (fields--)
		total += get_le32(at + 4 * (size_t)fields);
	return total;
}

/* What is wrong with the header at @at; false: nothing. */
static bool judge_place(const struct version *v, size_t at,
			char text[MB_HINT_MAX])
{
	if (at >= v->within)
		snprintf(text, MB_HINT_MAX,
			 "its %s header is at %#zx, beyond the first %zu KiB, "
			 "where loaders look: link its section first",
			 v->name, at, v->within / (size_t)KIB);
	else if (at % v->align)
		snprintf(text, MB_HINT_MAX,
			 "its %s header is at %#zx, not aligned to %u bytes: "
			 "align it (.balign %u)",
			 v->name, at, v->align, v->align);
	return at >= v->within || at % v->align;
}

/* The same for something that is a header except for its checksum. */
static bool judge_sum(const struct version *v, size_t at,
		      char text[MB_HINT_MAX])
{
	if (at >= v->within || at % v->align)
		return false;
	snprintf(text, MB_HINT_MAX,
		 "the checksum of its %s header at %#zx is wrong: its first %u "
		 "fields must add up to 0",
		 v->name, at, v->fields);
	return true;
}

/* Look for headers whose checksum is right, or for those whose is not. */
static bool search(const struct version *v, const uint8_t *bytes, size_t len,
		   bool right, char text[MB_HINT_MAX])
{
	for (size_t at = 0; at + 4 * (size_t)v->fields <= len; at++) {
		if (get_le32(bytes + at) != v->magic ||
		    (sum(bytes + at, v->fields) == 0) != right)
			continue;
		if (right ? judge_place(v, at, text) : judge_sum(v, at, text))
			return true;
	}
	return false;
}

bool mb_hint(const struct image *image, char text[MB_HINT_MAX])
{
	uint8_t *bytes = malloc(LOOKED_AT);
	bool found = false;
	size_t len;

	if (!bytes)
		return false;
	len = image_peek(image, 0, bytes, LOOKED_AT);
	for (unsigned i = 0; i < 2 * ARRAY_SIZE(versions) && !found; i++)
		found = search(&versions[i % ARRAY_SIZE(versions)], bytes, len,
			       i < ARRAY_SIZE(versions), text);
	free(bytes);
	return found;
}

/* ---- Other files. ---- */

#define MAGIC_MAX 8

#define NO_BIOS "needs a BIOS, and there is none: "
#define IN_IT	"name the kernel in it"

/* The first row that matches is used, so special ones come before general
 * ones. */
static const struct junk {
	uint64_t offset;
	const char magic[MAGIC_MAX];
	unsigned len;
	const char *what;
} junk[] = {
	{ 0, "\x1f\x8b", 2, "compressed with gzip: unpack it (gunzip)" },
	{ 0,
	  "\xfd"
	  "7zXZ",
	  5, "compressed with xz: unpack it (unxz)" },
	{ 0, "\x28\xb5\x2f\xfd", 4,
	  "compressed with zstd: unpack it (unzstd)" },
	{ 0, "\x04\x22\x4d\x18", 4, "compressed with lz4: unpack it (unlz4)" },
	{ 0, "\x02\x21\x4c\x18", 4, "compressed with lz4: unpack it (unlz4)" },
	{ 0, "BZh", 3, "compressed with bzip2: unpack it (bunzip2)" },
	{ 0, "\x5d\0\0", 3, "compressed with lzma: unpack it (unlzma)" },
	{ 0, "\x89LZO", 4, "compressed with lzop: unpack it (lzop -d)" },
	{ 0, "07070", 5, "a cpio archive: did you mean --initrd?" },
	{ 0, "#!", 2, "a script: name a kernel" },
	{ 0, "PK\x03\x04", 4, "a zip archive: unpack it" },
	{ 0, "!<arch>\n", 8, "a library or a Debian package: unpack it" },
	{ 0, "\xed\xab\xee\xdb", 4, "an RPM package: unpack it" },
	{ 257, "ustar", 5, "a tar archive: unpack it" },
	/* What a failed download leaves. */
	{ 0, "<!DOCTYP", 8, "a page of HTML: the download went wrong" },
	{ 0, "<!doctyp", 8, "a page of HTML: the download went wrong" },
	{ 0, "<html", 5, "a page of HTML: the download went wrong" },
	{ 0, "version ", 8, "a Git LFS pointer: get the file (git lfs pull)" },
	/* Kernels wrapped up for other loaders, or for other machines. */
	{ 0, "\x27\x05\x19\x56", 4, "a U-Boot image: " IN_IT },
	{ 0, "\xd0\x0d\xfe\xed", 4,
	  "a device tree or U-Boot FIT image: " IN_IT },
	{ 0, "ANDROID!", 8, "an Android boot image: " IN_IT },
	{ 0, "VNDRBOOT", 8, "an Android boot image: " IN_IT },
	{ 0, "\xcf\xfa\xed\xfe", 4, "a Mach-O file: name a kernel in ELF" },
	{ 0, "\xce\xfa\xed\xfe", 4, "a Mach-O file: name a kernel in ELF" },
	{ 0x38, "ARMd", 4, "a kernel for arm64: build it for x86" },
	{ 0x24, "\x18\x28\x6f\x01", 4, "a kernel for ARM: build it for x86" },
	{ 0x38, "RSC\x05", 4, "a kernel for RISC-V: build it for x86" },
	/* Disks and file systems. */
	{ 0, "QFI\xfb", 4, "a qcow2 disk image: " IN_IT },
	{ 0, "KDMV", 4, "a VMDK disk image: " IN_IT },
	{ 0, "vhdxfile", 8, "a VHDX disk image: " IN_IT },
	{ 0, "conectix", 8, "a VHD disk image: " IN_IT },
	{ 0x40, "\x7f\x10\xda\xbe", 4, "a VDI disk image: " IN_IT },
	{ 0, "hsqs", 4, "a squashfs file system: " IN_IT },
	{ 0, "XFSB", 4, "an XFS file system: " IN_IT },
	{ 0x438, "\x53\xef", 2, "an ext2, ext3 or ext4 file system: " IN_IT },
	{ 0x10040, "_BHRfS_M", 8, "a btrfs file system: " IN_IT },
	{ 0x200, "EFI PART", 8, "a disk image: " NO_BIOS IN_IT },
	{ 0x8001, "CD001", 5, "a CD image: " NO_BIOS IN_IT },
	/* Programs that firmware would start. */
	{ 0, "\xea\x05\0\xc0\x07", 5,
	  "a PXE boot program: " NO_BIOS "name a kernel" },
	{ 0x28, "_FVH", 4, "an image of UEFI firmware: name a kernel" },
	{ 0, "MZ", 2,
	  "an EFI or Windows program, and there is no EFI: name a kernel" },
	{ 0x1fe, "\x55\xaa", 2, "a boot sector or disk image: " NO_BIOS IN_IT },
};

static bool matches(const struct image *image, const struct junk *j)
{
	char buf[MAGIC_MAX];

	return image_peek(image, j->offset, buf, j->len) == j->len &&
	       memcmp(buf, j->magic, j->len) == 0;
}

int boot_refuse_junk(const struct image *image)
{
	char hint[MB_HINT_MAX];

	if (mb_hint(image, hint))
		return log_fail(-ENOEXEC, "%s: %s", image->path, hint);
	for (unsigned i = 0; i < ARRAY_SIZE(junk); i++)
		if (matches(image, &junk[i]))
			return log_fail(-ENOEXEC, "%s: %s", image->path,
					junk[i].what);
	return log_fail(-ENOEXEC,
			"%s: not a kernel minivmm can boot: not a bzImage, "
			"ELF or multiboot image",
			image->path);
}
