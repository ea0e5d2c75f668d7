/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/boot_format.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "firmware/lowmem.h"

static const char linux_version[] = "Linux version ";

bool boot_is_linux(const struct image *kernel)
{
	return image_find(kernel, linux_version, NULL);
}

void boot_linux_version(const struct image *kernel, char *version, size_t room)
{
	uint64_t at;
	size_t n = 0;

	if (image_find(kernel, linux_version, &at))
		n = image_peek(kernel, at + strlen(linux_version), version,
			       room - 1);
	version[n] = '\0';
}

int boot_check_cmdline(const struct boot *boot)
{
	size_t len = strlen(boot->cmdline);
	int rc = lowmem_check_cmdline(boot->cmdline, UINT64_MAX);

	if (rc < 0 || len <= BOOT_LINUX_CMDLINE)
		return rc;
	if (boot_is_linux(&boot->kernel))
		return lowmem_check_cmdline(boot->cmdline, BOOT_LINUX_CMDLINE);
	log_warn("command line: %zu bytes: %s does not say how many it takes; "
		 "Linux takes %d",
		 len, boot->kernel.path, BOOT_LINUX_CMDLINE);
	return 0;
}

int boot_changed(const struct boot *boot)
{
	return log_fail(-ENOEXEC,
			"%s: no longer what it was when it was opened: "
			"restart with the new file",
			boot->kernel.path);
}
