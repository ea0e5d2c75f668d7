/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "initramfs/kmod.h"

#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "initramfs/kmod_file.h"

/* The value of @key, "KEY=", among the @len bytes of strings at @text. */
static const char *value_of(const char *text, size_t len, const char *key)
{
	size_t key_len = strlen(key);

	if (len == 0 || text[len - 1] != '\0')
		return NULL;
	for (const char *p = text; p < text + len; p += strlen(p) + 1)
		if (strncmp(p, key, key_len) == 0)
			return p + key_len;
	return NULL;
}

/* Find the section .modinfo. */
static Elf_Data *find_info(Elf *elf)
{
	Elf_Scn *section = NULL;
	const char *name;
	GElf_Shdr header;
	size_t names;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return NULL;
	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header))
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		if (name && strcmp(name, ".modinfo") == 0)
			return elf_rawdata(section, NULL);
	}
	return NULL;
}

/* The names of the modules that a module needs, separated by commas.  @data has
 * the module's @len bytes, and the result points into it.  NULL: it needs none,
 * or is damaged. */
static const char *kmod_depends(uint8_t *data, size_t len)
{
	const char *found = NULL;
	Elf_Data *info;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_memory((char *)data, len);
	info = elf ? find_info(elf) : NULL;
	/* The section is in @data, so it stays when @elf is closed. */
	if (info && info->d_buf)
		found = value_of(info->d_buf, info->d_size, "depends=");
	elf_end(elf);
	return found && *found ? found : NULL;
}

/* In names of modules '-' and '_' are the same. */
static bool is_same_char(char a, char b)
{
	return (a == '-' ? '_' : a) == (b == '-' ? '_' : b);
}

/* Whether the @len bytes of @path are the path of module @name's file. */
static bool is_file_of(const char *path, size_t len, const char *name)
{
	const char *slash = memrchr(path, '/', len);
	size_t i = 0;

	if (slash) {
		len -= (size_t)(slash + 1 - path);
		path = slash + 1;
	}
	while (i < len && name[i] && is_same_char(path[i], name[i]))
		i++;
	/* .ko, or compressed, such as .ko.xz; in some kernels modules.order has
	 * .o. */
	return !name[i] && ((len - i >= 3 && !memcmp(path + i, ".ko", 3)) ||
			    (len - i == 2 && !memcmp(path + i, ".o", 2)));
}

/* Find the line of @text that begins with the path of module @name; the path
 * ends at one of @ends.  *@len is the path's length.  NULL: there is none. */
static const char *find_line(const char *text, const char *name,
			     const char *ends, size_t *len)
{
	const char *line = text, *newline;

	for (; line && *line; line = newline ? newline + 1 : NULL) {
		newline = strchr(line, '\n');
		*len = strcspn(line, ends);
		if (is_file_of(line, *len, name))
			return line;
	}
	return NULL;
}

/* Make the path, from the tree's root, of the @len bytes at @file.  -ENOMEM. */
static int path_of(const struct kmod_tree *tree, const char *file, size_t len,
		   char **path)
{
	/* depmod writes an absolute path for a module outside of the tree. */
	const char *dir = *file == '/' ? "" : tree->dir;

	return asprintf(path, "%s/%.*s", dir, (int)len, file) < 0 ? -ENOMEM : 0;
}

static int complain(const char *path, int err, const char *program)
{
	if (err == -ENOEXEC && program)
		return log_fail(err,
				"--root: module %.200s: %s could not unpack "
				"it: install %s, or get a whole copy",
				path, program, program);
	return log_fail(err,
			"--root: module %.200s: %s: get a whole copy of the "
			"kernel's modules",
			path,
			err == -ENOEXEC ? "not a module" : strerror(-err));
}

static int too_many(const struct kmod_tree *tree)
{
	return log_fail(-EINVAL,
			"--root: %s: one of the modules needs more than %d "
			"others: run depmod",
			tree->shown, KMODS_MAX);
}

static bool is_listed(const struct kmod_list *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->kmods[i].path, path) == 0)
			return true;
	return false;
}

/* Add the file @path to @list unless it is there already. */
static int add_path(struct kmod_list *list, const struct kmod_tree *tree,
		    const char *path)
{
	struct kmod *kmod = &list->kmods[list->count];
	const char *program;
	int err;

	if (is_listed(list, path))
		return 0;
	if (list->count == KMODS_MAX)
		return too_many(tree);
	err = kmod_file_unpack(tree->root, path, &kmod->data, &kmod->len,
			       &program);
	if (err)
		return complain(path, err, program);
	if (kmod->len > KMODS_BYTES_MAX - list->bytes) {
		free(kmod->data);
		return complain(path, -EFBIG, NULL);
	}
	kmod->path = strdup(path);
	if (!kmod->path) {
		free(kmod->data);
		return log_fail(-ENOMEM, "--root: %s", strerror(ENOMEM));
	}
	list->count++;
	list->bytes += kmod->len;
	return 0;
}

