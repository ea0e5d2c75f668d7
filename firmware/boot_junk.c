/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/boot_junk.h"

#include <errno.h>
#include <string.h>

#include <stdbool.h>

#include "firmware/image.h"
#include "vmm/log.h"
#include "vmm/util.h"

#define MAGIC_MAX 8

/* The first that matches is told: special ones before general ones. */
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
	{ 0, "\x27\x05\x19\x56", 4, "a U-Boot image: name the kernel in it" },
	{ 0x38, "ARMd", 4, "a kernel for arm64: build it for x86" },
	{ 0x38, "RSC\x05", 4, "a kernel for RISC-V: build it for x86" },
	{ 0x8001, "CD001", 5, "a CD image: name the kernel in it" },
	{ 0, "MZ", 2, "an EFI or Windows program: name a kernel" },
	{ 0x1fe, "\x55\xaa", 2, "a disk image: name the kernel in it" },
};

static bool matches(const struct image *image, const struct junk *j)
{
	char buf[MAGIC_MAX];

	return image_peek(image, j->offset, buf, j->len) == j->len &&
	       memcmp(buf, j->magic, j->len) == 0;
}

int boot_refuse_junk(const struct image *image)
{
	for (unsigned i = 0; i < ARRAY_SIZE(junk); i++)
		if (matches(image, &junk[i]))
			return log_fail(-ENOEXEC, "%s: %s", image->path,
					junk[i].what);
	return log_fail(-ENOEXEC,
			"%s: not a kernel minivmm can boot: not a bzImage, "
			"ELF or multiboot image",
			image->path);
}
