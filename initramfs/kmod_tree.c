/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kmod_tree.c - finds a kernel's modules
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "initramfs/kmod.h"
#include "initramfs/kmod_file.h"

/* A kernel's file is at most so many folders deep in its tree:
 * arch/x86/boot/bzImage. */
enum { TREE_DEPTH = 4 };

/* Read the file @name in the tree; on failure *@text is NULL.  -errno. */
static int read_text(const struct kmod_tree *tree, const char *name,
		     char **text)
{
	char path[PATH_MAX + 32];
	uint8_t *data;
	size_t len;
	int err;

	snprintf(path, sizeof(path), "%s/%s", tree->dir, name);
	err = kmod_file_read(tree->root, path, &data, &len);
	*text = err ? NULL : (char *)data;
	return err;
}

/* Open @root and use @dir in it as the tree.  Messages show @dir with @above in
 * front. */
static int enter(struct kmod_tree *tree, const char *root, const char *dir,
		 const char *above)
{
	int n = snprintf(tree->dir, sizeof(tree->dir), "%s", dir);
	int shown =
		snprintf(tree->shown, sizeof(tree->shown), "%s%s", above, dir);

	if (n >= PATH_MAX || shown >= PATH_MAX)
		return -ENAMETOOLONG;
	tree->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return tree->root < 0 ? -errno : 0;
}

static void leave(struct kmod_tree *tree)
{
	close_fd(&tree->root);
	free(tree->index);
	free(tree->builtin);
	tree->index = tree->builtin = NULL;
}

/* Whether the tree has modules for @release. */
static bool is_release(const struct kmod_tree *tree, const char *release)
{
	char *text = NULL;
	bool same;

	read_text(tree, "include/config/kernel.release", &text);
	if (!text)
		return false;
	text[strcspn(text, "\n")] = '\0';
	same = strcmp(text, release) == 0;
	free(text);
	return same;
}

/* Whether this kernel and its modules were built in @dir. */
static bool try_built(struct kmod_tree *tree, const char *dir,
		      const char *release)
{
	if (enter(tree, dir, "", dir) == 0 && is_release(tree, release) &&
	    read_text(tree, "modules.order", &tree->index) == 0) {
		tree->built = true;
		return true;
	}
	leave(tree);
	return false;
}

/* Try the folders above the kernel's file. */
static bool find_built(struct kmod_tree *tree, const char *kernel,
		       const char *release)
{
	char *slash;

	for (unsigned i = 0; i < TREE_DEPTH; i++) {
		char dir[PATH_MAX];

		snprintf(dir, sizeof(dir), "%s", kernel);
		for (unsigned up = 0; up <= i; up++) {
			slash = strrchr(dir, '/');
			if (!slash || slash == dir)
				return false;
			*slash = '\0';
		}
		if (try_built(tree, dir, release))
			return true;
	}
	return false;
}

/* Try @dir beneath @root. 1: it has modules.dep; 0: it does not exist;
 * -errno. */
static int try_installed(struct kmod_tree *tree, const char *root,
			 const char *dir)
{
	int err = enter(tree, root, dir, strcmp(root, "/") == 0 ? "" : root);
	int fd = err ? err : kmod_file_open(tree->root, dir);

	if (fd >= 0)
		close(fd);
	if (fd < 0) {
		leave(tree);
		return fd == -ENOENT || fd == -ENOTDIR ? 0 : fd;
	}
	err = read_text(tree, "modules.dep", &tree->index);
	return err ? err : 1;
}

/* Try those folders of @root in which modules of @release may be. */
static int find_installed(struct kmod_tree *tree, const char *root,
			  const char *release)
{
	static const char *const places[] = { "lib/modules",
					      "usr/lib/modules" };
	int found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(places) && !found; i++) {
		char dir[PATH_MAX];

		snprintf(dir, sizeof(dir), "/%s/%s", places[i], release);
		found = try_installed(tree, root, dir);
	}
	return found;
}

/* Try lib/modules in the kernel's folder and in the one above. */
static int find_beside(struct kmod_tree *tree, const char *kernel,
		       const char *release)
{
	char dir[PATH_MAX], *slash;
	int found = 0;

	snprintf(dir, sizeof(dir), "%s", kernel);
	for (unsigned i = 0; i < 2 && !found; i++) {
		slash = strrchr(dir, '/');
		if (!slash || slash == dir)
			return 0;
		*slash = '\0';
		found = find_installed(tree, dir, release);
	}
	return found;
}

static int complain(struct kmod_tree *tree, const char *release, int err)
{
	const char *what = tree->shown;

	if (tree->root >= 0 && err == -ENOENT)
		log_err("--root: %s has no modules.dep: run depmod %s", what,
			release);
	else
		log_err("--root: modules in %s: %s", what, strerror(-err));
	leave(tree);
	return err;
}

int kmod_tree_open(struct kmod_tree *tree, const struct kmod_search *search)
{
	const char *release = search->release;
	char *kernel = realpath(search->kernel, NULL);
	int found = 0;

	*tree = (struct kmod_tree){ .root = -1 };
	/* The release becomes part of a path, so it may have no slash. */
	if (kernel && *release && !strchr(release, '/')) {
		found = find_built(tree, kernel, release);
		if (!found)
			found = find_installed(tree, search->root, release);
		if (!found)
			found = find_installed(tree, "/", release);
		if (!found)
			found = find_beside(tree, kernel, release);
	}
	free(kernel);
	if (found < 0)
		return complain(tree, release, found);
	if (!found)
		return 0;
	if (read_text(tree, "modules.builtin", &tree->builtin) < 0)
		log_debug("--root: %s has no modules.builtin", tree->shown);
	log_info("--root: modules are from %s", tree->shown);
	return 0;
}

void kmod_tree_close(struct kmod_tree *tree)
{
	leave(tree);
}
