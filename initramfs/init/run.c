/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run.c - turns the child into the command: its user, folder and program
 */
#include <asm-generic/errno-base.h>
#include <asm/ioctls.h>

#include "initramfs/init/sys.h"

static const char *value_of(char **env, const char *name)
{
	for (; env && *env; env++)
		if (begins(*env, name))
			return *env + length(name);
	return NULL;
}

/* execve(2) of @path; a script without a first line #! is run by a shell. */
static long execute(const char *path, char **args, char **env)
{
	long err = call(__NR_execve, (long)path, (long)args, (long)env, 0, 0);
	char **with;
	size_t n = 0;

	if (err != -ENOEXEC)
		return err;
	while (args[n])
		n++;
	with = allocate((n + 3) * sizeof(*with));
	if (!with)
		return err;
	with[0] = (char *)(uintptr_t) "sh";
	with[1] = (char *)(uintptr_t)path;
	for (size_t i = 1; i < n; i++)
		with[i + 1] = args[i];
	return call(__NR_execve, (long)"/bin/sh", (long)with, (long)env, 0, 0);
}

/* Write @dir, of @n bytes, a slash and @name to @path; 0: @path is too
 * small. */
static int join(char path[4096], const char *dir, size_t n, const char *name)
{
	size_t len = length(name), at = 0;

	if (n + len + 3 > 4096)
		return 0;
	/* An empty @dir is the current folder. */
	if (!n)
		path[at++] = '.';
	for (size_t i = 0; i < n; i++)
		path[at++] = dir[i];
	path[at++] = '/';
	for (size_t i = 0; i <= len; i++)
		path[at++] = name[i];
	return 1;
}

/* Look for the program as a shell does.  If it was found but could not be run,
 * that error is returned, rather than that it does not exist elsewhere. */
static long search(char **args, char **env)
{
	const char *dirs = value_of(env, "PATH=");
	long result = -ENOENT;
	char path[4096];

	for (const char *p = args[0]; *p; p++)
		if (*p == '/')
			return execute(args[0], args, env);
	if (!dirs)
		dirs = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
	while (args[0][0]) {
		size_t n = 0;
		long err = -ENOENT;

		while (dirs[n] && dirs[n] != ':')
			n++;
		if (join(path, dirs, n, args[0]))
			err = execute(path, args, env);
		if (err != -ENOENT && err != -ENOTDIR)
			result = err;
		if (!dirs[n])
			break;
		dirs += n + 1;
	}
	return result;
}

/* Become the host's user, who also gets the terminal, and makes files that are
 * as closed to others as on the host. */
static void become_user(const struct files *files)
{
	const struct job_settings *s = &files->settings;

	for (long fd = 0; fd < 3; fd++)
		call(__NR_fchown, fd, s->uid, s->gid, 0, 0);
	call(__NR_setgroups, (long)(files->groups_len / sizeof(uint32_t)),
	     (long)files->groups, 0, 0, 0);
	call(__NR_setgid, s->gid, 0, 0, 0, 0);
	call(__NR_setuid, s->uid, 0, 0, 0, 0);
	call(__NR_umask, s->umask, 0, 0, 0, 0);
}

static void change_folder(const char *cwd)
{
	long err = call(__NR_chdir, (long)cwd, 0, 0, 0, 0);

	if (err < 0)
		SAY(cwd, ": cannot be entered in the guest, error ",
		    number_text(-err), ": the command begins in /");
}

_Noreturn void run_command(const struct files *files)
{
	static char sh[] = "/bin/sh";
	char *shell[] = { sh, NULL };
	char **args = files->args;
	long err = -ENOENT;

	call(__NR_setsid, 0, 0, 0, 0, 0);
	call(__NR_ioctl, 1, TIOCSCTTY, 1, 0, 0);
	if (files->settings.root)
		become_user(files);
	if (files->cwd)
		change_folder(files->cwd);
	if (args && args[0])
		err = search(args, files->env);
	if (files->settings.shell && (err == -ENOENT || err == -EACCES)) {
		args = shell;
		err = execute(sh, args, files->env);
	}
	if (err == -ENOENT || err == -ENOTDIR) {
		SAY(args ? args[0] : "", ": not found in the guest");
		end_process(JOB_NOT_FOUND);
	}
	SAY(args[0], ": cannot be run in the guest: error ", number_text(-err));
	end_process(JOB_CANNOT_RUN);
}
