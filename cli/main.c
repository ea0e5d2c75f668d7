/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - from the command line to an exit code
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/exit_code.h"
#include "base/inherited.h"
#include "base/log.h"
#include "base/util.h"
#include "cli/check.h"
#include "cli/conclusion.h"
#include "cli/initrd_command.h"
#include "cli/options/config.h"
#include "cli/options/options.h"
#include "cli/report/report.h"
#include "cli/session.h"
#include "cli/suite/suite.h"
#include "cli/verdict/verdict.h"

/* At the end, how long a reader of events may take nothing before it is given
 * up, in milliseconds. */
#define PATIENCE_MS 500

/* Occupy descriptors 0 to 2 if the caller has closed them: if one became a
 * kernel image or a vCPU, the guest's output would go there. */
static void reserve_stdio(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	close_fd(&fd);
}

/* Run a command other than a run.  Returns the exit code. */
static int other_command(enum command command, struct config *config)
{
	if (command == COMMAND_CHECK)
		return check_run(config, stdout);
	if (command == COMMAND_TEST)
		return suite_run(&config->suite, &config->report,
				 config->services.inherited);
	return options_print(command, stdout) < 0 ? EXIT_CODE_HOST :
						    EXIT_CODE_OK;
}

static void end_at_once(int code)
{
	_exit(code);
}

static void set_end(struct verdict *verdict)
{
	if (!verdict->phase_ns[PHASE_END])
		verdict->phase_ns[PHASE_END] = now_ns();
}

static void judge_ending(struct verdict *verdict, enum ending ending)
{
	char line[LOG_KEPT];
	const struct observed o = { .ending = ending,
				    .by = verdict_error(ending, line) };

	judge(&o, verdict);
}

/* The session is on the main thread's stack, and other threads get as large a
 * stack. */
enum { LEAST_STACK_KIB = 512 };

/* Whether the stack's limit is large enough for a session; logs why not. */
static bool has_stack(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_STACK, &limit) < 0 ||
	    limit.rlim_cur >= LEAST_STACK_KIB * KIB)
		return true;
	log_err("`ulimit -s` allows a stack of %lu KiB: %d are needed: raise it",
		(unsigned long)(limit.rlim_cur / KIB), LEAST_STACK_KIB);
	return false;
}

/* Run to a verdict, which is not logged yet. */
static void run(struct config *config, struct verdict *verdict,
		struct conclusion *conclusion)
{
	struct report report;

	conclusion_step(conclusion, "the report's file to be opened");
	if (!has_stack()) {
		judge_ending(verdict, ENDING_HOST);
		set_end(verdict);
		return;
	}
	if (report_open(&report, &config->report, config->machine.name,
			verdict->phase_ns[PHASE_START]) == 0) {
		conclusion_report(conclusion, &report);
		session_run(config, verdict, &report, conclusion);
	} else {
		judge_ending(verdict, ENDING_USAGE);
	}
	set_end(verdict);
	conclusion_step(conclusion, "the report to be written");
	report_write(&report, verdict);
	conclusion_step(conclusion, "the reader of --events");
	if (report_close(&report, verdict, PATIENCE_MS) < 0)
		report_unwritten(verdict);
	conclusion_report(conclusion, NULL);
}

static void run_and_tell(struct config *config, struct verdict *verdict)
{
	struct conclusion conclusion;

	if (conclusion_open(&conclusion, config, verdict, end_at_once) < 0) {
		judge_ending(verdict, ENDING_HOST);
		set_end(verdict);
		verdict_log(verdict);
		return;
	}
	run(config, verdict, &conclusion);
	conclusion_close(&conclusion, verdict);
}

int main(int argc, char **argv)
{
	struct verdict verdict = { .phase_ns[PHASE_START] = now_ns() };
	struct inherited inherited;
	struct config config;
	enum command command;
	sigset_t none;

	reserve_stdio();
	inherited_note(&inherited);
	/* Have write(2) fail instead: with EPIPE if a pipe's reader is gone,
	 * with EFBIG if a file would exceed `ulimit -f`. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	/* The process may have been started with SIGCHLD ignored, so that it
	 * could not wait for a child, and with signals blocked. */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (argc > 1 && strcmp(argv[1], "initrd") == 0) {
		inherited_free(&inherited);
		return initrd_command(argc - 1, argv + 1);
	}
	if (options_parse(argc, argv, &config, &command) == 0) {
		config.services.inherited = &inherited;
		log_set_level(config_log_level(&config));
		options_log_environment();
		if (command != COMMAND_RUN) {
			verdict.code = other_command(command, &config);
			config_free(&config);
			inherited_free(&inherited);
			return verdict.code;
		}
		log_set_max(config.max_output);
		run_and_tell(&config, &verdict);
	} else {
		judge_ending(&verdict, ENDING_USAGE);
		set_end(&verdict);
		verdict_log(&verdict);
	}
	subtests_free(&verdict.tests);
	config_free(&config);
	inherited_free(&inherited);
	return verdict.code;
}
