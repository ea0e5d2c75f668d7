/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "initramfs/initrd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "initramfs/archive.h"
#include "initramfs/kmod.h"
#include "initramfs/kmod_file.h"

/* The variable that passes a path to a shell, so that the path may have any
 * characters. */
#define PROGRAM_VARIABLE "MINIVMM_INITRD_PROGRAM"

static const char init_script[] =
	"#!/bin/busybox sh\n"
	"# minivmm initrd has made this.\n"
	"export PATH=/bin HOME=/root TERM=${TERM:-linux}\n"
	"mount -t proc proc /proc\n"
	"mount -t sysfs sysfs /sys\n"
	"mount -t devtmpfs dev /dev\n"
	"mkdir -p /dev/pts /dev/shm\n"
	"mount -t devpts devpts /dev/pts\n"
	"mount -t tmpfs tmpfs /dev/shm\n"
	"for module in /modules/*.ko; do\n"
	"\t[ ! -e \"$module\" ] || insmod \"$module\" ||\n"
	"\t\techo \"init: $module: cannot be loaded\"\n"
	"done\n"
	"ip link set lo up 2>/dev/null\n"
	"# SIGTERM to minivmm presses the power button.\n"
	"acpid -f -l /dev/null 2>/dev/null &\n"
	"cd /root\n"
	"setsid cttyhack sh\n"
	"poweroff -f\n";

static const char power_script[] = "#!/bin/sh\npoweroff -f\n";

struct maker {
	struct archive archive;
	/* The root for the host's files, see kmod_file.h. */
	int root;
	/* What is in the archive, and from which files its programs are. */
	struct string_list seen, programs;
};

static bool has(const struct string_list *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->strings[i], path) == 0)
			return true;
	return false;
}

/* True once for each path. */
static bool is_new(struct maker *m, const char *path)
{
	return !has(&m->seen, path) && string_list_add(&m->seen, path) == 0;
}

/* Add the folders above @path, which is absolute. */
static void put_parents(struct maker *m, const char *path)
{
	char folder[PATH_MAX];

	for (const char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(p - path), path);
		if (is_new(m, folder))
			archive_folder(&m->archive, folder);
	}
}

static void put_text(struct maker *m, const char *path, const char *text)
{
	put_parents(m, path);
	archive_file(&m->archive, path, 0755, text, strlen(text));
}

/* Add the host's file @from as @to. */
static int put_file(struct maker *m, const char *from, const char *to)
{
	uint8_t *data;
	size_t len;
	int err;

	if (!is_new(m, to))
		return 0;
	err = kmod_file_read(m->root, from, &data, &len);
	if (err)
		return log_fail(err, "minivmm initrd: %s: %s", from,
				strerror(-err));
	put_parents(m, to);
	archive_file(&m->archive, to, 0755, data, len);
	free(data);
	return 0;
}

/* Find @program, which is a path or a name in the PATH.  -errno. */
static int find_program(const char *program, char path[PATH_MAX])
{
	const char *dirs = getenv("PATH");
	char file[PATH_MAX];

	if (strchr(program, '/'))
		return realpath(program, path) ? 0 : -errno;
	while (dirs && *dirs) {
		size_t len = strcspn(dirs, ":");

		snprintf(file, sizeof(file), "%.*s/%s", (int)len, dirs,
			 program);
		if (access(file, X_OK) == 0 && realpath(file, path))
			return 0;
		dirs += len + (dirs[len] == ':');
	}
	return -ENOENT;
}

/* Run the shell's @command for @program and collect its output, line by line.
 * Returns the exit status, or -errno. */
static int ask(const char *command, const char *program,
	       struct string_list *lines)
{
	char *line = NULL;
	size_t room = 0;
	int err = setenv(PROGRAM_VARIABLE, program, 1) < 0 ? -errno : 0;
	FILE *in = err ? NULL : popen(command, "re");
	int status;

