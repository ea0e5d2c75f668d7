/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/info.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "firmware/layout.h"

void info_begin(struct info *info, const struct mem *mem)
{
	*info = (struct info){ mem_at(mem, LAYOUT_INFO, LAYOUT_INFO_LEN), 0,
			       false };
	assert(info->base);
}

uint32_t info_put(struct info *info, const void *from, size_t len,
		  unsigned align)
{
	size_t at = ALIGN_UP(info->used, (size_t)align);

	if (info->full || at > LAYOUT_INFO_LEN || len > LAYOUT_INFO_LEN - at) {
		info->full = true;
		return 0;
	}
	memcpy(info->base + at, from, len);
	info->used = at + len;
	return (uint32_t)(LAYOUT_INFO + at);
}

uint32_t info_put_string(struct info *info, const char *string)
{
	return info_put(info, string, strlen(string) + 1, 1);
}

uint32_t info_put_words(struct info *info, const char *a, const char *b)
{
	uint32_t addr = info_put(info, a, strlen(a), 1);

	if (*b)
		info_put(info, " ", 1, 1);
	info_put_string(info, b);
	return info->full ? 0 : addr;
}

void *info_at(const struct info *info, uint32_t addr)
{
	return addr ? info->base + (addr - LAYOUT_INFO) : NULL;
}

int info_end(const struct info *info)
{
	if (!info->full)
		return 0;
	return log_fail(-E2BIG,
			"the command lines of kernel and modules have more "
			"than %u KiB: shorten them",
			(unsigned)(LAYOUT_INFO_LEN / KIB));
}
