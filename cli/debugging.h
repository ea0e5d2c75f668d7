/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debugging.h - a run whose guest can be debugged
 *
 * While a debugger holds the guest its time stands still, and so does all that
 * limits it: time-outs, and those who look for stalls.  But a signal that asks
 * for the end ends that: from then on time counts again.
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
	/* The user ends the run; and the guest that was kept is done with. */
	void (*killed)(void *arg);
	void (*released)(void *arg);
	void *arg;
	struct debugger debugger;
	struct core_file core;
	/* The machine; NULL: there is none. */
	struct vm *vm;
	/* Limits stand still.  They never do again, once the end is asked
	 * for. */
	bool frozen, hurry;
	/* A guest that has failed was kept. */
	bool kept;
};

/* Begin, if @config of @debugging asks for it; if @sandboxed nothing can be
 * opened later.  The first seven fields are the
 * caller's.  Logs; -errno, and debugging_close() is to be called. */
int debugging_open(struct debugging *debugging, const struct kvm *kvm,
		   bool sandboxed);

/* The run is over, and ended with @verdict. */
void debugging_close(struct debugging *debugging,
		     const struct verdict *verdict);

/* @vm is about to run; and it has stopped for good. */
void debugging_begin(struct debugging *debugging, struct vm *vm);
void debugging_end(struct debugging *debugging);

/* The end of the run is asked for. */
void debugging_hurry(struct debugging *debugging);

/* The run is over: write a core, if @verdict is a failure and one is asked for.
 * Takes as long as it takes; a signal still ends the process in time. */
void debugging_write_core(struct debugging *debugging,
			  const struct verdict *verdict);

/* The run has come to @verdict.  True: its guest is kept, and released() will
 * be called; false: it is not, or not any more. */
bool debugging_keep(struct debugging *debugging, const struct verdict *verdict);

#endif
