/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/diagnosis.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/report/stats.h"
#include "cli/verdict/watch.h"
#include "devices/serial/chardev.h"
#include "vmm/backtrace.h"
#include "vmm/symbols.h"
#include "vmm/vcpu_stack.h"
#include "vmm/vm.h"

/* The time between the two looks; the longest wait for the guest's answer to
 * one question, and for all answers. */
#define AGAIN_NS   (100 * NSEC_PER_MSEC)
#define ANSWER_NS  NSEC_PER_SEC
#define ANSWERS_NS (2 * NSEC_PER_SEC)
/* The time between two questions. */
#define NEXT_NS (100 * NSEC_PER_MSEC)

/* How many of the console's last lines are shown. */
#define LAST_LINES 20

/* List the vectors whose bits are set in a register of the local APIC. */
static void put_vectors(struct text *text, const char *what,
			const uint32_t words[8])
{
	bool any = false;

	for (unsigned vector = 0; vector < 256; vector++) {
		if (!(words[vector / 32] & BIT(vector % 32)))
			continue;
		text_put(text, "%s 0x%02x", any ? "" : what, vector);
		any = true;
	}
}

/* Exits for our own kicks do not count: they are not the guest's. */
static void put_exits(struct text *text, const struct vcpu_snapshot *first,
		      const struct vcpu_snapshot *now)
{
	uint64_t ns = MAX(now->taken_ns - first->taken_ns, 1);
	bool any = false;

	text_put(text, "; exits/s:");
	for (enum vcpu_exit kind = 0; kind < VCPU_EXIT_KINDS; kind++) {
		uint64_t n = now->exits[kind] - first->exits[kind];

		if (!n || kind == VCPU_EXIT_SIGNAL)
			continue;
		text_put(text, " %.0f %s",
			 (double)n * (double)NSEC_PER_SEC / (double)ns,
			 vcpu_exit_name(kind));
		any = true;
	}
	if (!any)
		text_put(text, " none");
}

void diagnosis_describe(char *line, size_t room, unsigned index,
			const struct vcpu_snapshot *first,
			const struct vcpu_snapshot *now,
			const struct symbols *symbols, uint64_t slide)
{
	static const char *const activities[] = {
		[VCPU_RUNNING] = "running",
		[VCPU_HALTED] = "halted",
		[VCPU_WAITING] = "not started by the guest",
	};
	struct text text = { line, room, 0 };

	text_put(&text, "vCPU %u: %s", index, activities[now->activity]);
	if (now->activity == VCPU_WAITING)
		return;
	symbols_put(&text, symbols, slide, now->rip);
	if (now->activity == VCPU_RUNNING && !first->error &&
	    first->rip == now->rip)
		text_put(&text, ", as before");
	text_put(&text, ", ring %u, interrupts %s", now->ring,
		 now->interrupts_on ? "on" : "off");
	put_vectors(&text, "; pending:", now->irr);
	put_vectors(&text, "; in service:", now->isr);
	if (now->nmi_pending)
		text_put(&text, "; NMI pending");
	if (!first->error)
		put_exits(&text, first, now);
}

static void describe_vcpus(struct diagnosis *d)
{
	char line[700];
	struct backtrace_log callers = { .mem = &d->vm->mainboard.mem,
					 .symbols = d->symbols,
					 .slide = d->slide };

	vcpu_set_snapshot(&d->vm->vcpus, d->now, d->stacks);
	for (unsigned i = 0; i < d->vm->vcpus.n; i++) {
		const struct vcpu_snapshot *now = &d->now[i];

		if (now->error) {
			log_warn("vCPU %u: no answer: %s", i,
				 strerror(-now->error));
			continue;
		}
		diagnosis_describe(line, sizeof(line), i, &d->first[i], now,
				   d->symbols, d->slide);
		log_warn("%s", line);
		if (d->stacks && now->activity != VCPU_WAITING)
			backtrace_log(&callers, i, &d->stacks[i]);
	}
}

/* The start of the last LAST_LINES lines of @tail. */
static const char *last_lines(const char *tail, size_t len)
{
	const char *p = tail + len;

	if (len && p[-1] == '\n')
		p--;
	for (unsigned i = 0; i < LAST_LINES && p > tail; i++) {
		const char *eol = memrchr(tail, '\n', (size_t)(p - tail));

		if (!eol)
			return tail;
		p = eol;
	}
	return p == tail ? p : p + 1;
}

static void show_console(struct watch *watch)
{
	char tail[WATCH_TAIL + 1];
	size_t len = watch_tail(watch, tail);
	char *p, *save = NULL;

	/* A NUL would end the text.  Other characters that cannot be printed
	 * are replaced when each line is logged. */
	for (size_t i = 0; i < len; i++)
		if (!tail[i])
			tail[i] = '?';
	tail[len] = '\0';
	if (!len)
		log_warn("nothing was said on the console");
	p = tail + (last_lines(tail, len) - tail);
	for (p = strtok_r(p, "\n", &save); p; p = strtok_r(NULL, "\n", &save))
		log_warn("console: %.200s", p);
}

