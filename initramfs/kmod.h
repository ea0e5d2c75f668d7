/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kmod.h - the kernel modules that a guest needs before it has its root
 *
 * They are found in a folder that depmod(8) has prepared, by its text files
 * modules.dep and modules.builtin; or in the tree in which the kernel was
 * built, by modules.order and by what each module says about itself.
 *
 * The folder may belong to a stranger.  Its files are opened as if the folder
 * above were the root (openat2(2), RESOLVE_IN_ROOT), so no link leads out of
 * it.  Only regular files are read, and their size is limited.
 *
 * Main thread.
 */
#ifndef INITRAMFS_KMOD_H
#define INITRAMFS_KMOD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many, and their bytes in all. */
enum { KMODS_MAX = 64, KMODS_BYTES_MAX = 256 << 20 };

/* A module, unpacked. */
struct kmod {
	/* The path of its file, in the tree. */
	char *path;
	uint8_t *data;
	size_t len;
};

/* In the order in which to load them.  All zero: none. */
struct kmod_list {
	struct kmod kmods[KMODS_MAX];
	size_t count, bytes;
};

/* The place of a kernel's modules. */
struct kmod_tree {
	/* A descriptor of the folder that is the root for the tree's files. -1:
	 * there is no tree, so all drivers are taken to be built in. */
	int root;
	/* The tree's path from that root, and its path in messages. */
	char dir[PATH_MAX], shown[PATH_MAX];
	/* The kernel was built in this tree, so depmod(8) has not listed what
	 * modules need. */
	bool built;
	/* Contents of modules.dep or modules.order, and of modules.builtin. */
	char *index, *builtin;
};

/* What the search for a tree starts from. */
struct kmod_search {
	/* The kernel's file and its release, as uname(1) has it. */
	const char *kernel, *release;
	/* The folder that becomes the guest's root. */
	const char *root;
};

/*
 * Look for the modules in the tree in which the kernel was built, in the
 * guest's root, among the host's, and in lib/modules beside the kernel. 0 also
 * if there are none.  Logs; -errno: there are modules but they cannot be used.
 */
int kmod_tree_open(struct kmod_tree *tree, const struct kmod_search *search);

/*
 * Add the module @name to @list, after the modules that it needs, unless it is
 * there already or built in.  -ENOENT, not logged: the kernel has no such
 * module.  Other errors are logged; -errno.
 */
int kmod_add(struct kmod_list *list, const struct kmod_tree *tree,
	     const char *name);

void kmod_tree_close(struct kmod_tree *tree);
void kmod_list_free(struct kmod_list *list);

#endif
