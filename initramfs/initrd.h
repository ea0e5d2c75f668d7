/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * initrd.h - an initial RAM disk with a shell, programs and kernel modules
 *
 * It has busybox, with a link in /bin for each applet; an /init that loads the
 * modules and starts a shell; and programs with the libraries that they need,
 * at the same paths as on this host.  The same files give the same bytes.
 *
 * Main thread.
 */
#ifndef INITRAMFS_INITRD_H
#define INITRAMFS_INITRD_H

#include <stddef.h>
#include <stdint.h>

#include "base/string_list.h"

struct kmod_list;

struct initrd_spec {
	/* The path of busybox, which must be linked statically; NULL: that of
	 * the PATH. */
	const char *busybox;
	/* Programs for /bin: paths, or names in the PATH. */
	struct string_list programs;
	/* To be loaded in this order; NULL: none. */
	const struct kmod_list *modules;
};

/* Make the archive, to be freed.  Logs; -errno. */
int initrd_make(const struct initrd_spec *spec, uint8_t **bytes, size_t *len);

#endif
