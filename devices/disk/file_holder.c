/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/disk/file_holder.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/printable.h"
#include "base/util.h"

/* Whose lock is looked for. */
struct wanted {
	/* As /proc has the file: MAJOR:MINOR:INODE. */
	char file[48];
	uint64_t at;
};

/*
 * Whether @line of a descriptor's fdinfo is of such a lock:
 *
 *	lock: 1: OFDLCK ADVISORY READ -1 08:01:1234 100 103
 */
static bool is_lock(const char *line, const struct wanted *wanted)
{
	const char *range = strstr(line, wanted->file);
	uint64_t first, last;
	char *end;

	if (strncmp(line, "lock:", 5) != 0 || !range)
		return false;
	range += strlen(wanted->file);
	first = strtoull(range, &end, 10);
	if (*range != ' ' || end == range)
		return false;
	last = strncmp(end, " EOF", 4) == 0 ? UINT64_MAX :
					      strtoull(end, NULL, 10);
	return first <= wanted->at && wanted->at <= last;
}

static bool has_lock(int dir, const char *fd, const struct wanted *wanted)
{
	char *line = NULL;
	bool found = false;
	size_t size = 0;
	int info = openat(dir, fd, O_RDONLY | O_CLOEXEC);
	FILE *f = info < 0 ? NULL : fdopen(info, "r");

	if (!f) {
		close_fd(&info);
		return false;
	}
	while (!found && getline(&line, &size, f) > 0)
		found = is_lock(line, wanted);
	free(line);
	fclose(f);
	return found;
}

static bool any_has_lock(pid_t pid, const struct wanted *wanted, int but)
{
	char path[40], own[16];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(own, sizeof(own), "%d", pid == getpid() ? but : -1);
	snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int)pid);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir)))
		found = strcmp(entry->d_name, own) != 0 &&
			has_lock(dirfd(dir), entry->d_name, wanted);
	if (dir)
		closedir(dir);
	return found;
}

void file_holder_name(struct file_holder *holder)
{
	char path[32];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)holder->pid);
	f = fopen(path, "re");
	if (!f || !fgets(holder->name, sizeof(holder->name), f))
		snprintf(holder->name, sizeof(holder->name), "?");
	holder->name[strcspn(holder->name, "\n")] = '\0';
	printable_string(holder->name);
	if (f)
		fclose(f);
}

void file_holder_find(struct file_holder *holder, const struct stat *st,
		      uint64_t at, int fd)
{
	struct wanted wanted = { .at = at };
	struct dirent *entry;
	DIR *proc = opendir("/proc");

	*holder = (struct file_holder){ .pid = 0 };
	snprintf(wanted.file, sizeof(wanted.file), " %02x:%02x:%" PRIu64,
		 major(st->st_dev), minor(st->st_dev), (uint64_t)st->st_ino);
	while (proc && !holder->pid && (entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0 && any_has_lock(pid, &wanted, fd))
			holder->pid = pid;
	}
	if (proc)
		closedir(proc);
	if (holder->pid)
		file_holder_name(holder);
}

/* A line of mountinfo: ID PARENT MAJOR:MINOR ROOT PATH OPTIONS ... */
static bool is_mount(char *line, const char *dev, char *path, size_t size,
		     bool *writable)
{
	char *field[6], *rest = line;

	for (unsigned i = 0; i < 6; i++)
		if (!(field[i] = strsep(&rest, " ")))
			return false;
	if (strcmp(field[2], dev) != 0)
		return false;
	snprintf(path, size, "%s", field[4]);
	printable_string(path);
	*writable = strncmp(field[5], "rw", 2) == 0;
	return true;
}

bool file_mounted(dev_t dev, char *path, size_t size, bool *writable)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, text[24];
	bool found = false;
	size_t room = 0;

	if (!f)
		return false;
	snprintf(text, sizeof(text), "%u:%u", major(dev), minor(dev));
	while (!found && getline(&line, &room, f) > 0)
		found = is_mount(line, text, path, size, writable);
	free(line);
	fclose(f);
	return found;
}
