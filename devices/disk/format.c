/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/disk/format.h"

#include <string.h>

#include "base/util.h"

static const char *const names[] = {
	[FORMAT_UNSAID] = "raw",  [FORMAT_RAW] = "raw",
	[FORMAT_QCOW2] = "qcow2", [FORMAT_QCOW] = "qcow",
	[FORMAT_QED] = "qed",	  [FORMAT_VDI] = "vdi",
	[FORMAT_VMDK] = "vmdk",	  [FORMAT_VHDX] = "vhdx",
	[FORMAT_VPC] = "vpc",	  [FORMAT_PARALLELS] = "parallels",
};

static const struct beginning {
	enum disk_format format;
	size_t at, len;
	const char *bytes;
} beginnings[] = {
	{ FORMAT_QCOW, 0, 8, "QFI\xfb\0\0\0\1" },
	/* Of version 2, 3, and what may come. */
	{ FORMAT_QCOW2, 0, 4, "QFI\xfb" },
	{ FORMAT_QED, 0, 4, "QED\0" },
	{ FORMAT_VDI, 64, 4, "\x7f\x10\xda\xbe" },
	{ FORMAT_VMDK, 0, 4, "KDMV" },
	{ FORMAT_VMDK, 0, 4, "COWD" },
	{ FORMAT_VMDK, 0, 21, "# Disk DescriptorFile" },
	{ FORMAT_VHDX, 0, 8, "vhdxfile" },
	{ FORMAT_VPC, 0, 8, "conectix" },
	{ FORMAT_PARALLELS, 0, 16, "WithoutFreeSpace" },
	{ FORMAT_PARALLELS, 0, 16, "WithouFreSpacExt" },
};

const char *format_name(enum disk_format format)
{
	return names[format];
}

enum disk_format format_seen(const void *head, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		const struct beginning *b = &beginnings[i];

		if (b->at + b->len <= len &&
		    memcmp((const char *)head + b->at, b->bytes, b->len) == 0)
			return b->format;
	}
	return FORMAT_RAW;
}
