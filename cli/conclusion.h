/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conclusion.h - a run comes to its end in time, with a verdict
 *
 * Hears the signals, keeps the verdict once there is one, and knows by when
 * the process is to be gone: a second after a second signal, a time-out or
 * whatever else has decided.  That holds also while the main thread waits for
 * something that never comes (deadline.h): then the verdict is said, the report
 * written and the terminal restored without it.
 *
 * Threads: the main thread.
 */
#ifndef CLI_CONCLUSION_H
#define CLI_CONCLUSION_H

#include "base/deadline.h"
#include "base/loop.h"
#include "base/signals.h"
#include "cli/verdict/verdict.h"

struct config;
struct report;

/* Signals that have been heard and are not yet told; more are lost. */
enum { CONCLUSION_SIGNALS = 16 };

struct conclusion {
	const struct config *config;
	void (*end_process)(int code);
	struct deadline deadline;
	struct signals signals;
	/* Where signals are told, and how; NULL: not yet. */
	struct loop *loop;
	struct loop_work told;
	void (*arrived)(void *arg, int signal);
	void *arg;

	/* All below under the deadline's lock. */
	struct verdict verdict;
	/* When it was decided on; 0: not yet. */
	uint64_t decided_ns;
	/* NULL: there is none to be written. */
	struct report *report;
	/* How long the process was stopped. */
	uint64_t stopped_ns;
	/* A guest has run: the first signal presses its power button. */
	bool guest;
	/* The first signal that is to end the run, and the first of those that
	 * came after the verdict; 0: none. */
	int first, late;
	/* Only readers of output are waited for. */
	bool draining;
	/* The last line is said. */
	bool said;
	int queue[CONCLUSION_SIGNALS];
	unsigned n_queued;
};

/*
 * Block the signals and begin: from now on the time-outs of @config count, from
 * PHASE_START of @verdict, and signals end the run.  @exit is to end the
 * process at once.  Before any other thread exists.  Logs; -errno, and then
 * nothing is to be closed.
 */
int conclusion_open(struct conclusion *conclusion, const struct config *config,
		    const struct verdict *verdict,
		    void (*end_process)(int code));

/* Write @report, too, where the main thread can't. */
void conclusion_report(struct conclusion *conclusion, struct report *report);

/* Have @arrived(@arg) called on @loop for each signal, also for those that came
 * before; NULL: no more. */
void conclusion_listen(struct conclusion *conclusion, struct loop *loop,
		       void (*arrived)(void *arg, int signal), void *arg);

/* What the main thread waits for from now on, for people to read: "the
 * processors to stop".  The string stays. */
void conclusion_step(struct conclusion *conclusion, const char *step);

/* The first guest is about to run, so from now on a first signal is told to it.
 * False: one has come, and the guest is not wanted any more. */
bool conclusion_guest(struct conclusion *conclusion);

/* The process was stopped for @ns, which does not count. */
void conclusion_stopped(struct conclusion *conclusion, uint64_t ns);

/* The guest is held, and no time-out counts; and it goes on after @ns. */
void conclusion_hold(struct conclusion *conclusion);
void conclusion_release(struct conclusion *conclusion, uint64_t ns);

/* Whether the end has been asked for: what takes long before there is a verdict
 * is to be given up. */
bool conclusion_asked(struct conclusion *conclusion);

/* There is a verdict, and so much more time to find out why. */
void conclusion_explain(struct conclusion *conclusion,
			const struct verdict *verdict, uint64_t ns);

/* There is a verdict, and the run ends: within a second, or within ten and the
 * time-out if the guest ended by itself. */
void conclusion_decide(struct conclusion *conclusion,
		       const struct verdict *verdict);

/* The verdict has changed since, which changes no time. */
void conclusion_amend(struct conclusion *conclusion,
		      const struct verdict *verdict);

/* All has ended but readers of output, who may be slow: those of a guest that
 * ended by itself have a minute, unless a time-out or a signal comes first. */
void conclusion_drain(struct conclusion *conclusion);

/* Say @verdict, or what a signal has made of it since; end the thread. */
void conclusion_close(struct conclusion *conclusion, struct verdict *verdict);

#endif
