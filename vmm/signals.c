/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "vmm/log.h"
#include "vmm/util.h"

static void ready(void *arg, short revents)
{
	struct signals *signals = arg;
	struct signalfd_siginfo info;

	(void)revents;
	while (read(signals->source.fd, &info, sizeof(info)) == sizeof(info))
		signals->arrived(signals->arg, (int)info.ssi_signo);
}

/* What is blocked comes even if it is ignored. */
static bool is_ignored(int signal)
{
	struct sigaction action;

	return sigaction(signal, NULL, &action) == 0 &&
	       action.sa_handler == SIG_IGN;
}

static void ending_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	/* Unless by nohup(1); a shell has SIGINT ignored by each job that it
	 * starts with &, and that may be meant all the same. */
	if (!is_ignored(SIGHUP))
		sigaddset(set, SIGHUP);
}

int signals_open(struct signals *signals, struct loop *loop)
{
	sigset_t set;

	ending_signals(&set);
	sigaddset(&set, SIGQUIT);
	if (signals->questions)
		sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signals->loop = loop;
	signals->source = (struct loop_fd){
		.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC),
		.events = POLLIN,
		.ready = ready,
		.arg = signals,
	};
	if (signals->source.fd < 0)
		return log_fail(-errno, "signals: %s: raise `ulimit -n`",
				strerror(errno));
	loop_add(loop, &signals->source);
	return 0;
}

/* Waits for signals, which all threads have blocked. */
static void *wait_for_one(void *arg)
{
	struct signals *signals = arg;
	sigset_t set;
	int signal;

	ending_signals(&set);
	/* Acquire: what signals_close() released before its own signal. */
	if (sigwait(&set, &signal) == 0 &&
	    !__atomic_load_n(&signals->closing, __ATOMIC_ACQUIRE))
		signals->late(signals->arg, signal);
	return NULL;
}

void signals_release(struct signals *signals)
{
	/* Not opened: no signal is blocked, so each has its effect at once,
	 * also the one that is to wake the waiter. */
	if (signals->source.fd < 0)
		return;
	loop_remove(signals->loop, &signals->source);
	close_fd(&signals->source.fd);
	signals->waiting =
		!pthread_create(&signals->waiter, NULL, wait_for_one, signals);
}

void signals_close(struct signals *signals)
{
	if (!signals->waiting)
		return;
	/* Release: wait_for_one() acquires it when it has the signal. */
	__atomic_store_n(&signals->closing, true, __ATOMIC_RELEASE);
	pthread_kill(signals->waiter, SIGINT);
	pthread_join(signals->waiter, NULL);
}
