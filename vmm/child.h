/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * child.h - a child process, of whose end the loop hears
 *
 * It leads a process group of its own.  What is ours of signals is not its:
 * none is blocked, and SIGPIPE ends it.
 *
 * Threads: main thread.
 */
#ifndef VMM_CHILD_H
#define VMM_CHILD_H

#include <spawn.h>
#include <sys/types.h>

/* Start the program @path, with @files done to its descriptors, as *@pid;
 * *@fd is readable once it has ended.  -errno, and there is no child. */
int child_start(pid_t *pid, int *fd, const char *path,
		const posix_spawn_file_actions_t *files, char **argv,
		char **env);

/* Wait for its end: its exit code as a shell has it. */
int child_reap(pid_t pid);

#endif
