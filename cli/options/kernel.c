/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kernel.c - which kernel is meant
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "cli/options/internal.h"
#include "cli/options/options.h"

/* There is no firmware that looks for one on a disk, and none but libguestfs
 * reads all that may be on it. */
static int no_kernel_for(const char *disk)
{
	return log_fail(-EINVAL,
			"no kernel: it is not looked for on a disk: take it "
			"out by `virt-get-kernel -a %s' (package "
			"guestfs-tools), and say minivmm -k vmlinuz-... -i "
			"initrd.img-... -a +=root=/dev/vda1 -d %s",
			disk, disk);
}

int kernel_default(struct config *cfg, bool no_arguments)
{
	char own[100];
	const char *const places[] = { "bzImage", "arch/x86/boot/bzImage",
				       own };
	struct utsname host;

	uname(&host);
	snprintf(own, sizeof(own), "/boot/vmlinuz-%s", host.release);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		/* What is here, but cannot be read, is what was meant. */
		if (access(places[i], i ? R_OK : F_OK) < 0)
			continue;
		cfg->machine.kernel_found = i > 0;
		return option_own(&cfg->machine.kernel, strdup(places[i]));
	}
	if (no_arguments)
		option_usage(stderr);
	if (cfg->disks.count)
		return no_kernel_for(cfg->disks.disks[0].path);
	return log_fail(-EINVAL,
			"no kernel: ./%s, ./%s, %s: %s: name one, as in "
			"minivmm %s",
			places[0], places[1], own, strerror(ENOENT), places[0]);
}

int kernel_resolve(struct config *cfg)
{
	/* Debian and Ubuntu; Fedora and Arch. */
	static const struct {
		const char *before, *after;
	} places[] = {
		{ "/boot/vmlinuz-", "" },
		{ "/lib/modules/", "/vmlinuz" },
	};
	const char *name = cfg->machine.kernel, *slash = strrchr(name, '/');
	struct utsname host;
	char path[256];

	if (access(name, F_OK) == 0)
		return 0;
	/* In a configuration file it stands behind the file's folder. */
	name = slash ? slash + 1 : name;
	if (strcmp(name, "host") == 0 && uname(&host) == 0)
		name = host.release;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		int len = snprintf(path, sizeof(path), "%s%s%s",
				   places[i].before, name, places[i].after);

		if (len >= (int)sizeof(path) || access(path, F_OK) < 0)
			continue;
		cfg->machine.kernel_found = true;
		return option_own(&cfg->machine.kernel, strdup(path));
	}
	return 0;
}