static int add_file(struct kmod_list *list, const struct kmod_tree *tree,
		    const char *file, size_t len)
{
	char *path;
	int err = path_of(tree, file, len, &path);

	if (err)
		return log_fail(err, "--root: %s", strerror(-err));
	err = add_path(list, tree, path);
	free(path);
	return err;
}

/* In modules.dep "a.ko: b.ko c.ko" means that b may need c: add the last one
 * first. */
static int add_by_dep(struct kmod_list *list, const struct kmod_tree *tree,
		      const char *name)
{
	size_t len, end;
	const char *line = find_line(tree->index, name, ":\n", &len);
	int err = 0;

	if (!line || line[len] != ':')
		return -ENOENT;
	end = strcspn(line, "\n");
	while (!err && end > len + 1) {
		size_t start = end;

		while (start > len + 1 && !strchr(" \t", line[start - 1]))
			start--;
		if (start < end)
			err = add_file(list, tree, line + start, end - start);
		end = start - (start > len + 1);
	}
	return err ? err : add_file(list, tree, line, len);
}

static bool is_there(const struct kmod_tree *tree, const char *path)
{
	int fd = kmod_file_open(tree->root, path);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Make the path in the tree from a line of modules.order: .o, as some kernels
 * have it, becomes .ko, and "kernel/", as others have it, is removed. */
static int order_path(const struct kmod_tree *tree, const char *line,
		      size_t len, char **path)
{
	static const char old[] = "kernel/";
	size_t skip = 0;

	len = (size_t)((const char *)memrchr(line, '.', len) - line);
	do {
		if (asprintf(path, "%s/%.*s.ko", tree->dir, (int)(len - skip),
			     line + skip) < 0)
			return log_fail(-ENOMEM, "--root: %s",
					strerror(ENOMEM));
		if (skip || strncmp(line, old, strlen(old)) != 0 ||
		    is_there(tree, *path))
			return 0;
		free(*path);
		skip = strlen(old);
	} while (true);
}

/* The names that are being added.  None of them is added again, as modules may
 * claim to need each other. */
struct under_way {
	const struct under_way *outer;
	const char *name;
};

static int add_by_order(struct kmod_list *list, const struct kmod_tree *tree,
			const char *name, const struct under_way *outer);

static int add_needed_one(struct kmod_list *list, const struct kmod_tree *tree,
			  const char *needed, const struct under_way *way)
{
	size_t len;
	int err = -ENOENT;

	if (find_line(tree->builtin, needed, "\n", &len))
		return 0;
	if (find_line(tree->index, needed, "\n", &len))
		err = add_by_order(list, tree, needed, way);
	if (err == -ENOENT)
		return log_fail(-EINVAL,
				"--root: %s needs %s, which is not in %s: run "
				"make modules there",
				way->name, needed, tree->shown);
	return err;
}

/* Add the modules that @depends names; the text is cut up. */
static int add_needed(struct kmod_list *list, const struct kmod_tree *tree,
		      char *depends, const struct under_way *way)
{
	unsigned n = 0;
	char *needed;
	int err = 0;

	while (!err && (needed = strsep(&depends, ",")))
		if (n++ == KMODS_MAX)
			err = too_many(tree);
		else if (*needed)
			err = add_needed_one(list, tree, needed, way);
	return err;
}

static int add_with_needed(struct kmod_list *list, const struct kmod_tree *tree,
			   const char *path, const struct under_way *way)
{
	const char *program, *depends;
	char *copy = NULL;
	uint8_t *data;
	size_t len;
	int err = kmod_file_unpack(tree->root, path, &data, &len, &program);

	if (err)
		return complain(path, err, program);
	depends = kmod_depends(data, len);
	if (depends)
		copy = strdup(depends);
	free(data);
	if (copy)
		err = add_needed(list, tree, copy, way);
	free(copy);
	return err ? err : add_path(list, tree, path);
}

static int add_by_order(struct kmod_list *list, const struct kmod_tree *tree,
			const char *name, const struct under_way *outer)
{
	const struct under_way way = { outer, name };
	const char *line;
	unsigned depth = 0;
	char *path;
	size_t len;
	int err;

	for (; outer; outer = outer->outer)
		if (strcmp(outer->name, name) == 0 || ++depth > KMODS_MAX)
			return 0;
	line = find_line(tree->index, name, "\n", &len);
	if (!line)
		return -ENOENT;
	err = order_path(tree, line, len, &path);
	if (err)
		return err;
	if (!is_listed(list, path))
		err = add_with_needed(list, tree, path, &way);
	free(path);
	return err;
}

int kmod_add(struct kmod_list *list, const struct kmod_tree *tree,
	     const char *name)
{
	size_t len;

	if (tree->root < 0 || find_line(tree->builtin, name, "\n", &len))
		return 0;
	return tree->built ? add_by_order(list, tree, name, NULL) :
			     add_by_dep(list, tree, name);
}

void kmod_list_free(struct kmod_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->kmods[i].path);
		free(list->kmods[i].data);
	}
	list->count = list->bytes = 0;
}
