/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * takeover.c - a library that takes over each thread of a run
 *
 * With LD_PRELOAD: once a thread is in the sandbox, its next call of one of the
 * functions below first tries all that acts.h has, in the real process, at the
 * real place.  A line for each thread goes to the file TAKEOVER_LOG: its name,
 * its kind, how many outcomes were as expected, and those that weren't.
 * TAKEOVER_FOLDER is what some of the acts are about.  With TAKEOVER_ISOLATED
 * the network is in a process of its own, whose lines go to standard error.
 *
 * With TAKEOVER_REFUSES=ERRNO,CALL... there are calls that fail from the start,
 * as in a container.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "base/syscall_filter.h"
#include "tests/acts.h"

static int log_fd = -1;
/* The process that opened it. */
static pid_t log_owner;
/* This process has the network. */
static bool has_network = true;

static void begin(void)
{
	const char *log = getenv("TAKEOVER_LOG"),
		   *dir = getenv("TAKEOVER_FOLDER");
	int fd;

	if (!log || !dir)
		return;
	/* A number that is not among those a shell passes on. */
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	/* The network's process may open no files any more. */
	log_fd = fcntl(fd < 0 ? STDERR_FILENO : fd, F_DUPFD_CLOEXEC, 500);
	close(fd);
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	acts_folder = fcntl(fd, F_DUPFD_CLOEXEC, 500);
	close(fd);
	if (getenv("TAKEOVER_ISOLATED"))
		has_network = log_owner != 0;
	log_owner = getpid();
	acts_other = getppid();
	signal(SIGSYS, acts_trapped);
	signal(SIGSEGV, acts_trapped);
}

__attribute__((constructor)) static void refuse(void)
{
	struct sock_filter code[20] = { BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)) };
	struct sock_fprog program = { 1, code };
	char *at = getenv("TAKEOVER_REFUSES");
	unsigned error = at ? (unsigned)strtoul(at, &at, 10) : 0;

	if (!at)
		return;
	while (*at == ',' && program.len < ARRAY_SIZE(code) - 2) {
		code[program.len++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K,
			(unsigned)strtoul(at + 1, &at, 10), 0, 1);
		code[program.len++] = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
	}
	code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							   SECCOMP_RET_ALLOW);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* libminivmm's, without the rest of it. */
static int kind_of_filter(void)
{
	int kind = -1;

	if (prctl(0x4d564d4d, 0, 0, 0, 0) < 0)
		kind = errno - 200;
	return kind >= 0 && kind < THREAD_KINDS ? kind : -1;
}

static void try_all(enum thread_kind kind)
{
	char name[16] = "", line[2048], all[2200];
	size_t len = 0;
	int good = 0;

	prctl(PR_GET_NAME, name);
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
		int outcome = acts_try(&acts[i]);

		if (outcome == acts_expected(&acts[i], kind, true, has_network))
			good++;
		else if (len < sizeof(line) / 2)
			len += (size_t)snprintf(line + len, 60, "; %s: %d",
						acts[i].name, outcome);
	}
	line[len] = '\0';
	len = (size_t)snprintf(all, sizeof(all), "%s %d %d of %zu%s\n", name,
			       (int)kind, good, ARRAY_SIZE(acts), line);
	/* dprintf(3) asks where in the file it is. */
	syscall(SYS_write, log_fd, all, len);
}

static void look(void)
{
	static __thread bool done;
	int saved = errno, kind;

	if (done || log_owner != getpid())
		return;
	kind = kind_of_filter();
	if (kind >= 0) {
		done = true;
		try_all((enum thread_kind)kind);
	}
	errno = saved;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	look();
	return REAL(poll)(fds, n, timeout);
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
	  const sigset_t *mask)
{
	look();
	return REAL(ppoll)(fds, n, timeout, mask);
}

int epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
	look();
	return REAL(epoll_wait)(fd, events, max, timeout);
}

/* poll(2) and ppoll(2), as a hardened program calls them. */
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t size);
int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
		const sigset_t *mask, size_t size);

int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t size)
{
	(void)size;
	return poll(fds, n, timeout);
}

int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
		const sigset_t *mask, size_t size)
{
	(void)size;
	return ppoll(fds, n, timeout, mask);
}

ssize_t write(int fd, const void *buf, size_t len)
{
	look();
	return REAL(write)(fd, buf, len);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	look();
	return REAL(ioctl)(fd, request, arg);
}

/* Whatever a thread does later, this is how its filter is loaded.  The first
 * one of a process may not be the last of its thread. */
long syscall(long number, ...)
{
	long a[6], rc;
	va_list args;

	va_start(args, number);
	for (size_t i = 0; i < ARRAY_SIZE(a); i++)
		a[i] = va_arg(args, long);
	va_end(args);
	rc = REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (number == SYS_seccomp && kind_of_filter() != THREAD_MAIN)
		look();
	return rc;
}

/* The program calls it when it knows what it was started with, which it closes:
 * the time to open files of our own. */
int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	if (log_fd < 0)
		begin();
	return REAL(sigprocmask)(how, set, old);
}

/* The network's process calls it when it has closed what is not its own. */
int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	if (log_fd >= 0 && log_owner != getpid() && fcntl(log_fd, F_GETFD) < 0)
		begin();
	return REAL(pthread_sigmask)(how, set, old);
}

/* SIGSYS is ours. */
int sigaction(int sig, const struct sigaction *new, struct sigaction *old)
{
	return REAL(sigaction)(sig, sig == SIGSYS ? NULL : new, old);
}
