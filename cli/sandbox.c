/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/exit_code.h"
#include "base/inherited.h"
#include "base/landlock.h"
#include "base/log.h"
#include "base/syscall_filter.h"
#include "base/util.h"
#include "cli/host.h"
#include "cli/options/config.h"
#include "devices/nat/resolvers.h"
#include "devices/serial/term.h"

/* Signal handler: a thread made a system call that is not allowed.  Whether
 * that is the guest's doing or our bug, the process cannot go on.  All calls
 * here are async-signal-safe; so is snprintf(3) of numbers and short
 * strings. */
static void refused(int signal, siginfo_t *info, void *context)
{
	char name[16] = "", line[200];
	ssize_t n;

	(void)signal;
	(void)context;
	prctl(PR_GET_NAME, name, 0, 0, 0);
	n = snprintf(line, sizeof(line),
		     "minivmm: internal error: system call %d in thread %s is "
		     "not allowed: run with --sandbox=off and report this\n",
		     info->si_syscall, name);
	term_restore();
	n = write(STDERR_FILENO, line, (size_t)n);
	(void)n;
	_exit(EXIT_CODE_HOST);
}

/* Close inherited descriptors, except those that an option names. */
static void close_inherited(const struct config *c)
{
	const struct inherited *inherited = c->services.inherited;

	for (size_t i = 0; inherited && i < inherited->n_fds; i++) {
		unsigned fd = (unsigned)inherited->fds[i];

		if (fd != c->report.events_fd && fd != c->report.view_fd &&
		    fd != c->services.ready_fd)
			close((int)fd);
	}
}

static void allow(const struct landlock *landlock, const char *path,
		  uint64_t rights)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	int err = fd < 0 ? -errno : landlock_allow(landlock, fd, rights);

	if (err)
		log_debug("--sandbox: %s: %s", path, strerror(-err));
	close_fd(&fd);
}

/* A program that changes the file replaces it, so the rule must be for the
 * folder: for that of the link and for that of its target.  As root the process
 * could read secrets in /etc, so there the rule is for the file alone. */
static void allow_resolvers(const struct landlock *landlock)
{
	char link[] = RESOLVERS_PATH, target[PATH_MAX];
	const char *etc = dirname(link);
	const char *dir;

	if (!realpath(RESOLVERS_PATH, target))
		strcpy(target, RESOLVERS_PATH);
	allow(landlock, target, LANDLOCK_READ_FILE);
	if (geteuid() != 0)
		allow(landlock, etc, LANDLOCK_READ_FILE);
	dir = dirname(target);
	if (strcmp(dir, etc) != 0)
		allow(landlock, dir, LANDLOCK_READ_FILE);
}

static int allow_shares(const struct landlock *landlock,
			const struct shares *shares)
{
	int err = 0;

	for (size_t i = 0; i < shares->count && !err; i++)
		err = landlock_allow(landlock, shares->share[i].root,
				     LANDLOCK_ALL);
	return err;
}

/* @network: name servers are asked, and tftp= is served.  @shares may be
 * NULL. */
static int open_rules(struct landlock *landlock, const struct config *c,
		      bool network, const struct shares *shares, bool scopes)
{
	int err = landlock_open(landlock, !network, scopes);

	if (err)
		return err;
	if (network)
		allow_resolvers(landlock);
	if (network && c->net.tftp)
		allow(landlock, c->net.tftp,
		      LANDLOCK_READ_FILE | LANDLOCK_READ_FOLDER);
	return shares ? allow_shares(landlock, shares) : 0;
}

static bool is_isolated(const struct config *c)
{
	return c->net.enabled && c->net.isolate;
}

void sandbox_open(struct sandbox *sandbox, const struct config *config,
		  const struct host *host)
{
	struct sandbox *s = sandbox;
	const struct config *c = config;

	s->landlock.rules = s->network.rules = s->rest.rules = -1;
	if (c->sandbox == SANDBOX_OFF || !SYSCALL_FILTERS)
		return;
	s->err = open_rules(&s->landlock, c, c->net.enabled, &host->shares,
			    true);
	if (s->err || !is_isolated(c))
		return;
	s->err = open_rules(&s->network, c, true, NULL, true);
	/* Signals are limited already. */
	if (!s->err)
		s->err = open_rules(&s->rest, c, false, &host->shares, false);
}

static int confine_paths(const struct sandbox *sandbox,
			 struct landlock *landlock)
{
	int err = sandbox->err ? sandbox->err : landlock_enforce(landlock);

