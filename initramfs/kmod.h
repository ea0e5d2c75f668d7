/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kmod.h - the kernel modules that a guest needs before it has its root
 *
 * They are looked for in a folder that depmod(8) has been to, by its text files
 * modules.dep and modules.builtin, or in the tree in which the kernel was
 * built, by modules.order and what each module says of itself.
 *
 * The folder may be a stranger's.  Its files are opened as if the folder above
 * were the root (openat2(2), RESOLVE_IN_ROOT), so no link leads out of it; only
 * regular files are read, and all of them have a bound.
 *
 * Main thread.
 */
#ifndef INITRAMFS_KMOD_H
#define INITRAMFS_KMOD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KMODS_MAX = 64 };

/* A module, unpacked. */
struct kmod {
	/* Where it was found, in its tree. */
	char *path;
	uint8_t *data;
	size_t len;
};

/* In the order in which they are to be loaded.  All zero: none. */
struct kmod_list {
	struct kmod kmods[KMODS_MAX];
	size_t count;
};

/* Where modules are. */
struct kmod_tree {
	/* Descriptor of what is the root for the files in it; -1: there is no
	 * tree, so all is taken to be built in. */
	int root;
	/* Of the tree, from there, and for messages. */
	char dir[PATH_MAX], shown[PATH_MAX];
	/* A kernel was built here: nobody has said what depends on what. */
	bool built;
	/* Contents of modules.dep or modules.order, and of modules.builtin. */
	char *index, *builtin;
};

/* What a tree is looked for by. */
struct kmod_search {
	/* The kernel's file and its release, as uname(1) has it. */
	const char *kernel, *release;
	/* The folder that becomes the guest's root. */
	const char *root;
};

/*
 * Find the modules: in the tree that the kernel was built in, in the guest's
 * root, among the host's, or in lib/modules beside the kernel.  0 also if there
 * are none.  Logs; -errno: they are there but cannot be used.
 */
int kmod_tree_open(struct kmod_tree *tree, const struct kmod_search *search);

/*
 * Add the module called @name, behind those that it needs, to @list, unless it
 * is there or built in.  -ENOENT, not logged: the kernel has no such module.
 * Logs the others; -errno.
 */
int kmod_add(struct kmod_list *list, const struct kmod_tree *tree,
	     const char *name);

void kmod_tree_close(struct kmod_tree *tree);
void kmod_list_free(struct kmod_list *list);

#endif
