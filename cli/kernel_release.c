/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/kernel_release.h"

#include <stdio.h>
#include <string.h>

/* Takes the first word that is a number, from "6.1.0-18-amd64 (who) #1 SMP" or
 * "Linux version 6.1.0 (who)". */
void kernel_release(const struct boot *boot, char release[BOOT_VERSION])
{
	static const char start[] = "Linux version ";
	char version[BOOT_VERSION];
	const char *from = version;

	boot_version(boot, version);
	if (strncmp(version, start, strlen(start)) == 0)
		from += strlen(start);
	snprintf(release, BOOT_VERSION, "%.*s", (int)strcspn(from, " "), from);
}
