/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/debugging.h"

#include "base/log.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/conclusion.h"
#include "cli/report/stats.h"
#include "cli/verdict/referee.h"
#include "vmm/debug_config.h"
#include "vmm/vm.h"

static void freeze(struct debugging *d)
{
	if (d->frozen || d->hurry)
		return;
	d->frozen = true;
	loop_hold(d->loop);
	conclusion_hold(d->conclusion);
}

static void thaw(struct debugging *d)
{
	uint64_t ns;

	if (!d->frozen)
		return;
	d->frozen = false;
	ns = loop_release(d->loop);
	referee_stopped(d->referee, ns);
	conclusion_release(d->conclusion, ns);
}

static void held(void *arg, bool is_held)
{
	struct debugging *d = arg;

	if (is_held)
		freeze(d);
	else
		thaw(d);
	vm_hold(d->vm, is_held);
}

static void killed(void *arg)
{
	struct debugging *d = arg;

	d->killed(d->arg);
}

static void released(void *arg)
{
	struct debugging *d = arg;

	d->released(d->arg);
}

static void print_stats(void *arg, FILE *out)
{
	struct debugging *d = arg;

	stats_print(d->vm, out);
}

int debugging_open(struct debugging *debugging, const struct kvm *kvm)
{
	const struct debugger_user user = {
		.held = held,
		.killed = killed,
		.released = released,
		.stats = print_stats,
		.arg = debugging,
	};
	const struct debug_config *c = debugging->config;

	int err = c->core ? core_open(&debugging->core, c->core) : 0;

	if (err || !c->gdb)
		return err;
	return debugger_open(&debugging->debugger, c->gdb, c->wait, kvm,
			     debugging->loop, &user);
}

void debugging_close(struct debugging *debugging, const struct verdict *verdict)
{
	bool was_killed = verdict->word == VERDICT_SIGNAL ||
			  verdict->word == VERDICT_QUIT;

	debugger_exited(&debugging->debugger,
			was_killed ? GDB_SIGKILL : (unsigned)verdict->code,
			was_killed);
	debugger_close(&debugging->debugger);
	core_close(&debugging->core);
}

static bool end_is_asked_for(void *arg)
{
	struct debugging *d = arg;

	return conclusion_asked(d->conclusion);
}

void debugging_begin(struct debugging *debugging, struct vm *vm)
{
	debugging->vm = vm;
	debugger_begin(&debugging->debugger, vm);
}

void debugging_end(struct debugging *debugging)
{
	debugger_end(&debugging->debugger);
	thaw(debugging);
	debugging->vm = NULL;
}

void debugging_hurry(struct debugging *debugging)
{
	thaw(debugging);
	debugging->hurry = true;
}

/* Whether it was the guest that failed, not the host or the user. */
static bool has_failed(const struct verdict *verdict)
{
	switch (verdict->word) {
	case VERDICT_PANIC:
	case VERDICT_OOPS:
	case VERDICT_TRIPLE_FAULT:
	case VERDICT_CRASH:
	case VERDICT_EXPECT:
	case VERDICT_FAIL:
	case VERDICT_SILENT:
	case VERDICT_HUNG:
	case VERDICT_TIMEOUT:
	case VERDICT_BOOT_TIMEOUT:
		return true;
	case VERDICT_EXIT:
		return verdict->code;
	default:
		return false;
	}
}

static void tell_kept(const struct debug_config *config,
		      const struct verdict *verdict)
{
	char buf[60] = "";
	struct text within = { buf, sizeof(buf), 0 };

	if (config->keep.ns)
		text_put(&within, ", or if none has come within %g s",
			 (double)config->keep.ns / NSEC_PER_SEC);
	log_warn("%s: %s: the guest is kept for a debugger at --gdb %s; when "
		 "that detaches or continues%s, the run ends",
		 verdict_name(verdict->word), verdict->reason, config->gdb,
		 buf);
}

bool debugging_keep(struct debugging *debugging, const struct verdict *verdict)
{
	struct debugging *d = debugging;

	if (d->kept || !d->vm || !d->config->keep.on || d->hurry ||
	    !has_failed(verdict))
		return false;
	d->kept = true;
	freeze(d);
	vm_stop(d->vm);
	tell_kept(d->config, verdict);
	debugger_post_mortem(&d->debugger, GDB_SIGTRAP, d->config->keep.ns);
	return true;
}

void debugging_write_core(struct debugging *debugging,
			  const struct verdict *verdict)
{
	struct debugging *d = debugging;

	if (!d->config->core || !d->vm || !verdict->code)
		return;
	conclusion_step(d->conclusion, "the core to be written");
	conclusion_hold(d->conclusion);
	core_write(&d->core, d->vm, end_is_asked_for, d);
	conclusion_decide(d->conclusion, verdict);
}
