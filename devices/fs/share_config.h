/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * share_config.h - what the user asked for of shared folders
 */
#ifndef DEVICES_FS_SHARE_CONFIG_H
#define DEVICES_FS_SHARE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/option.h"

/* How long a guest may believe what it was told of names and attributes: in
 * the order of the words of cache=. */
enum share_cache { SHARE_CACHE_1S, SHARE_CACHE_ENDLESS };

/* One --share. */
struct share_config {
	/* Owned. */
	char *dir;
	/* NULL: the folder's name.  Owned. */
	char *tag;
	bool read_only;
	enum share_cache cache;
	/* It is --root's, not a --share. */
	bool is_root;
	/* The guest is told, once, that there are no extended attributes. */
	bool no_xattr;
};

/* In order; all zero is none. */
struct share_list {
	struct share_config *shares;
	size_t count;
};

/* Add @share, whose strings are the list's then, at the end of @list.  Logs;
 * -ENOMEM. */
int share_list_add(struct share_list *list, const struct share_config *share);

/* Free what @list owns and clear it. */
void share_list_free(struct share_list *list);

/* --share, which sets a struct share_list. */
extern const struct option_spec share_options[];

#endif
