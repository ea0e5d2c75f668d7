/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "vmm/child.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmm/exit_code.h"

/* Those that we wait for are blocked, and SIGPIPE and SIGXFSZ are ignored. */
static int set_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, ignored;

	sigemptyset(&none);
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGPIPE);
	sigaddset(&ignored, SIGXFSZ);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &ignored);
	posix_spawnattr_setpgroup(attr, 0);
	return posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETSIGDEF |
						      POSIX_SPAWN_SETPGROUP);
}

int child_start(pid_t *pid, int *fd, const char *path,
		const posix_spawn_file_actions_t *files, char **argv,
		char **env)
{
	posix_spawnattr_t attr;
	int err;

	posix_spawnattr_init(&attr);
	err = set_attributes(&attr);
	if (!err)
		err = posix_spawn(pid, path, files, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	if (err) {
		*pid = 0;
		return -err;
	}
	*fd = (int)syscall(SYS_pidfd_open, *pid, 0);
	if (*fd >= 0)
		return 0;
	err = -errno;
	kill(-*pid, SIGKILL);
	child_reap(*pid);
	*pid = 0;
	return err;
}

int child_reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   EXIT_CODE_SIGNAL + WTERMSIG(status);
}
