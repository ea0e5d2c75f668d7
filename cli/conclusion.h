/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conclusion.h - ends a run in time, with a verdict
 *
 * Receives the signals, keeps the verdict once there is one, and ends the
 * process in time: within a second after the second signal, a time-out or any
 * other decision.  If the main thread then still waits for something that never
 * comes, another thread (deadline.h) logs the verdict, writes the report and
 * restores the terminal.
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

/* How many signals can wait for the main thread; further ones are lost. */
enum { CONCLUSION_SIGNALS = 16 };

struct conclusion {
	const struct config *config;
	void (*end_process)(int code);
	struct deadline deadline;
	struct signals signals;
	/* The loop on which @arrived is called for each signal; NULL: none
	 * yet. */
	struct loop *loop;
	struct loop_work told;
	void (*arrived)(void *arg, int signal);
	void *arg;

	/* The deadline's lock protects all fields below. */
	struct verdict verdict;
	/* When the verdict was decided; 0: not yet. */
	uint64_t decided_ns;
	/* The report that the deadline's thread writes if the main thread
	 * cannot; NULL: none. */
	struct report *report;
	/* How long the process was stopped. */
	uint64_t stopped_ns;
	/* A guest has run: the first signal presses its power button. */
	bool guest;
	/* The first signal that ends the run, and the first one after the
	 * verdict; 0: none. */
	int first, late;
	/* The run only waits for readers of output. */
	bool draining;
	/* The verdict was logged. */
	bool said;
	int queue[CONCLUSION_SIGNALS];
	unsigned n_queued;
};

/*
 * Block the signals and begin.  From now on signals end the run, and the
 * time-outs of @config count, from PHASE_START of @verdict.  @end_process must
 * end the process at once.  Call it before any other thread exists.  Logs;
 * -errno, and then conclusion_close() must not be called.
 */
int conclusion_open(struct conclusion *conclusion, const struct config *config,
		    const struct verdict *verdict,
		    void (*end_process)(int code));

/*
 * Stop the deadline's thread while there must be only one thread: meanwhile
 * signals wait and time-outs have no effect. conclusion_resume() starts it
 * again.  Logs; -errno, and then no signal or time-out will end the run.
 */
void conclusion_pause(struct conclusion *conclusion);
int conclusion_resume(struct conclusion *conclusion);

/* Have the deadline's thread write @report, too, if the main thread cannot;
 * NULL: none. */
void conclusion_report(struct conclusion *conclusion, struct report *report);

/* Call @arrived(@arg) on @loop for each signal, also for those that came
 * before.  If @loop is NULL, it is not called any more. */
void conclusion_listen(struct conclusion *conclusion, struct loop *loop,
		       void (*arrived)(void *arg, int signal), void *arg);

/* Note what the main thread waits for from now on, for a message like "still
 * waiting for the processors to stop".  The string must stay. */
void conclusion_step(struct conclusion *conclusion, const char *step);

/* The first guest is about to run: from now on the first signal presses its
 * power button.  False: a signal has come already, so it must not run. */
bool conclusion_guest(struct conclusion *conclusion);

/* The process was stopped for @ns: postpone all time-outs by that. */
void conclusion_stopped(struct conclusion *conclusion, uint64_t ns);

/* conclusion_hold(): the guest is held, and time-outs do not count.
 * conclusion_release(): it goes on after @ns. */
void conclusion_hold(struct conclusion *conclusion);
void conclusion_release(struct conclusion *conclusion, uint64_t ns);

/* Whether a signal asked for the end: steps that take long must give up. */
bool conclusion_asked(struct conclusion *conclusion);

/* The verdict is known; allow @ns more to find the reason. */
void conclusion_explain(struct conclusion *conclusion,
			const struct verdict *verdict, uint64_t ns);

/* The verdict is known, and the run must end within a second.  If the guest
 * ended by itself, it has ten seconds, but not longer than the time-out. */
void conclusion_decide(struct conclusion *conclusion,
		       const struct verdict *verdict);

/* Replace the verdict; the deadline stays. */
void conclusion_amend(struct conclusion *conclusion,
		      const struct verdict *verdict);

/* From now on the run only waits for readers of output.  If the guest ended by
 * itself they have a minute, unless a time-out or a signal comes first. */
void conclusion_drain(struct conclusion *conclusion);

/* Log @verdict, changed first if a signal has come since, and end the
 * thread. */
void conclusion_close(struct conclusion *conclusion, struct verdict *verdict);

#endif
