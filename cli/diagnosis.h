/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * diagnosis.h - what a guest that hangs is doing, for people to read
 *
 * Each processor is looked at twice, a tenth of a second apart, which shows
 * whether it moves and how often it exits, and by whom its function was called;
 * then come the last lines of the console and the counters.  If the run is to
 * end anyhow and the guest is Linux, it is asked too: by an NMI, and by SysRq
 * for back traces (l) and tasks (t).  Other systems take an NMI for broken
 * hardware, and say so.
 *
 * Threads: main thread.
 */
#ifndef CLI_DIAGNOSIS_H
#define CLI_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/loop.h"
#include "base/util.h"
#include "vmm/vcpu_snapshot.h"

/* How long it takes at most until done() is called: each look, the time between
 * them, and the guest's answers. */
#define DIAGNOSIS_NS (2 * VCPU_SNAPSHOT_NS + 2100 * NSEC_PER_MSEC)

struct chardev;
struct symbols;
struct vcpu_stack;
struct vm;
struct watch;

struct diagnosis {
	struct loop *loop;
	struct vm *vm;
	struct watch *watch;
	struct chardev *console;
	/* NULL: none. */
	const struct symbols *symbols;
	/* Called when all is said, if that is to be the end; NULL: it is
	 * not. */
	void (*done)(void *arg);
	void *arg;
	/* The guest is Linux: it can be asked. */
	bool is_linux;
	struct loop_timer again, next, end;
	/* SysRq commands that were sent, and when their answers are no longer
	 * waited for. */
	unsigned asked;
	uint64_t patience_ns;
	/* The first look at each processor, and the second; one array. */
	struct vcpu_snapshot *first, *now;
	/* The stacks at the second look; NULL: without symbols there is nothing
	 * to be said of them. */
	struct vcpu_stack *stacks;
	/* By what the kernel was moved from where it was linked. */
	uint64_t slide;
};

/* The first eight fields are the caller's and stay, but for @symbols and
 * @is_linux, which may be set before each start. */
void diagnosis_init(struct diagnosis *diagnosis);

/* Report; with @fatal ask the guest too, if it is Linux, and call done(), after
 * a second in which it may answer.  One that is under way goes on. */
void diagnosis_start(struct diagnosis *diagnosis, bool fatal);

/* The machine is about to be freed: say nothing more.  done() is not
 * called. */
void diagnosis_cancel(struct diagnosis *diagnosis);

/* One line about what vCPU @index does: @first, which may have failed, and
 * then @now, which has not.  Public for its test. */
void diagnosis_describe(char *line, size_t room, unsigned index,
			const struct vcpu_snapshot *first,
			const struct vcpu_snapshot *now,
			const struct symbols *symbols, uint64_t slide);

#endif
