/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_run.c - one run of a test: a child process and its folder
 */
#define _GNU_SOURCE
#include "cli/suite/suite_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/child.h"
#include "base/exit_code.h"
#include "base/log.h"
#include "base/util.h"
#include "cli/suite/suite_config.h"
#include "cli/suite/suite_environment.h"
#include "cli/suite/suite_folder.h"
#include "cli/suite/suite_result.h"

/* The test's name and, where there are several, the round. */
static char *name_of(const struct suite_run *run)
{
	char *name = NULL;

	if (!run->round)
		return strdup(run->test->name);
	if (asprintf(&name, "%s-%u", run->test->name, run->round) < 0)
		return NULL;
	return name;
}

static char *in_folder(const struct suite_run *run, const char *name)
{
	return path_from(run->dir, name);
}

/* The folder of @run, which is called @name (NULL: no memory), below @keep.
 * NULL, logged. */
static char *folder_of(const struct suite_run *run, const char *name,
		       const char *keep)
{
	char *dir = name ? path_from(keep, name) : NULL, *again = NULL;

	if (dir && run->attempt > 1) {
		if (asprintf(&again, "%s@%u", dir, run->attempt) < 0)
			again = NULL;
		free(dir);
		dir = again;
	}
	if (!dir)
		log_err("minivmm test: out of memory");
	return dir;
}

int suite_run_check(const struct suite_run *run, const char *keep)
{
	char *name = name_of(run), *dir = folder_of(run, name, keep);
	int err = dir ? suite_folder_check(dir) : -ENOMEM;

	free(name);
	free(dir);
	return err;
}

int suite_run_prepare(struct suite_run *run, const char *keep)
{
	int err;

	free(run->name);
	run->name = name_of(run);
	run->dir = folder_of(run, run->name, keep);
	run->begun_ns = now_ns();
	err = run->dir ? suite_folder_make(run->dir) : -ENOMEM;
	if (err) {
		free(run->dir);
		run->dir = NULL;
	}
	return err;
}

/* The child's command line, which ends with a NULL. */
static int make_argv(struct string_list *argv, const struct suite_run *run,
		     const struct string_list *args)
{
	char events[16];
	const char *const own[][2] = {
		{ "--config", run->test->file },
		{ "--suite-folder", run->dir },
		/* Without a choice lists are a mistake. */
		{ "--suite-choice",
		  *run->test->choice ? run->test->choice : NULL },
		{ "--suite-events", run->events_fd < 0 ? NULL : events },
	};
	int err = string_list_add(argv, "minivmm");

	snprintf(events, sizeof(events), "%d", run->events_fd);
	for (size_t i = 0; i < args->count && !err; i++)
		err = string_list_add(argv, args->strings[i]);
	for (size_t i = 0; i < ARRAY_SIZE(own) && !err; i++) {
		if (!own[i][1])
			continue;
		err = string_list_add(argv, own[i][0]);
		if (!err)
			err = string_list_add(argv, own[i][1]);
	}
	return err;
}

/* The file @name of its folder, for its output. */
static int create(const struct suite_run *run, const char *name)
{
	char *path = in_folder(run, name);
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			     0666) :
			-1;
	int err = path ? errno : ENOMEM;

	free(path);
	return fd < 0 ? -err : fd;
}

/* Its input is empty; what it prints goes to its folder.  0 or -errno. */
static int open_stdio(const struct suite_run *run, int stdio[3])
{
	int err = 0;

	stdio[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (stdio[0] < 0)
		err = -errno;
	stdio[1] = err ? err : create(run, SUITE_CONSOLE);
	stdio[2] = stdio[1] < 0 ? stdio[1] : create(run, SUITE_MESSAGE);
	return MIN(stdio[2], 0);
}

/* 0 or -errno. */
static int spawn(struct suite_run *run, char **argv, char **env,
		 const struct inherited *inherited)
{
	struct child_spec spec = {
		.path = "/proc/self/exe",
		.argv = argv,
		.env = env,
		.inherited = inherited,
		.keeps = MAX(run->events_fd, 0),
		.death_signal = SIGKILL,
	};
	int err = open_stdio(run, spec.stdio);

	if (!err)
		err = child_start(&run->pid, &run->ended.fd, &spec);
	for (size_t i = 0; i < ARRAY_SIZE(spec.stdio); i++)
		close_fd(&spec.stdio[i]);
	return err;
}

static void log_not_started(const struct suite_run *run, int err)
{
	bool too_many = err == -EMFILE || err == -ENFILE || err == -EAGAIN ||
			err == -ENOMEM;

	log_err("minivmm test: %s: cannot be started: %s: %s", run->test->name,
		strerror(-err),
		too_many ? "run fewer at once, by -j" :
			   "name a folder that can be written, by --keep");
}

int suite_run_start(struct suite_run *run, const struct suite_config *config,
		    const struct inherited *inherited)
{
	struct suite_environment env = { 0 };
	struct string_list argv = { 0 };
	int err = make_argv(&argv, run, &config->args);

	if (!err)
		err = suite_environment_make(&env, run->name, run->dir,
					     run->test->file);

	run->ended.events = POLLIN;
	if (!err)
		err = spawn(run, argv.strings, env.all, inherited);
	suite_environment_free(&env);
	string_list_free(&argv);
	if (err)
		log_not_started(run, err);
	return err;
}

void suite_run_signal(const struct suite_run *run)
{
	kill(run->pid, SIGTERM);
}

/* How the child has ended. */
static void judge_run(const struct suite_run *run, struct outcome *outcome)
{
	int code = child_reap(run->pid);

	outcome->code = code;
	if (code >= 0) {
		suite_result_read(run->dir, outcome);
		return;
	}
	/* Whatever its report says: it may have ended badly after that. */
	outcome->code = EXIT_CODE_HOST;
	outcome->verdict = strdup("host");
	if (asprintf(&outcome->reason, "its exit status is not known: %s",
		     strerror(-code)) < 0)
		outcome->reason = NULL;
}

void suite_run_describe(const struct suite_run *run, struct outcome *outcome)
{
	*outcome = (struct outcome){
		.name = run->name ? strdup(run->name) : NULL,
		.index = run->index,
		.took_ns = now_ns() - run->begun_ns,
	};
}

void suite_run_end(struct suite_run *run, struct outcome *outcome)
{
	suite_run_describe(run, outcome);
	judge_run(run, outcome);
	run->pid = 0;
	close_fd(&run->ended.fd);
	if (!outcome_passed(outcome))
		outcome->console = suite_result_tail(run->dir, SUITE_CONSOLE);
}
