/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/services/orphans.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"

/* How many children are seen at once; how often to look whether they have
 * ended; how often to kill those that are left, as some may belong to another
 * user, and some have children of their own. */
enum { CHILDREN_MAX = 500, LOOK_MS = 5, KILLS = 100 };

void orphans_adopt(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* The children of this process, also those that have ended; how many. */
static size_t find_children(pid_t pids[CHILDREN_MAX])
{
	int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
	char text[CHILDREN_MAX * 8 + 1], *at = text, *end;
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	size_t n = 0;

	close_fd(&fd);
	text[MAX(len, 0)] = '\0';
	/* Each number is followed by a blank; the last may have been cut. */
	for (;; at = end + 1) {
		long pid = strtol(at, &end, 10);

		if (*end != ' ' || n == CHILDREN_MAX)
			return n;
		pids[n++] = (pid_t)pid;
	}
}

void orphans_reap(pid_t a, pid_t b)
{
	pid_t pids[CHILDREN_MAX];
	size_t n = find_children(pids);

	for (size_t i = 0; i < n; i++)
		if (pids[i] != a && pids[i] != b)
			waitpid(pids[i], NULL, WNOHANG);
}

static void send_all(int signal)
{
	pid_t pids[CHILDREN_MAX];
	size_t n = find_children(pids);

	for (size_t i = 0; i < n; i++)
		kill(pids[i], signal);
}

/* Whether there are children, after those that have ended were reaped. */
static bool any_left(void)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, WNOHANG);
	while (pid > 0);
	return pid == 0;
}

void orphans_end(unsigned patience_ms)
{
	uint64_t end_ns = now_ns() + patience_ms * NSEC_PER_MSEC;

	send_all(SIGTERM);
	while (any_left() && now_ns() < end_ns)
		poll(NULL, 0, LOOK_MS);
	/* Whoever is killed leaves its children to us. */
	for (int i = 0; i < KILLS && any_left(); i++) {
		send_all(SIGKILL);
		poll(NULL, 0, 1);
	}
}
