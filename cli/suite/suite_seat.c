/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/suite/suite_seat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/exit_code.h"
#include "base/util.h"
#include "cli/suite/suite_block.h"
#include "cli/suite/suite_config.h"
#include "cli/suite/suite_environment.h"
#include "cli/suite/suite_folder.h"
#include "cli/suite/suite_result.h"

/* How long a set-up may take to end once it is asked to, and a tear-down that
 * the user does not want to wait for. */
#define HURRY_NS (5 * NSEC_PER_SEC)

static void set_up_ended(void *arg, int code);
static void tear_down_ended(void *arg, int code);

/* The outcome is that @hook failed with @code; @log is what it wrote. */
static void hook_failed(struct outcome *outcome, const char *hook, int code,
			char *log)
{
	int n;

	free(outcome->verdict);
	free(outcome->reason);
	free(outcome->console);
	outcome->code = EXIT_CODE_HOST;
	outcome->verdict = strdup("host");
	outcome->console = log;
	if (code == -ETIMEDOUT)
		n = asprintf(&outcome->reason, "%s: not done in time", hook);
	else if (code < 0)
		n = asprintf(&outcome->reason, "%s: %s", hook, strerror(-code));
	else
		n = asprintf(&outcome->reason, "%s: exit status %d", hook,
			     code);
	if (n < 0)
		outcome->reason = NULL;
}

/* The user has ended it before there was a run. */
static void interrupted(struct suite_seat *seat)
{
	seat->outcome.code = EXIT_CODE_SIGNAL + seat->signal;
	seat->outcome.verdict = strdup("signal");
	seat->outcome.reason = strdup("ended before the run began");
}

/* Start @hook.  Whatever fails is told to @hook's done(). */
static int start_hook(struct suite_seat *seat, struct suite_hook *hook,
		      const char *line, const char *log)
{
	struct suite_environment env = { 0 };
	char *output = path_from(seat->run.dir, log);
	int err = suite_environment_make(&env, seat->run.name, seat->run.dir,
					 seat->run.test->file);

	hook->loop = seat->loop;
	hook->arg = seat;
	if (!err)
		err = !output ? -ENOMEM :
				suite_hook_start(hook, line, env.all,
						 seat->inherited, output,
						 seat->run.test->hook_ns);
	free(output);
	suite_environment_free(&env);
	return err;
}

static int start_attempt(struct suite_seat *seat);

/* Whether a run that failed like this one may pass if it is made again. */
static bool can_retry(const struct suite_seat *seat)
{
	return !outcome_passed(&seat->outcome) && !seat->signal &&
	       seat->outcome.code != EXIT_CODE_USAGE &&
	       seat->n_earlier < seat->config->retries;
}

/* Keep how this attempt went for the next one.  -ENOMEM. */
static int keep_attempt(struct suite_seat *seat)
{
	struct outcome *all =
		realloc(seat->earlier, (seat->n_earlier + 1) * sizeof(*all));

	if (!all)
		return -ENOMEM;
	all[seat->n_earlier++] = seat->outcome;
	seat->earlier = all;
	seat->outcome = (struct outcome){ 0 };
	return 0;
}

static void forget_folder(struct suite_run *run)
{
	suite_folder_remove(run->dir);
	free(run->dir);
	run->dir = NULL;
}

/* The attempt is over as @outcome says: remove its folder if it passed, else
 * name it. */
static void settle(struct suite_run *run, struct outcome *outcome)
{
	if (outcome_passed(outcome)) {
		forget_folder(run);
		return;
	}
	outcome->kept = run->dir;
	run->dir = NULL;
}

static void attempt_over(struct suite_seat *seat)
{
	struct outcome outcome;

	suite_hook_close(&seat->tear_down);
	suite_hook_close(&seat->set_up);
	settle(&seat->run, &seat->outcome);
	if (can_retry(seat) && keep_attempt(seat) == 0) {
		seat->run.attempt++;
		if (start_attempt(seat) == 0)
			return;
		/* It is over with what is known. */
		suite_run_describe(&seat->run, &seat->outcome);
		hook_failed(&seat->outcome, "another attempt", -EAGAIN, NULL);
	}
	outcome = seat->outcome;
	outcome.earlier = seat->earlier;
	outcome.n_earlier = seat->n_earlier;
	seat->outcome = (struct outcome){ 0 };
	seat->earlier = NULL;
	seat->n_earlier = 0;
	free(seat->run.name);
	seat->run.name = NULL;
	seat->state = SEAT_FREE;
	seat->done(seat->arg, &outcome);
}

