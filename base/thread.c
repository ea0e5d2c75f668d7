/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "base/thread.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "base/syscall_filter.h"
#include "base/util.h"

/* All signals, except those that report a crash of a thread.  If these were
 * blocked, the process would end without a message. */
static void fill(sigset_t *set)
{
	static const int crashes[] = { SIGSEGV, SIGBUS,	 SIGFPE, SIGILL,
				       SIGABRT, SIGTRAP, SIGSYS };

	sigfillset(set);
	for (unsigned i = 0; i < ARRAY_SIZE(crashes); i++)
		sigdelset(set, crashes[i]);
}

void thread_block_signals(void)
{
	sigset_t set;

	fill(&set);
	pthread_sigmask(SIG_SETMASK, &set, NULL);
}

int thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg)
{
	sigset_t all, old;
	int err;

	fill(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -err;
}

const char *thread_failure(int err)
{
	switch (err) {
	case -EAGAIN:
		return "no thread: raise `ulimit -u` or `ulimit -v`";
	case -EPERM:
		return "no thread: the container refuses clone3(2): it must "
		       "answer ENOSYS";
	default:
		return strerror(-err);
	}
}

void thread_begin(const char *name, enum thread_kind kind)
{
	int now = syscall_filter_kind();
	int err = 0;

	prctl(PR_SET_NAME, name, 0, 0, 0);
	if (now >= 0 && now != (int)kind)
		err = syscall_filter(kind);
	if (err)
		log_warn("%s: no system call filter of its own: %s", name,
			 strerror(-err));
}
