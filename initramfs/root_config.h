/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root_config.h - what the user asked for of a folder as the guest's root
 */
#ifndef INITRAMFS_ROOT_CONFIG_H
#define INITRAMFS_ROOT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/option.h"

/* --root.  All zero is none. */
struct root_config {
	/* NULL: the guest's root is none of ours.  Owned. */
	char *dir;
	/* The command's user is this one, not who runs us. */
	bool has_user;
	uint32_t uid, gid;
	/* The guest has extended attributes of the folder's files. */
	bool xattr;
};

/* Free what @root owns and clear it. */
void root_config_free(struct root_config *root);

/* --root, which sets a struct root_config. */
extern const struct option_spec root_options[];

#endif