	landlock_close(landlock);
	return err;
}

/* Not called if root shares a folder: that needs them, to act as any user. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[2] = { { 0 } };

	/* This ends at the first that the kernel does not know, or with the
	 * first that an ordinary user may not drop. */
	for (int i = 0; prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0;)
		i++;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

static void report_refusals(void)
{
	const struct sigaction action = {
		.sa_sigaction = refused,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	};

	sigaction(SIGSYS, &action, NULL);
}

static int filter_calls(const struct config *c, size_t shares)
{
	report_refusals();
	return syscall_filter_process(c->net.enabled && !is_isolated(c),
				      shares > 0, c->net.n_services > 0);
}

/* Report that @what is missing because of @err.  -errno if the run needs it. */
static int missing(const struct config *c, const char *what, int err)
{
	if (!err)
		return 0;
	if (c->sandbox == SANDBOX_STRICT)
		return log_fail(err,
				"--sandbox strict: %s: %s: with --sandbox on "
				"the run goes without",
				what, strerror(-err));
	log_info("--sandbox: without %s: %s", what, strerror(-err));
	return 0;
}

static int filter_network(const struct config *c)
{
	int err = syscall_filter_process(true, false, c->net.n_services > 0);

	return err ? err : syscall_filter(THREAD_NET);
}

struct confinement {
	struct sandbox *sandbox;
	const struct config *config;
};

/* In the network's process, which is in our sandbox already, but for the filter
 * of system calls. */
static int confine_network(void *arg)
{
	const struct confinement *a = arg;
	const struct config *c = a->config;
	int err;

	if (c->sandbox == SANDBOX_OFF || !SYSCALL_FILTERS)
		return 0;
	err = missing(c, "Landlock",
		      confine_paths(a->sandbox, &a->sandbox->network));
	if (!err)
		err = missing(c, "dropping privileges", drop_capabilities());
	report_refusals();
	if (!err)
		err = missing(c, "a system call filter", filter_network(c));
	return err;
}

/* That process is among those that this one may send signals to, as otherwise
 * it would not get its death signal.  So it is started here, and what only it
 * needs is given up after that. */
static int start_network(struct sandbox *sandbox, const struct config *c,
			 struct host *h, bool confined)
{
	struct confinement confinement = { sandbox, c };
	int err;

	if (!is_isolated(c))
		return 0;
	err = net_host_fork(&h->net, confine_network, &confinement,
			    sandbox->network.rules);
	if (!err && confined)
		err = missing(c, "Landlock",
			      confine_paths(sandbox, &sandbox->rest));
	landlock_close(&sandbox->network);
	return err;
}

/* What both processes give up.  Sets *@confined if that was done. */
static int enter(struct sandbox *sandbox, const struct config *c,
		 const struct host *h, bool *confined)
{
	int err;

	if (c->sandbox == SANDBOX_OFF)
		return 0;
	if (!SYSCALL_FILTERS)
		return missing(c, "all of it, as this build is for tests",
			       -ENOSYS);
	close_inherited(c);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return missing(c, "no_new_privs", -errno);
	err = missing(c, "Landlock",
		      confine_paths(sandbox, &sandbox->landlock));
	if (!err && (!h->shares.count || geteuid() != 0))
		err = missing(c, "dropping privileges", drop_capabilities());
	*confined = true;
	return err;
}

int sandbox_enter(struct sandbox *sandbox, const struct config *config,
		  struct host *host)
{
	const struct config *c = config;
	bool confined = false;
	int err = enter(sandbox, c, host, &confined);

	if (!err)
		err = start_network(sandbox, c, host, confined);
	if (!err && confined)
		err = missing(c, "a system call filter",
			      filter_calls(c, host->shares.count));
	return err;
}

void sandbox_check(FILE *out)
{
	int version = landlock_version();
	bool filters = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;

	if (!SYSCALL_FILTERS) {
		fprintf(out, "sandbox: no (this build is for tests)\n");
		return;
	}
	fprintf(out, "sandbox:\n  system calls: %s\n  files: %s",
		filters ? "yes" : "no",
		version ? "yes" : "no (the kernel has no Landlock)\n");
	if (version)
		fprintf(out, " (Landlock %d%s%s)\n", version,
			version >= LANDLOCK_HAS_TCP ? ", TCP" : "",
			version >= LANDLOCK_HAS_SCOPES ? ", signals" : "");
}