/* A kernel that is told to be quiet shows its answers only from log level 8
 * on. */
static const uint8_t commands[] = { '8', 'l', 't' };

/* Ask the guest for its own view.  Only a kernel with a working serial driver
 * answers.  Send one command at a time, as Linux takes one for each
 * interrupt. */
static void ask_next(void *arg)
{
	struct diagnosis *d = arg;

	if (chardev_waiting(d->console)) {
		loop_arm(d->loop, &d->next, now_ns() + NEXT_NS);
		return;
	}
	if (chardev_send_break(d->console) ||
	    chardev_send(d->console, &commands[d->asked], 1))
		log_warn("SysRq: out of memory");
	if (++d->asked < ARRAY_SIZE(commands))
		loop_arm(d->loop, &d->next, now_ns() + NEXT_NS);
	loop_arm(d->loop, &d->end, MIN(now_ns() + ANSWER_NS, d->patience_ns));
}

static void ask_guest(struct diagnosis *d)
{
	d->patience_ns = now_ns() + ANSWERS_NS;
	log_warn("asking the guest: NMI, SysRq l and t");
	for (unsigned i = 0; i < d->vm->vcpus.n; i++)
		vcpu_nmi(&d->vm->vcpus.vcpu[i]);
	d->asked = 0;
	loop_arm(d->loop, &d->next, now_ns() + NEXT_NS);
	loop_arm(d->loop, &d->end, now_ns() + ANSWER_NS);
}

static void forget(struct diagnosis *d)
{
	free(d->first);
	free(d->stacks);
	d->first = d->now = NULL;
	d->stacks = NULL;
}

static void second_look(void *arg)
{
	struct diagnosis *d = arg;

	describe_vcpus(d);
	show_console(d->watch);
	stats_log(d->vm);
	forget(d);
	if (!d->end.armed)
		return;
	if (d->is_linux) {
		ask_guest(d);
		return;
	}
	log_warn("the guest is not asked, as it does not look like Linux");
	loop_arm(d->loop, &d->end, now_ns());
}

/* Linux refused to answer, as most distributions configure it to do. */
static void show_remedy(struct watch *watch)
{
	static const char refusal[] = "This sysrq operation is disabled";
	char tail[WATCH_TAIL];
	size_t len = watch_tail(watch, tail);

	if (memmem(tail, len, refusal, strlen(refusal)))
		log_warn("the guest does not allow SysRq: for its own view "
			 "boot it with -a '+=sysrq_always_enabled'");
}

static void ended(void *arg)
{
	struct diagnosis *d = arg;

	if (d->asked)
		show_remedy(d->watch);
	d->done(d->arg);
}

static void find_slide(struct diagnosis *d, const struct vcpu_snapshot *s)
{
	if (d->symbols && !d->slide)
		d->slide = symbols_slide(d->symbols, s->syscall_entry);
}

void diagnosis_start(struct diagnosis *diagnosis, bool fatal)
{
	struct diagnosis *d = diagnosis;
	uint64_t now = now_ns();

	/* second_look() postpones it. */
	if (fatal)
		loop_arm(d->loop, &d->end, now + AGAIN_NS + ANSWER_NS);
	/* A diagnosis is under way; or the machine could not be built, and that
	 * is why the run ends. */
	if (d->first || !d->vm->vcpus.n)
		return;
	d->slide = 0;
	d->first = calloc(d->vm->vcpus.n, 2 * sizeof(*d->first));
	if (!d->first)
		return;
	d->now = d->first + d->vm->vcpus.n;
	if (d->symbols)
		d->stacks = calloc(d->vm->vcpus.n, sizeof(*d->stacks));
	vcpu_set_snapshot(&d->vm->vcpus, d->first, NULL);
	for (unsigned i = 0; i < d->vm->vcpus.n; i++)
		if (!d->first[i].error)
			find_slide(d, &d->first[i]);
	loop_arm(d->loop, &d->again, now + AGAIN_NS);
}

void diagnosis_cancel(struct diagnosis *diagnosis)
{
	loop_disarm(diagnosis->loop, &diagnosis->again);
	loop_disarm(diagnosis->loop, &diagnosis->next);
	loop_disarm(diagnosis->loop, &diagnosis->end);
	forget(diagnosis);
}

void diagnosis_init(struct diagnosis *diagnosis)
{
	diagnosis->again =
		(struct loop_timer){ .expired = second_look, .arg = diagnosis };
	diagnosis->next =
		(struct loop_timer){ .expired = ask_next, .arg = diagnosis };
	diagnosis->end =
		(struct loop_timer){ .expired = ended, .arg = diagnosis };
}
