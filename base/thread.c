/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "base/thread.h"

#include <signal.h>

#include "base/util.h"

int thread_start(pthread_t *thread, const char *name, void *(*run)(void *arg),
		 void *arg)
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
	if (!err)
		pthread_setname_np(*thread, name);
	return -err;
}