static void begin_tear_down(struct suite_seat *seat)
{
	const char *line = seat->run.test->tear_down;
	int err;

	seat->state = SEAT_TEAR_DOWN;
	if (!line) {
		attempt_over(seat);
		return;
	}
	seat->tear_down.done = tear_down_ended;
	err = start_hook(seat, &seat->tear_down, line, SUITE_TEAR_DOWN);
	if (err)
		tear_down_ended(seat, err);
	else if (seat->signals > 1)
		suite_hook_hurry(&seat->tear_down, HURRY_NS);
}

/* A run that failed stays what it is. */
static void tear_down_ended(void *arg, int code)
{
	struct suite_seat *seat = arg;

	if (code && outcome_passed(&seat->outcome))
		hook_failed(&seat->outcome, "tear-down", code,
			    suite_result_tail(seat->run.dir, SUITE_TEAR_DOWN));
	attempt_over(seat);
}

static void run_ended(void *arg, short revents)
{
	struct suite_seat *seat = arg;

	(void)revents;
	loop_remove(seat->loop, &seat->run.ended);
	if (seat->follow.loop)
		suite_follow_end(&seat->follow);
	suite_run_end(&seat->run, &seat->outcome);
	begin_tear_down(seat);
}

/* 0 or -errno, logged. */
static int begin_run(struct suite_seat *seat)
{
	int err;

	seat->state = SEAT_RUN;
	seat->run.ended =
		(struct loop_fd){ .fd = -1, .ready = run_ended, .arg = seat };
	seat->run.events_fd =
		seat->follow.loop ? suite_follow_begin(&seat->follow) : -1;
	err = suite_run_start(&seat->run, seat->config, seat->inherited);
	close_fd(&seat->run.events_fd);
	if (!err)
		loop_add(seat->loop, &seat->run.ended);
	else if (seat->follow.loop)
		suite_follow_end(&seat->follow);
	return err;
}

static void set_up_ended(void *arg, int code)
{
	struct suite_seat *seat = arg;
	int err;

	suite_run_describe(&seat->run, &seat->outcome);
	if (seat->signal) {
		interrupted(seat);
	} else if (code) {
		hook_failed(&seat->outcome, "set-up", code,
			    suite_result_tail(seat->run.dir, SUITE_SET_UP));
	} else {
		outcome_free(&seat->outcome);
		err = begin_run(seat);
		if (!err)
			return;
		suite_run_describe(&seat->run, &seat->outcome);
		hook_failed(&seat->outcome, "the run", err, NULL);
	}
	begin_tear_down(seat);
}

/* 0, or an exit code; logged. */
static int start_attempt(struct suite_seat *seat)
{
	const struct suite_test *test = seat->run.test;
	int err;

	if (suite_run_prepare(&seat->run, seat->config->keep) < 0)
		return EXIT_CODE_USAGE;
	if (!test->set_up) {
		if (begin_run(seat) == 0)
			return 0;
		forget_folder(&seat->run);
		return EXIT_CODE_HOST;
	}
	seat->state = SEAT_SET_UP;
	seat->set_up.done = set_up_ended;
	err = start_hook(seat, &seat->set_up, test->set_up, SUITE_SET_UP);
	if (err)
		set_up_ended(seat, err);
	return 0;
}

int suite_seat_begin(struct suite_seat *seat, const struct suite_run *run)
{
	int code;

	seat->run = *run;
	seat->run.attempt = 1;
	code = start_attempt(seat);
	if (code) {
		seat->state = SEAT_FREE;
		free(seat->run.name);
		seat->run.name = NULL;
	}
	return code;
}

bool suite_seat_row(const struct suite_seat *seat, struct suite_row *row)
{
	static const char *const states[] = {
		[SEAT_SET_UP] = "set-up",
		[SEAT_TEAR_DOWN] = "tear-down",
	};
	bool runs = seat->state == SEAT_RUN;

	if (seat->state == SEAT_FREE)
		return false;
	*row = (struct suite_row){
		.name = seat->run.name,
		.phase = runs ? seat->follow.phase : states[seat->state],
		.line = runs ? seat->follow.line : "",
		.begun_ns = seat->run.begun_ns,
	};
	return true;
}

void suite_seat_signal(struct suite_seat *seat, int signal)
{
	seat->signal = signal;
	seat->signals++;
	if (seat->state == SEAT_SET_UP) {
		suite_hook_interrupt(&seat->set_up);
		suite_hook_hurry(&seat->set_up,
				 seat->signals > 1 ? 0 : HURRY_NS);
	} else if (seat->state == SEAT_RUN) {
		suite_run_signal(&seat->run);
	} else if (seat->state == SEAT_TEAR_DOWN && seat->signals > 1) {
		suite_hook_hurry(&seat->tear_down, HURRY_NS);
	}
}
