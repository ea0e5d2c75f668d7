/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/suite/suite_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file's path from the root, without links and dots on the way to it, to
 * be freed; NULL: its folder is not there. */
static char *whole_path(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *base = slash ? slash + 1 : file;
	char *typed =
		slash ? strndup(file, (size_t)(base - file)) : strdup(".");
	char *dir = typed ? realpath(typed, NULL) : NULL, *path = NULL;

	free(typed);
	if (dir && asprintf(&path, "%s/%s", dir, base) < 0)
		path = NULL;
	free(dir);
	return path;
}

/* How much of @path are the folders that it has in common with @dir. */
static size_t common(const char *path, const char *dir)
{
	size_t last = 0;

	for (size_t i = 0; path[i] && (path[i] == dir[i] || !dir[i]); i++) {
		if (path[i] == '/')
			last = i + 1;
		if (!dir[i])
			break;
	}
	return last;
}

/* The part of @path that is below the working directory or, where it is
 * elsewhere, below the folder that they have in common. */
static const char *below_here(const char *path)
{
	char *here = realpath(".", NULL);
	size_t skip = here ? common(path, here) : 0;

	free(here);
	return path + skip;
}

char *suite_name(const char *file)
{
	char *whole = whole_path(file);
	const char *start = whole ? below_here(whole) : file;
	const char *slash, *base, *dot;
	char *name;

	start += strspn(start, "./");
	slash = strrchr(start, '/');
	base = slash ? slash + 1 : start;
	dot = strrchr(base, '.');
	name = dot && dot > base ? strndup(start, (size_t)(dot - start)) :
				   strdup(start);
	free(whole);
	for (char *p = name; p && *p; p++)
		if (*p == '/')
			*p = '-';
	return name;
}
