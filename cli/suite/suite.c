/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite.c - minivmm test: which runs there are, and when
 */
#include "cli/suite/suite.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/exit_code.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/signals.h"
#include "base/util.h"
#include "cli/report/outcome_files.h"
#include "cli/report/report_config.h"
#include "cli/suite/suite_config.h"
#include "cli/suite/suite_folder.h"
#include "cli/suite/suite_run.h"
#include "cli/suite/suite_seat.h"
#include "cli/suite/suite_select.h"
#include "cli/suite/suite_show.h"

struct suite {
	const struct inherited *inherited;
	const struct suite_config *config;
	struct loop loop;
	struct signals signals;
	struct loop_timer tick;
	/* A test has ended: begin_runs(). */
	struct loop_work more;
	struct suite_show show;

	struct suite_seat *seats;
	size_t n_seats, running;
	/* Room for a row of each seat; and when they were drawn last. */
	struct suite_row *rows;
	uint64_t drawn_ns;
	/* The runs in all, SIZE_MAX without end, and those begun. */
	size_t total, begun;
	/* Open as long as folders are made and removed; -1. */
	int keep_fd;
	struct outcome_files files;
	struct outcome *outcomes;
	size_t n_outcomes;
	/* The date. */
	time_t started;

	/* No run is begun any more; by which signal, if by one. */
	bool stopping;
	int signal;
	int code;
};

static size_t runs_left(const struct suite *s)
{
	return s->total == SIZE_MAX ? SIZE_MAX : s->total - s->begun;
}

/* The least time between two pictures of what runs, and the most, since they
 * have a clock. */
#define FRAME_NS (NSEC_PER_SEC / 8)
#define CLOCK_NS NSEC_PER_SEC

static void draw(void *arg)
{
	struct suite *s = arg;
	size_t n = 0;

	for (size_t i = 0; i < s->n_seats; i++)
		n += suite_seat_row(&s->seats[i], &s->rows[n]);
	suite_show_status(&s->show, s->rows, n, runs_left(s));
	s->drawn_ns = now_ns();
	loop_arm(&s->loop, &s->tick, s->drawn_ns + CLOCK_NS);
}

/* There is something new to be drawn. */
static void redraw(void *arg)
{
	struct suite *s = arg;

	if (s->show.block.live)
		loop_arm(&s->loop, &s->tick, s->drawn_ns + FRAME_NS);
}

/* Give up: what was done counts.  The reason was logged, below the block. */
static void fail(struct suite *s, int code)
{
	suite_block_leave(&s->show.block);
	s->stopping = true;
	if (!s->code)
		s->code = code;
}

static void keep_outcome(struct suite *s, const struct outcome *outcome)
{
	struct outcome *all =
		realloc(s->outcomes, (s->n_outcomes + 1) * sizeof(*all));

	if (!all) {
		log_err("minivmm test: out of memory");
		fail(s, EXIT_CODE_HOST);
		return;
	}
	s->outcomes = all;
	all[s->n_outcomes++] = *outcome;
}

/* One more has failed: whether that was the last one to be begun. */
static bool is_enough(const struct suite *s)
{
	return s->config->until_fail ||
	       (s->config->max_failures &&
		s->show.failed >= s->config->max_failures);
}

/* Only the page shows a report, and there may be many runs. */
static void drop_report(struct outcome *outcome)
{
	json_decref(outcome->report);
	outcome->report = NULL;
	for (size_t i = 0; i < outcome->n_earlier; i++)
		drop_report(&outcome->earlier[i]);
}

static void test_ended(void *arg, struct outcome *outcome)
{
	struct suite *s = arg;

	if (s->files.html < 0)
		drop_report(outcome);
	s->running--;
	suite_show_ended(&s->show, outcome);
	if (!outcome_passed(outcome) && !s->code)
		s->code = outcome->code;
	if (!outcome_passed(outcome) && is_enough(s))
		s->stopping = true;
	keep_outcome(s, outcome);
	loop_post(&s->loop, &s->more);
}

/* Run @i of all, in the order in which they are begun. */
static struct suite_run nth_run(const struct suite *s, size_t i)
{
	const struct suite_tests *tests = &s->config->tests;

	return (struct suite_run){
		.index = i,
		.test = &tests->list[i % tests->count],
		.round = s->total == tests->count ?
				 0 :
				 (unsigned)(i / tests->count) + 1,
	};
}

/* Begin the next run on @seat. */
static void begin_run(struct suite *s, struct suite_seat *seat)
{
	const struct suite_run run = nth_run(s, s->begun++);
	int code;

	s->running++;
	code = suite_seat_begin(seat, &run);
	if (code) {
		s->running--;
		fail(s, code);
	}
}

/* Begin as many as there is room for; without any at all, this is the end. */
static void begin_runs(void *arg)
{
	struct suite *s = arg;

	for (size_t i = 0; i < s->n_seats; i++)
		if (s->seats[i].state == SEAT_FREE && !s->stopping &&
		    runs_left(s))
			begin_run(s, &s->seats[i]);
	redraw(s);
	if (!s->running)
		loop_quit(&s->loop);
}

