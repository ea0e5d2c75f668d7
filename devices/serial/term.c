/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/serial/term.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"

/*
 * The terminal in use.  Signal handlers need it, and can't be given it as an
 * argument: that is why this exception from "no global state" exists.  It is a
 * copy, as a handler may read it while its owner is being freed.  The loop's
 * thread stores "on" (release), and the others load it (acquire).
 */
static struct {
	bool on;
	struct term term;
} term_in_use;

/* The terminal in use; NULL: none. */
static const struct term *in_use(void)
{
	return __atomic_load_n(&term_in_use.on, __ATOMIC_ACQUIRE) ?
		       &term_in_use.term :
		       NULL;
}

/* Signals that end the process unless somebody handles them. */
static const int deadly[] = { SIGSEGV, SIGBUS,	 SIGFPE,    SIGILL,  SIGABRT,
			      SIGTRAP, SIGSYS,	 SIGHUP,    SIGINT,  SIGQUIT,
			      SIGTERM, SIGPIPE,	 SIGALRM,   SIGXCPU, SIGXFSZ,
			      SIGUSR1, SIGUSR2,	 SIGVTALRM, SIGPROF, SIGIO,
			      SIGPWR,  SIGSTKFLT };

/* Whether this process is in the foreground.  A terminal of another session has
 * no foreground for us. */
static bool in_foreground(const struct term *term)
{
	pid_t pgrp = tcgetpgrp(term->fd);

	return pgrp < 0 || pgrp == getpgrp();
}

/* Set the modes at once, not after output has drained: a stopped terminal never
 * drains.  A failure is not reported: then the terminal is gone. */
static void put_back(const struct term *term)
{
	if (in_foreground(term))
		tcsetattr(term->fd, TCSANOW, &term->saved);
}

void term_restore(void)
{
	const struct term *term = in_use();

	if (term)
		put_back(term);
}

/* Only async-signal-safe calls.  raise() takes effect when the handler returns,
 * so a core dump shows the crash itself. */
static void on_deadly(int sig)
{
	term_restore();
	signal(sig, SIG_DFL);
	raise(sig);
}

/* The process was stopped from outside and continues: the shell has changed the
 * modes. */
static void on_continue(int sig)
{
	const struct term *term = in_use();
	int saved_errno = errno;

	(void)sig;
	if (term && in_foreground(term))
		tcsetattr(term->fd, TCSANOW, &term->raw);
	errno = saved_errno;
}

/* Replace the action of @sig by @to if it is @from (SIG_DFL, a handler). */
static void replace(int sig, void (*from)(int), void (*to)(int))
{
	struct sigaction action;

	sigaction(sig, NULL, &action);
	if (action.sa_handler != from)
		return;
	action = (struct sigaction){
		.sa_handler = to,
		.sa_flags = SA_RESTART | SA_ONSTACK,
	};
	sigaction(sig, &action, NULL);
}

void term_ignore_job_control(void)
{
	signal(SIGTTIN, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
}

int term_init(struct term *term, int fd)
{
	*term = (struct term){ .fd = fd };
	if (tcgetattr(fd, &term->saved))
		return -errno;
	term->raw = term->saved;
	cfmakeraw(&term->raw);
	term->raw.c_oflag = term->saved.c_oflag;
	return 0;
}

void term_start(struct term *term)
{
	term_ignore_job_control();
	term_in_use.term = *term;
	__atomic_store_n(&term_in_use.on, true, __ATOMIC_RELEASE);
	term->started = true;
	for (unsigned i = 0; i < ARRAY_SIZE(deadly); i++)
		replace(deadly[i], SIG_DFL, on_deadly);
	replace(SIGCONT, SIG_DFL, on_continue);
}

bool term_acquire(struct term *term)
{
	struct termios now;

	if (!in_foreground(term))
		return false;
	if (!tcgetattr(term->fd, &now) && (now.c_lflag != term->raw.c_lflag ||
					   now.c_iflag != term->raw.c_iflag))
		tcsetattr(term->fd, TCSANOW, &term->raw);
	return true;
}

void term_stop(struct term *term)
{
	if (!term->started)
		return;
	term->started = false;
	put_back(term);
	for (unsigned i = 0; i < ARRAY_SIZE(deadly); i++)
		replace(deadly[i], on_deadly, SIG_DFL);
	replace(SIGCONT, on_continue, SIG_DFL);
	__atomic_store_n(&term_in_use.on, false, __ATOMIC_RELEASE);
}
