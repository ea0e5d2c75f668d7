/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"

void signals_read(struct signals *signals)
{
	struct signalfd_siginfo info;

	while (read(signals->source.fd, &info, sizeof(info)) == sizeof(info))
		signals->arrived(signals->arg, (int)info.ssi_signo);
}

static void ready(void *arg, short revents)
{
	(void)revents;
	signals_read(arg);
}

/* A blocked signal arrives at the descriptor even if it is ignored. */
static bool is_ignored(int signal)
{
	struct sigaction action;

	return sigaction(signal, NULL, &action) == 0 &&
	       action.sa_handler == SIG_IGN;
}

int signals_open(struct signals *signals, struct loop *loop)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	/* nohup(1) ignores SIGHUP, so leave that alone.  But a shell ignores
	 * SIGINT for each job that it starts with &, and the user may send it
	 * all the same. */
	if (!is_ignored(SIGHUP))
		sigaddset(&set, SIGHUP);
	if (signals->questions) {
		sigaddset(&set, SIGUSR1);
		sigaddset(&set, SIGWINCH);
	}
	if (signals->continued)
		sigaddset(&set, SIGCONT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signals->source = (struct loop_fd){
		.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC),
		.events = POLLIN,
		.ready = ready,
		.arg = signals,
	};
	if (signals->source.fd < 0)
		return log_fail(-errno, "signals: %s: raise `ulimit -n`",
				strerror(errno));
	if (loop)
		loop_add(loop, &signals->source);
	return 0;
}

void signals_close(struct signals *signals)
{
	close_fd(&signals->source.fd);
}
