/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * referee.h - decides when a run is over, and how it went
 *
 * Hears of all that can end it: the guest's console and power requests,
 * pvpanic, the user, signals, time-outs.  The first that decides counts;
 * what the guest said before it is taken into account, what it says after
 * it is not.
 *
 * A guest that is beyond hope, as it has panicked, say, is given some time
 * to finish its sentence.
 *
 * Threads: the main thread, but for the two functions that say otherwise.
 */
#ifndef CLI_VERDICT_REFEREE_H
#define CLI_VERDICT_REFEREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "base/power.h"
#include "cli/verdict/limits.h"
#include "cli/verdict/verdict.h"
#include "cli/verdict/watch.h"

struct verdict_config;

/* What the referee asks for; on the main thread. */
struct referee_ops {
	/* The run is over. */
	void (*end)(void *arg);
	/* The same because of a time-out: say why it took so long, and then
	 * end it. */
	void (*hung)(void *arg);
	/* The guest was seen to reach @phase at @when_ns; possibly again. */
	void (*phase)(void *arg, enum phase phase, uint64_t when_ns);
	/* Type this at the guest's console. */
	void (*send)(void *arg, const uint8_t *buf, size_t len);
	/* All that was awaited has come, and the run goes on; once. */
	void (*ready)(void *arg);
};

struct referee {
	const struct verdict_config *config;
	struct loop *loop;
	struct verdict *verdict;
	const struct referee_ops *ops;
	void *arg;
	struct watch watch;
	/* The watch has news; from any thread. */
	struct loop_work news;
	/* When to look at an unfinished line, and when a condemned guest has
	 * had its time. */
	struct loop_timer look, patience;
	struct limits limits;
	/* The config's, of which the referee keeps account. */
	struct wait_ports *ports;
	/* All has come. */
	bool ready;
	/* Steps of the script that were sent, if they are sends. */
	size_t sent;
	/* Relaxed: a flag by itself; the posting of news orders it. */
	bool panicked;
	/* now_ns() of the first sign of its end; 0: none. */
	uint64_t condemned_ns;
	/* The signal that has pressed the power button; 0: none. */
	int signal;
	/* The verdict is in. */
	bool decided;
};

/* @verdict has its start; the rest of it is filled in.  @ops and @config
 * must stay; the latter's wait_ports are the referee's. */
void referee_init(struct referee *referee, struct verdict_config *config,
		  struct loop *loop, struct verdict *verdict,
		  const struct referee_ops *ops, void *arg);
void referee_free(struct referee *referee);

/* Time-outs count from the start of the program; from now on they expire. */
void referee_start(struct referee *referee);

/* The guest is about to run, for the first time. */
void referee_guest_starts(struct referee *referee);

/* The process was stopped for @ns, and the loop has put off its timers. */
void referee_stopped(struct referee *referee, uint64_t ns);

/* The console's output, for chardev_open(); @arg is the referee.  Any
 * thread. */
void referee_output(void *arg, const uint8_t *buf, size_t len);

/* The job's outputs, where they are apart from that; the same. */
void referee_stdout(void *arg, const uint8_t *buf, size_t len);
void referee_stderr(void *arg, const uint8_t *buf, size_t len);

/* The console is taken into use for input; the same. */
void referee_opened(void *arg);

/* The guest's kernel has panicked, says pvpanic.  Any thread. */
void referee_panicked(struct referee *referee);

/* The guest has answered at the port @index of those that are awaited.  @arg is
 * the referee.  Any thread. */
void referee_answered(void *arg, size_t index);

/* The command that was started by ready() has ended with @code. */
void referee_command(struct referee *referee, int code);

/* The guest asks for @event.  True: it is a reset, and the machine is to be
 * restarted; else the run is over. */
bool referee_power(struct referee *referee, const struct power_event *event);

/* Anything else that ends it, and by what (NULL: what was logged as an error
 * last); the end is asked for. */
void referee_end(struct referee *referee, enum ending ending, const char *by);

#endif
