/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kernel.c - finds the kernel file
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

/* Refuse to look for a kernel on a disk: there is no firmware that does so, and
 * only libguestfs reads every format that may be on a disk. */
static int no_kernel_for(const char *disk)
{
	return log_fail(-EINVAL,
			"no kernel: a disk is not searched for one: take it "
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
		/* A file in the working directory is meant even if it cannot be
		 * read. */
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
	/* Where distributions put kernels: Debian and Ubuntu; Fedora and
	 * Arch. */
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
	/* From a configuration file the name comes with the file's folder in
	 * front. */
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
