/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session_events.h - what a session does about what happens meanwhile
 *
 * The console, the machine, signals, the command of --exec and time-outs lead
 * here; most of it goes on to the referee.  session.h is the public face.
 *
 * Threads: main thread, but for session_panicked().
 */
#ifndef CLI_SESSION_EVENTS_H
#define CLI_SESSION_EVENTS_H

#include <stdbool.h>

#include "base/loop.h"
#include "cli/debugging.h"
#include "cli/diagnosis.h"
#include "cli/host.h"
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
	/* There is a machine, and it was started; there was one. */
	bool running, started;

	struct referee referee;
	struct diagnosis diagnosis;
	struct debugging debugging;
	struct loop_timer grace;
	/* The run is over; else the machine is to be restarted. */
	bool over;
};

/* Listen to signals, and let time-outs count.  The first five fields of
 * @session are set. */
void session_events_init(struct session *session);

/* Tell the guest's power button of a signal that came before; also after each
 * reset, since the guest may already have been on its way. */
void session_press_power_button(struct session *session);

/* Callbacks, whose @arg is the session. */
/* The machine's end, see struct vm_events. */
void session_machine_ended(void *arg, const struct power_event *event);
/* The guest's kernel says that it has panicked.  Any thread. */
void session_panicked(void *arg);
/* The user has typed the key for that. */
void session_quit(void *arg);

#endif
