/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root_config.h - the user's settings for a folder as the guest's root
 */
#ifndef INITRAMFS_ROOT_CONFIG_H
#define INITRAMFS_ROOT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/option.h"

/* --root.  All zero is none. */
struct root_config {
	/* The folder; NULL: the guest's root is not a folder of the host.
	 * Owned. */
	char *dir;
	/* The command runs as this user, not as the user who runs minivmm. */
	bool has_user;
	uint32_t uid, gid;
	/* The guest sees the extended attributes of the folder's files. */
	bool xattr;
};

/* Free what @root owns and clear it. */
void root_config_free(struct root_config *root);

/* --root, which sets a struct root_config. */
extern const struct option_spec root_options[];

#endif
