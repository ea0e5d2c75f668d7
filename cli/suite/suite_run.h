/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_run.h - one run of a test: a child process and its folder
 */
#ifndef CLI_SUITE_SUITE_RUN_H
#define CLI_SUITE_SUITE_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/loop.h"
#include "cli/report/outcome.h"

struct inherited;
struct suite_config;
struct suite_test;

struct suite_run {
	/* The test, and which run of it this is, from 1; 0 if there is to be
	 * one only. */
	const struct suite_test *test;
	unsigned round;
	/* From 1. */
	unsigned attempt;
	/* Which of all runs it is. */
	size_t index;
	/* The child; 0 when there is none. */
	pid_t pid;
	/* The socket that it gets for its events, suite_follow_begin(); -1. */
	int events_fd;
	/* Readable once the child has ended. */
	struct loop_fd ended;
	/* The test's name and, where there are several, the round; and its
	 * folder.  Both are to be freed. */
	char *name, *dir;
	uint64_t begun_ns;
};

/* Whether @run, the first of its test, can have a folder below @keep.  Logs;
 * -errno. */
int suite_run_check(const struct suite_run *run, const char *keep);

/* Make the folder NAME or NAME-ROUND, and behind that @ATTEMPT from the second
 * on, of @run below @keep.  Logs; -errno. */
int suite_run_prepare(struct suite_run *run, const char *keep);

/*
 * Start @run, which is prepared: this program, with @config's arguments for
 * runs and the test's file.  The child leads a process group of its own, so
 * that what is typed on a terminal reaches it through its parent only; it is
 * killed if its parent is.  @ended is called, by the loop, when it has ended;
 * it is not watched yet.  Logs; -errno, and there is no child.
 */
int suite_run_start(struct suite_run *run, const struct suite_config *config,
		    const struct inherited *inherited);

/* Make @outcome, which is new, one of @run's. */
void suite_run_describe(const struct suite_run *run, struct outcome *outcome);

/* The child has ended: find out how, and fill @outcome, to be freed with
 * outcome_free(). */
void suite_run_end(struct suite_run *run, struct outcome *outcome);

/* Ask the child to end: at first it presses the guest's power button. */
void suite_run_signal(const struct suite_run *run);

#endif
