/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * diagnosis.h - a report, for people, on what a hanging guest is doing
 *
 * It looks at each processor twice, a tenth of a second apart.  That shows
 * whether the processor moves, how often it exits, and the callers of its
 * function.  The last lines of the console and the counters follow.  If the run
 * is to end anyhow and the guest is Linux, the guest is asked, too: by an NMI,
 * and by SysRq for back traces (l) and tasks (t).  Other systems are not asked,
 * as they take an NMI for broken hardware, and say so.
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

/* The longest time until done() is called: both looks, the time between them,
 * and the guest's answers. */
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
	/* Called after the last message of a diagnosis that ends the run; NULL
	 * for one that does not. */
	void (*done)(void *arg);
	void *arg;
	/* The guest is Linux, so it can be asked. */
	bool is_linux;
	struct loop_timer again, next, end;
	/* How many SysRq commands were sent, and when to stop waiting for the
	 * answers. */
	unsigned asked;
	uint64_t patience_ns;
	/* The first look at each processor, and the second; both are in one
	 * array. */
	struct vcpu_snapshot *first, *now;
	/* The stacks at the second look; NULL: there are no symbols, so stacks
	 * are of no use. */
	struct vcpu_stack *stacks;
	/* How far the kernel was moved from where it was linked. */
	uint64_t slide;
};

/* The caller sets the first eight fields, which must stay.  Only @symbols and
 * @is_linux may change before each start. */
void diagnosis_init(struct diagnosis *diagnosis);

/* Report.  With @fatal also ask the guest if it is Linux, wait up to a second
 * for each answer, and call done().  A diagnosis that is under way is not
 * started again. */
void diagnosis_start(struct diagnosis *diagnosis, bool fatal);

/* The machine is about to be freed: log nothing more, and do not call
 * done(). */
void diagnosis_cancel(struct diagnosis *diagnosis);

/* Write one line about what vCPU @index does, from two looks: @first, which may
 * have failed, and @now, which has not.  Public for its test. */
void diagnosis_describe(char *line, size_t room, unsigned index,
			const struct vcpu_snapshot *first,
			const struct vcpu_snapshot *now,
			const struct symbols *symbols, uint64_t slide);

#endif
