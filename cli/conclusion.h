/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conclusion.h - a run comes to its end in time, with a verdict
 *
 * Receives the signals, keeps the verdict once there is one, and ends the
 * process in time: a second after a second signal, a time-out, or whatever else
 * has decided.  If the main thread then waits for something that never comes,
 * another thread (deadline.h) says the verdict, writes the report and restores
 * the terminal.
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

/* How many signals can wait until the main thread takes them; more are lost. */
enum { CONCLUSION_SIGNALS = 16 };

struct conclusion {
	const struct config *config;
	void (*end_process)(int code);
	struct deadline deadline;
	struct signals signals;
	/* The loop on which @arrived is called for each signal; NULL: not yet.
	 */
	struct loop *loop;
	struct loop_work told;
	void (*arrived)(void *arg, int signal);
	void *arg;

	/* All below under the deadline's lock. */
	struct verdict verdict;
	/* When it was decided on; 0: not yet. */
	uint64_t decided_ns;
	/* What the deadline is to write if the main thread cannot; NULL:
	 * nothing. */
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
 * PHASE_START of @verdict, and signals end the run.  @end_process must end
 * the process at once.  Call it before any other thread exists.  Logs; -errno,
 * and then conclusion_close() is not to be called.
 */
int conclusion_open(struct conclusion *conclusion, const struct config *config,
		    const struct verdict *verdict,
		    void (*end_process)(int code));

/*
 * While there is to be one thread alone: signals wait, and no time-out ends
 * anything.  conclusion_resume() logs; -errno, and nothing will.
 */
void conclusion_pause(struct conclusion *conclusion);
int conclusion_resume(struct conclusion *conclusion);

/* Have @report written, too, if the main thread cannot; NULL: none. */
void conclusion_report(struct conclusion *conclusion, struct report *report);

/* Have @arrived(@arg) called on @loop for each signal, including those that
 * came before.  With a @loop of NULL no more are told. */
void conclusion_listen(struct conclusion *conclusion, struct loop *loop,
		       void (*arrived)(void *arg, int signal), void *arg);

/* Note what the main thread waits for from now on, for a message like "still
 * waiting for the processors to stop".  The string must stay. */
void conclusion_step(struct conclusion *conclusion, const char *step);

/* The first guest is about to run: from now on the first signal presses its
 * power button.  False: a signal has come already, so it must not run. */
bool conclusion_guest(struct conclusion *conclusion);

/* The process was stopped for @ns: put all time-outs off by that. */
void conclusion_stopped(struct conclusion *conclusion, uint64_t ns);

/* The guest is held, and no time-out counts; and it goes on after @ns. */
void conclusion_hold(struct conclusion *conclusion);
void conclusion_release(struct conclusion *conclusion, uint64_t ns);

/* Whether somebody has asked for the end: give up what takes long. */
bool conclusion_asked(struct conclusion *conclusion);

/* There is a verdict; allow @ns more to find out the reason. */
void conclusion_explain(struct conclusion *conclusion,
			const struct verdict *verdict, uint64_t ns);

/* There is a verdict, and the run must end within a second; if the guest ended
 * by itself, within ten seconds, but not later than the time-out. */
void conclusion_decide(struct conclusion *conclusion,
		       const struct verdict *verdict);

/* Replace the verdict; the time of the end stays. */
void conclusion_amend(struct conclusion *conclusion,
		      const struct verdict *verdict);

/* Only readers of output are still to be waited for.  If the guest ended by
 * itself they have a minute, unless a time-out or a signal comes first. */
void conclusion_drain(struct conclusion *conclusion);

/* Log @verdict, changed if a signal has come since; end the thread. */
void conclusion_close(struct conclusion *conclusion, struct verdict *verdict);

#endif
