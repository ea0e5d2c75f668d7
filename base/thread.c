/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "base/thread.h"

#include <signal.h>
#include <sys/prctl.h>

#include "base/util.h"

int thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg)
{
	static const int crashes[] = { SIGSEGV, SIGBUS,	 SIGFPE,
				       SIGILL,	SIGABRT, SIGTRAP };
	sigset_t all, old;
	int err;

	sigfillset(&all);
	for (unsigned i = 0; i < ARRAY_SIZE(crashes); i++)
		sigdelset(&all, crashes[i]);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -err;
}

void thread_begin(const char *name)
{
	prctl(PR_SET_NAME, name, 0, 0, 0);
}
