/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * referee.h - decides when a run is over, and with which verdict
 *
 * It hears of everything that can end a run: the guest's console and power
 * requests, pvpanic, the user, signals, time-outs.  The first event that
 * decides counts.  What the guest said before it is taken into account; what it
 * says afterwards is not.
 *
 * A guest that can't recover, for example after a panic, gets some time to
 * finish its message.
 *
 * Threads: the main thread, except for the functions that say otherwise.
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
	/* The run is over because of a time-out: report why it took so long,
	 * and then end it. */
	void (*hung)(void *arg);
	/* The guest was seen to reach @phase at @when_ns; possibly again. */
	void (*phase)(void *arg, enum phase phase, uint64_t when_ns);
	/* Type this at the guest's console. */
	void (*send)(void *arg, const uint8_t *buf, size_t len);
	/* Everything that was awaited has come, and the run goes on.  Called
	 * once. */
	void (*ready)(void *arg);
	/* The guest has said something.  Any thread. */
	void (*spoke)(void *arg);
};

struct referee {
	const struct verdict_config *config;
	struct loop *loop;
	struct verdict *verdict;
	const struct referee_ops *ops;
	void *arg;
	struct watch watch;
	/* The watch has news.  Posted by any thread. */
	struct loop_work news;
	/* When to look at an unfinished line, and when the time of a condemned
	 * guest is over. */
	struct loop_timer look, patience;
	struct limits limits;
	/* The config's, of which the referee keeps account. */
	struct wait_ports *ports;
	/* Everything that was awaited has come. */
	bool ready;
	/* How many steps of the script were looked at for something to send. */
	size_t sent;
	/* Relaxed: a flag by itself; the posting of news orders it. */
	bool panicked;
	/* now_ns() of the first sign that the guest is lost; 0: none. */
	uint64_t condemned_ns;
	/* The signal that has pressed the power button; 0: none. */
	int signal;
	/* The verdict is decided. */
	bool decided;
};

/* @verdict has its start time; the referee fills in the rest.  @ops and @config
 * must outlive it, and it changes the config's wait_ports. */
void referee_init(struct referee *referee, struct verdict_config *config,
		  struct loop *loop, struct verdict *verdict,
		  const struct referee_ops *ops, void *arg);
void referee_free(struct referee *referee);

/* Time-outs count from the start of the program.  From this call on they can
 * expire. */
void referee_start(struct referee *referee);

/* The guest is about to run, for the first time. */
void referee_guest_starts(struct referee *referee);

/* The process was stopped for @ns, and the loop has moved its timers. */
void referee_stopped(struct referee *referee, uint64_t ns);

/* The console's output, for chardev_open(); @arg is the referee.  Any
 * thread. */
void referee_output(void *arg, const uint8_t *buf, size_t len);

/* The same for the job's outputs, if they are apart from the console. */
void referee_stdout(void *arg, const uint8_t *buf, size_t len);
void referee_stderr(void *arg, const uint8_t *buf, size_t len);

/* The same, when the console is opened for input. */
void referee_opened(void *arg);

/* pvpanic says that the guest's kernel has panicked.  Any thread. */
void referee_panicked(struct referee *referee);

/* The guest has answered at the awaited port @index.  @arg is the referee.  Any
 * thread. */
void referee_answered(void *arg, size_t index);

/* The command that ready() started has ended with @code. */
void referee_command(struct referee *referee, int code);

/* The guest asks for @event.  True: it is a reset, and the machine is to be
 * restarted.  False: the run is over. */
bool referee_power(struct referee *referee, const struct power_event *event);

/* Anything else that ends the run.  @by says what (NULL: the error that was
 * logged last). ops->end is called. */
void referee_end(struct referee *referee, enum ending ending, const char *by);

#endif
