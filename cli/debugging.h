/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debugging.h - a run whose guest can be debugged
 *
 * While a debugger holds the guest, the guest's time stands still, and so do
 * all limits: time-outs do not count, and nothing looks for stalls.  A signal
 * that asks for the end also ends that: from then on time counts again.
 *
 * Threads: main thread.
 */
#ifndef CLI_DEBUGGING_H
#define CLI_DEBUGGING_H

#include <stdbool.h>

#include "vmm/core.h"
#include "vmm/debugger.h"

struct conclusion;
struct debug_config;
struct referee;
struct verdict;

struct debugging {
	const struct debug_config *config;
	struct loop *loop;
	struct conclusion *conclusion;
	struct referee *referee;
	/* killed(): the user ends the run. released(): the guest that was kept
	 * is not needed any more. */
	void (*killed)(void *arg);
	void (*released)(void *arg);
	void *arg;
	struct debugger debugger;
	struct core_file core;
	/* The machine; NULL: there is none. */
	struct vm *vm;
	/* Time-outs stand still.  After a signal has asked for the end (@hurry)
	 * they always count. */
	bool frozen, hurry;
	/* A guest that has failed was kept. */
	bool kept;
};

/* Begin, if @config of @debugging asks for it.  The caller has set the first
 * seven fields.  Logs; -errno, and debugging_close() must be called. */
int debugging_open(struct debugging *debugging, const struct kvm *kvm);

/* Tell the debugger that the run has ended with @verdict, and close. */
void debugging_close(struct debugging *debugging,
		     const struct verdict *verdict);

/* debugging_begin(): @vm is about to run. debugging_end(): it has stopped for
 * good. */
void debugging_begin(struct debugging *debugging, struct vm *vm);
void debugging_end(struct debugging *debugging);

/* A signal asked for the end of the run. */
void debugging_hurry(struct debugging *debugging);

/* The run is over: write a core if the user asked for one and @verdict is a
 * failure.  There is no limit on its time, but a signal still ends the process
 * in time. */
void debugging_write_core(struct debugging *debugging,
			  const struct verdict *verdict);

/* The run has come to @verdict.  True: its guest is kept, and released() will
 * be called later; false: there is no reason to keep it, or none any more. */
bool debugging_keep(struct debugging *debugging, const struct verdict *verdict);

#endif
