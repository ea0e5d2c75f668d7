/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_show.c - how a suite goes, for people
 */
#include "cli/suite/suite_show.h"

#include <errno.h>
#include <poll.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/report/attempts.h"

/* How long a reader that takes nothing is waited for once the end is wanted. */
#define PATIENCE_MS 500

/* What is said at once is not written before it is whole.  So much of it may
 * wait until the block is drawn. */
#define TEXT_MAX  (64 * KIB)
#define WAITS_MAX (TEXT_MAX / 2)

static double seconds(uint64_t ns)
{
	return (double)ns / (double)NSEC_PER_SEC;
}

void suite_show_init(struct suite_show *show, FILE *out, int signal_fd,
		     bool terse)
{
	setvbuf(out, NULL, _IOFBF, TEXT_MAX);
	*show = (struct suite_show){
		.out = out,
		.begun_ns = now_ns(),
		.terse = terse,
		.signal_fd = signal_fd,
		.patience_ms = -1,
	};
	suite_block_init(&show->block, out);
}

void suite_show_free(struct suite_show *show)
{
	suite_block_free(&show->block);
}

void suite_show_hurry(struct suite_show *show)
{
	if (show->patience_ms < 0)
		show->patience_ms = PATIENCE_MS;
}

/* Writes what was said once there is room for it, or forgets it. */
static void flush(struct suite_show *show)
{
	struct pollfd fds[] = {
		{ .fd = fileno(show->out), .events = POLLOUT },
		{ .fd = show->signal_fd, .events = POLLIN },
	};

	while (poll(fds, ARRAY_SIZE(fds), show->patience_ms) < 0 &&
	       errno == EINTR)
		;
	if (fds[0].revents) {
		/* A reader that has gone wants no more. */
		if (fflush(show->out) != 0 && errno != EPIPE)
			show->lost = true;
		return;
	}
	show->lost = true;
	show->patience_ms = 0;
	__fpurge(show->out);
}

void suite_show_ended(struct suite_show *show, const struct outcome *o)
{
	suite_block_clear(&show->block);
	if (outcome_is_flaky(o)) {
		show->passed++;
		show->flaky++;
		attempts_show(show->out, o);
	} else if (outcome_passed(o)) {
		show->passed++;
		if (!show->terse || !show->block.live)
			fprintf(show->out, "ok   %s  %.3f s\n", o->name,
				seconds(o->took_ns));
	} else {
		show->failed++;
		fprintf(show->out, "FAIL %s  %.3f s  %s: %s; kept in %s\n",
			o->name, seconds(o->took_ns), o->verdict, o->reason,
			o->kept);
	}
	if (!show->block.live || __fpending(show->out) > WAITS_MAX)
		flush(show);
}

/* The terminal takes text now, and no signal has come that may say that others
 * have used it. */
static bool can_draw(const struct suite_show *show)
{
	struct pollfd fds[] = {
		{ .fd = fileno(show->out), .events = POLLOUT },
		{ .fd = show->signal_fd, .events = POLLIN },
	};

	return poll(fds, ARRAY_SIZE(fds), 0) > 0 && fds[0].revents &&
	       !fds[1].revents;
}

void suite_show_status(struct suite_show *show, const struct suite_row *rows,
		       size_t n, size_t left)
{
	char status[160];
	struct text text = { status, sizeof(status), 0 };

	if (!show->block.live || !can_draw(show))
		return;
	text_put(&text, "%zu running, %zu passed, %zu failed, ", n,
		 show->passed, show->failed);
	if (left != SIZE_MAX)
		text_put(&text, "%zu to go, ", left);
	text_put(&text, "%.0f s", seconds(now_ns() - show->begun_ns));
	suite_block_draw(&show->block, rows, n, status);
	flush(show);
}