	if (!in)
		return err ? err : -errno;
	while (!err && getline(&line, &room, in) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		err = string_list_add(lines, line);
	}
	free(line);
	status = pclose(in);
	return err ? err : WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* What ldd(1) says of what is static, or a script, is no error; that a library
 * is missing is one. */
static int find_libraries(const char *program, struct string_list *libraries)
{
	int status = ask("LC_ALL=C ldd \"$" PROGRAM_VARIABLE "\" 2>/dev/null | "
			 "grep -o -e '/[^ ]*' -e '[^[:space:]]* => not found'",
			 program, libraries);

	if (status < 0)
		return log_fail(status, "minivmm initrd: ldd: %s",
				strerror(-status));
	for (size_t i = 0; i < libraries->count; i++) {
		const char *line = libraries->strings[i];

		if (*line != '/')
			return log_fail(-ENOENT,
					"minivmm initrd: %s: %.*s is not "
					"found: install that library",
					program, (int)strcspn(line, " "), line);
	}
	return 0;
}

static int put_program(struct maker *m, const char *program)
{
	struct string_list libraries = { 0 };
	char from[PATH_MAX], to[PATH_MAX];
	const char *slash = strrchr(program, '/');
	int err = find_program(program, from);

	if (err)
		return log_fail(err,
				"minivmm initrd: -f %s: %s: name a program's "
				"file",
				program, strerror(-err));
	snprintf(to, sizeof(to), "/bin/%s", slash ? slash + 1 : program);
	if (has(&m->seen, to) && !has(&m->programs, from))
		return log_fail(-EEXIST,
				"minivmm initrd: -f %s: another program is %s: "
				"give it another name",
				program, to);
	err = string_list_add(&m->programs, from);
	if (!err)
		err = put_file(m, from, to);
	if (!err)
		err = find_libraries(from, &libraries);
	for (size_t i = 0; i < libraries.count && !err; i++)
		err = put_file(m, libraries.strings[i], libraries.strings[i]);
	string_list_free(&libraries);
	return err;
}

static int put_applets(struct maker *m, const struct string_list *applets)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < applets->count; i++) {
		snprintf(path, sizeof(path), "/bin/%s", applets->strings[i]);
		if (is_new(m, path))
			archive_link(&m->archive, path, "busybox");
	}
	return 0;
}

static int put_busybox(struct maker *m, const char *name)
{
	static const char remedy[] =
		"install busybox-static, or name a busybox by --busybox";
	struct string_list libraries = { 0 }, applets = { 0 };
	char path[PATH_MAX];
	int err = find_program(name ? name : "busybox", path);

	if (err)
		return log_fail(err, "minivmm initrd: %s: %s: %s",
				name ? name : "busybox", strerror(-err),
				remedy);
	err = find_libraries(path, &libraries);
	if (!err && libraries.count)
		err = log_fail(-EINVAL,
			       "minivmm initrd: %s: needs libraries: %s", path,
			       remedy);
	if (!err && (ask("\"$" PROGRAM_VARIABLE "\" --list 2>/dev/null", path,
			 &applets) != 0 ||
		     !applets.count))
		err = log_fail(-EINVAL, "minivmm initrd: %s: is no busybox: %s",
			       path, remedy);
	if (!err)
		err = put_file(m, path, "/bin/busybox");
	if (!err)
		err = put_applets(m, &applets);
	string_list_free(&libraries);
	string_list_free(&applets);
	return err;
}

/* The files' names sort in the order in which to load the modules. */
static void put_modules(struct maker *m, const struct kmod_list *modules)
{
	char path[PATH_MAX];

	for (size_t i = 0; modules && i < modules->count; i++) {
		const struct kmod *kmod = &modules->kmods[i];
		const char *slash = strrchr(kmod->path, '/');
		const char *name = slash ? slash + 1 : kmod->path;

		snprintf(path, sizeof(path), "/modules/%02zu-%.*s.ko", i,
			 (int)strcspn(name, "."), name);
		archive_file(&m->archive, path, 0644, kmod->data, kmod->len);
	}
}

static int put_all(struct maker *m, const struct initrd_spec *spec)
{
	static const char *const folders[] = { "/dev",	  "/proc", "/sys",
					       "/tmp",	  "/mnt",  "/root",
					       "/modules" };
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		archive_folder(&m->archive, folders[i]);
	put_text(m, "/init", init_script);
	put_text(m, "/etc/acpi/PWRF/00000080", power_script);
	/* A program replaces the applet of the same name. */
	for (size_t i = 0; i < spec->programs.count && !err; i++)
		err = put_program(m, spec->programs.strings[i]);
	if (!err)
		err = put_busybox(m, spec->busybox);
	put_modules(m, spec->modules);
	return err;
}

int initrd_make(const struct initrd_spec *spec, uint8_t **bytes, size_t *len)
{
	struct maker m = { .root = open("/",
					O_PATH | O_DIRECTORY | O_CLOEXEC) };
	int err = m.root < 0 ? -errno : archive_open(&m.archive), closed;

	if (err) {
		close_fd(&m.root);
		return log_fail(err, "minivmm initrd: %s", strerror(-err));
	}
	err = put_all(&m, spec);
	closed = archive_close(&m.archive, bytes, len);
	if (!err && closed)
		err = log_fail(closed, "minivmm initrd: out of memory");
	else if (err && !closed)
		free(*bytes);
	if (err)
		*bytes = NULL;
	string_list_free(&m.seen);
	string_list_free(&m.programs);
	close_fd(&m.root);
	return err;
}