/* The first signal presses power buttons, the next ends the machines. */
static void signal_arrived(void *arg, int signal)
{
	struct suite *s = arg;

	if (signal == SIGCONT) {
		suite_show_continued(&s->show);
		redraw(s);
		return;
	}
	if (!s->signal && s->running) {
		suite_show_hurry(&s->show);
		suite_show_interrupted(&s->show);
	}
	s->signal = signal;
	s->stopping = true;
	suite_show_hurry(&s->show);
	for (size_t i = 0; i < s->n_seats; i++)
		if (s->seats[i].state != SEAT_FREE)
			suite_seat_signal(&s->seats[i], signal);
}

/* How many runs there will be in all. */
static size_t count_runs(const struct suite_config *c)
{
	if (c->repeat || !c->tests.count)
		return c->repeat * c->tests.count;
	return c->until_fail ? SIZE_MAX : c->tests.count;
}

/* Make the folder of all; of those of runs as much as can be known before. */
static int open_folder(struct suite *s)
{
	const char *keep = s->config->keep;
	int err = 0;

	if (mkdir(keep, 0777) < 0 && errno != EEXIST)
		return log_fail(-errno, "--keep %s: %s: name another folder",
				keep, strerror(errno));
	for (size_t i = 0; i < s->config->tests.count && !err; i++) {
		const struct suite_run run = nth_run(s, i);

		err = suite_run_check(&run, keep);
	}
	if (!err)
		s->keep_fd = suite_folder_clean(keep);
	return err;
}

static int open_suite(struct suite *s, const struct report_config *results)
{
	const struct suite_config *c = s->config;
	const struct outcome_names names = { results->junit, results->tap,
					     results->html, results->file };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	s->total = count_runs(c);
	s->n_seats = MIN(c->jobs ? c->jobs : (size_t)MAX(cpus, 1), s->total);
	s->seats = calloc(s->n_seats + 1, sizeof(*s->seats));
	s->rows = calloc(s->n_seats + 1, sizeof(*s->rows));
	if (!s->seats || !s->rows || loop_reserve(&s->loop, 3 * s->n_seats) < 0)
		return log_fail(-ENOMEM, "minivmm test: out of memory");
	for (size_t i = 0; i < s->n_seats; i++)
		s->seats[i] = (struct suite_seat){ .loop = &s->loop,
						   .config = c,
						   .inherited = s->inherited,
						   .done = test_ended,
						   .arg = s };
	if (open_folder(s) < 0 || outcome_open(&s->files, &names) < 0) {
		fail(s, EXIT_CODE_USAGE);
		return -EINVAL;
	}
	return signals_open(&s->signals, &s->loop);
}

static void close_suite(struct suite *s)
{
	/* Of a suite that could not begin. */
	outcome_close(&s->files,
		      &(struct outcome_suite){ .name = "minivmm",
					       .started = s->started });
	close_fd(&s->keep_fd);
	/* Only if nothing was kept. */
	rmdir(s->config->keep);
	close_fd(&s->signals.source.fd);
	loop_free(&s->loop);
	for (size_t i = 0; i < s->n_outcomes; i++)
		outcome_free(&s->outcomes[i]);
	free(s->outcomes);
	free(s->seats);
	free(s->rows);
	suite_show_free(&s->show);
}

/* In the order of the tests, whichever ended first. */
static int compare(const void *a, const void *b)
{
	const struct outcome *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

/* All runs, and the files about them. */
static void run_all(struct suite *s)
{
	struct outcome_suite results = {
		.name = "minivmm",
		.started = s->started,
		.n_tests = s->config->tests.count,
	};

	suite_show_init(&s->show, stdout, s->signals.source.fd,
			s->total != s->config->tests.count);
	for (size_t i = 0; s->show.block.live && i < s->n_seats; i++)
		s->seats[i].follow = (struct suite_follow){ .loop = &s->loop,
							    .changed = redraw,
							    .arg = s };
	begin_runs(s);
	loop_run(&s->loop);
	if (s->n_outcomes)
		qsort(s->outcomes, s->n_outcomes, sizeof(*s->outcomes),
		      compare);
	if (suite_show_summary(&s->show, s->outcomes, s->n_outcomes,
			       s->config->tests.count, runs_left(s)) < 0)
		fail(s, EXIT_CODE_USAGE);
	results.outcomes = s->outcomes;
	results.n = s->n_outcomes;
	if (outcome_close(&s->files, &results) < 0)
		fail(s, EXIT_CODE_USAGE);
	if (s->signal)
		s->code = EXIT_CODE_SIGNAL + s->signal;
}

int suite_run(struct suite_config *config, const struct report_config *results,
	      const struct inherited *inherited)
{
	struct suite s = { .inherited = inherited,
			   .config = config,
			   .keep_fd = -1,
			   .started = time(NULL),
			   .files = { -1, -1, -1, -1, NULL },
			   .signals = { .arrived = signal_arrived,
					.arg = &s,
					.continued = true,
					.source.fd = -1 } };

	if (suite_select(config) < 0)
		return EXIT_CODE_USAGE;
	if (config->list)
		return suite_list(&config->tests);
	s.tick = (struct loop_timer){ .expired = draw, .arg = &s };
	s.more = (struct loop_work){ .fn = begin_runs, .arg = &s };
	if (loop_init(&s.loop) < 0) {
		log_err("event descriptors: %s: raise `ulimit -n`",
			strerror(errno));
		return EXIT_CODE_HOST;
	}
	if (open_suite(&s, results) < 0)
		fail(&s, EXIT_CODE_HOST);
	else
		run_all(&s);
	close_suite(&s);
	return s.code;
}
