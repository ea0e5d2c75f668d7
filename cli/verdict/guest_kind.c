/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/verdict/guest_kind.h"

#include <string.h>

#include "base/util.h"
#include "cli/verdict/symptoms.h"
#include "firmware/boot.h"

/* In the header of a bzImage: where the offset of the version string is, to
 * which 0x200 is to be added.  See Documentation/arch/x86/boot.rst. */
enum { KERNEL_VERSION = 0x20e, VERSION_BASE = 0x200, VERSION_MAX = 256 };

/* Whether the version string names a builder and a build number, as Linux's
 * does: "6.1.0 (me@host) #1 SMP".  Others, such as memtest86+, use the format
 * of the file only. */
static bool is_linux_bzimage(const struct image *kernel)
{
	uint8_t offset[2];
	char version[VERSION_MAX + 1];
	size_t n;

	if (image_peek(kernel, KERNEL_VERSION, offset, sizeof(offset)) !=
	    sizeof(offset))
		return false;
	n = image_peek(kernel, (uint64_t)get_le16(offset) + VERSION_BASE,
		       version, VERSION_MAX);
	version[n] = '\0';
	return get_le16(offset) && strstr(version, ") #");
}

bool guest_is_linux(const struct boot *boot, uint32_t systems)
{
	if (systems)
		return systems & BIT(SYSTEM_LINUX);
	if (boot->format == BOOT_BZIMAGE)
		return is_linux_bzimage(&boot->kernel);
	return image_find(&boot->kernel, "Linux version ", NULL);
}
