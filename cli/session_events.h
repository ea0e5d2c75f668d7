/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session_events.h - what a session does when something happens
 *
 * The console, the machine, signals, the command of --exec and time-outs call
 * it; it tells the referee.  Only session.c uses this header.
 *
 * Threads: main thread, except for session_panicked().
 */
#ifndef CLI_SESSION_EVENTS_H
#define CLI_SESSION_EVENTS_H

#include <stdbool.h>

#include "base/loop.h"
#include "cli/debugging.h"
#include "cli/diagnosis.h"
#include "cli/host.h"
#include "cli/report/last_line.h"
#include "cli/sandbox.h"
#include "cli/verdict/referee.h"
#include "vmm/vm.h"

struct report;

struct session {
	struct config *config;
	struct verdict *verdict;
	struct report *report;
	struct conclusion *conclusion;
	struct host host;
	struct loop loop;
	struct vm vm;
	/* A machine is running; the first machine has been started. */
	bool running, started;

	struct referee referee;
	struct last_line last_line;
	struct diagnosis diagnosis;
	struct debugging debugging;
	struct sandbox sandbox;
	struct loop_timer grace;
	/* The run is over; otherwise another machine follows. */
	bool over;
};

/* Listen to signals, and start the time-outs.  The first five fields of
 * @session must be set. */
void session_events_init(struct session *session);

/* Press the guest's power button if a signal has come before.  Call it after a
 * reset, too: the guest may have reset itself before it noticed the first
 * press. */
void session_press_power_button(struct session *session);

/* If the guest's kernel has panicked, log the callers on each processor.  The
 * processors must have ended. */
void session_tell_panic(struct session *session);

/* Callbacks; @arg is the session. */
/* The machine's end, see struct vm_events. */
void session_machine_ended(void *arg, const struct power_event *event);
/* The guest's kernel says that it has panicked.  Any thread. */
void session_panicked(void *arg);
/* The user has typed the escape key and x. */
void session_quit(void *arg);

#endif