void suite_show_continued(struct suite_show *show)
{
	suite_block_leave(&show->block);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

uint64_t suite_percentile(const uint64_t *values, size_t n, unsigned percent)
{
	size_t rank = (n * percent + 99) / 100;

	return values[rank ? rank - 1 : 0];
}

/* Of the runs that passed: one that failed may never have been up. */
static void show_boots(const struct suite_show *show,
		       const struct outcome *outcomes, size_t n)
{
	uint64_t *boots = calloc(n + 1, sizeof(*boots));
	size_t count = 0;

	if (!boots)
		return;
	for (size_t i = 0; i < n; i++)
		if (outcome_passed(&outcomes[i]) && outcomes[i].boot_ns)
			boots[count++] = outcomes[i].boot_ns;
	qsort(boots, count, sizeof(*boots), compare);
	if (count)
		fprintf(show->out,
			"boot: p50 %.3f s, p90 %.3f s, p99 %.3f s, most "
			"%.3f s\n",
			seconds(suite_percentile(boots, count, 50)),
			seconds(suite_percentile(boots, count, 90)),
			seconds(suite_percentile(boots, count, 99)),
			seconds(boots[count - 1]));
	free(boots);
}

void suite_show_interrupted(struct suite_show *show)
{
	suite_block_clear(&show->block);
	fputs("ending: the guests are asked to power off; once more ends them "
	      "at once\n",
	      show->out);
	flush(show);
}

/* So many names are enough to be read. */
enum { NAMES_MAX = 30 };

static bool failed(const struct outcome *outcome)
{
	return !outcome_passed(outcome);
}

/* What failed, or was flaky, has scrolled away. */
static void show_names(const struct suite_show *show, const char *what,
		       bool (*is)(const struct outcome *outcome),
		       const struct outcome *outcomes, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		const struct outcome *o = &outcomes[i];

		if (!is(o))
			continue;
		if (count++ < NAMES_MAX)
			fprintf(show->out, "%s%s%s (%s)",
				count == 1 ? what : "",
				count == 1 ? ": " : ", ", o->name,
				outcome_passed(o) ? o->earlier[0].verdict :
						    o->verdict);
	}
	if (count > NAMES_MAX)
		fprintf(show->out, " and %zu more", count - NAMES_MAX);
	if (count)
		fputc('\n', show->out);
}

/* Of each test, which is called as its first run, less the round. */
static void show_tests(const struct suite_show *show,
		       const struct outcome *outcomes, size_t n, size_t n_tests)
{
	for (size_t test = 0; test < n_tests && test < n; test++) {
		size_t passed = 0, failed = 0;
		const char *name = NULL;

		for (size_t i = 0; i < n; i++) {
			if (outcomes[i].index % n_tests != test)
				continue;
			name = outcomes[i].name;
			passed += outcome_passed(&outcomes[i]);
			failed += !outcome_passed(&outcomes[i]);
		}
		if (name)
			fprintf(show->out, "%.*s: %zu passed, %zu failed\n",
				(int)(strrchr(name, '-') - name), name, passed,
				failed);
	}
}

int suite_show_summary(struct suite_show *show, const struct outcome *outcomes,
		       size_t n, size_t n_tests, size_t left)
{
	suite_block_clear(&show->block);
	show_names(show, "failed", failed, outcomes, n);
	show_names(show, "flaky", outcome_is_flaky, outcomes, n);
	if (show->terse)
		show_tests(show, outcomes, n, n_tests);
	show_boots(show, outcomes, n);
	fprintf(show->out, "%zu passed", show->passed);
	if (show->flaky)
		fprintf(show->out, " (%zu flaky)", show->flaky);
	fprintf(show->out, ", %zu failed", show->failed);
	if (left == SIZE_MAX)
		fputs(", stopped", show->out);
	else if (left)
		fprintf(show->out, ", %zu not run", left);
	fprintf(show->out, " in %.1f s\n", seconds(now_ns() - show->begun_ns));
	flush(show);
	return show->lost ? log_fail(-EIO, "minivmm test: not all of standard "
					   "output could be written") :
			    0;
}
