/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debugger_monitor.c - what a debugger's `monitor` command does
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/text.h"
#include "base/util.h"
#include "vmm/debugger_internal.h"
#include "vmm/vcpu_registers.h"
#include "vmm/vm.h"

void debugger_describe(const struct debugger *debugger, unsigned thread,
		       struct text *text)
{
	const struct debugger *d = debugger;
	struct kvm_mp_state mp;
	const char *what = "waits to be started";

	if (ioctl(d->vm->vcpus.vcpu[thread].fd, KVM_GET_MP_STATE, &mp) < 0 ||
	    mp.mp_state == KVM_MP_STATE_RUNNABLE)
		what = d->dead ? "ended" : "running";
	else if (mp.mp_state == KVM_MP_STATE_HALTED)
		what = "halted";
	text_put(text, "vCPU %u [%s]", thread, what);
}

static void info(struct debugger *d, unsigned thread, const char *args,
		 FILE *out)
{
	(void)thread;
	(void)args;
	for (unsigned i = 0; i < d->vm->vcpus.n; i++) {
		const struct vcpu *vcpu = &d->vm->vcpus.vcpu[i];
		char buf[100] = "";
		struct text text = { buf, sizeof(buf), 0 };

		debugger_describe(d, i, &text);
		fprintf(out, "%s at 0x%" PRIx64 "; exits:", buf,
			vcpu_rip(vcpu->fd));
		/* Relaxed: statistics. */
		for (enum vcpu_exit k = 0; k < VCPU_EXIT_KINDS; k++)
			fprintf(out, " %" PRIu64 " %s",
				__atomic_load_n(&vcpu->exits[k],
						__ATOMIC_RELAXED),
				vcpu_exit_name(k));
		fprintf(out, "\n");
	}
	fprintf(out, "%u breakpoints and watchpoints\n", d->points.n);
	fprintf(out, "memory: %" PRIu64 " MiB\n",
		d->vm->mainboard.mem.size / MIB);
}

static void walk(struct debugger *d, unsigned thread, const char *args,
		 FILE *out)
{
	struct gdb_paging paging;
	struct gdb_walk w;
	uint64_t pc, addr;
	char *end;

	errno = 0;
	addr = strtoull(args, &end, 0);
	if (end == args || *end || errno) {
		fprintf(out, "walk: an address is missing\n");
		return;
	}
	if (vcpu_paging(d->vm->vcpus.vcpu[thread].fd, &paging, &pc) < 0) {
		fprintf(out, "KVM does not tell how it is translated\n");
		return;
	}
	gdb_walk(&d->vm->mainboard.mem, &paging, addr, &w);
	for (unsigned i = 0; i < w.levels; i++)
		fprintf(out, "entry at 0x%" PRIx64 ": 0x%" PRIx64 "\n",
			w.entry_at[i], w.entry[i]);
	if (!w.mapped)
		fprintf(out, "0x%" PRIx64 " is not mapped%s\n", addr,
			w.lost	 ? ": a table is not in memory" :
			w.levels ? "" :
				   ": not canonical");
	else if (!w.levels)
		fprintf(out, "paging is off: physical 0x%" PRIx64 "\n", w.gpa);
	else
		fprintf(out,
			"physical 0x%" PRIx64 ", in a page of %" PRIu64
			" KiB%s%s\n",
			w.gpa, w.page_size / KIB,
			w.writable ? ", writable" : "", w.user ? ", user" : "");
}

/* Set *@flag if @args is "on" or "off", then print it. */
static void set_flag(const char *args, bool *flag, const char *name, FILE *out)
{
	if (strcmp(args, "on") == 0)
		*flag = true;
	else if (strcmp(args, "off") == 0)
		*flag = false;
	else if (*args)
		fprintf(out, "%s: on or off\n", name);
	fprintf(out, "%s is %s\n", name, *flag ? "on" : "off");
}

static void phys(struct debugger *d, unsigned thread, const char *args,
		 FILE *out)
{
	(void)thread;
	set_flag(args, &d->physical, "phys", out);
}

static void reset_stops(struct debugger *d, unsigned thread, const char *args,
			FILE *out)
{
	(void)thread;
	set_flag(args, &d->reset_stops, "reset-stops", out);
}

static void nmi(struct debugger *d, unsigned thread, const char *args,
		FILE *out)
{
	(void)args;
	if (ioctl(d->vm->vcpus.vcpu[thread].fd, KVM_NMI, 0) < 0)
		fprintf(out, "vCPU %u: no NMI: %s\n", thread, strerror(errno));
	else
		fprintf(out, "vCPU %u has an NMI when it goes on\n", thread);
}

static void reset(struct debugger *d, unsigned thread, const char *args,
		  FILE *out)
{
	(void)thread;
	(void)args;
	d->reset_asked = !d->dead;
	fprintf(out, d->dead ? "it has ended\n" :
			       "the machine is reset when it goes on\n");
}

static void powerdown(struct debugger *d, unsigned thread, const char *args,
		      FILE *out)
{
	(void)thread;
	(void)args;
	vm_press_power_button(d->vm);
	fprintf(out, "the power button is pressed\n");
}

static void stats(struct debugger *d, unsigned thread, const char *args,
		  FILE *out)
{
	(void)thread;
	(void)args;
	d->user.stats(d->user.arg, out);
}

static void quit(struct debugger *d, unsigned thread, const char *args,
		 FILE *out)
{
	(void)thread;
	(void)args;
	fprintf(out, "the run ends\n");
	d->user.killed(d->user.arg);
}

static const struct {
	const char *name, *help;
	void (*run)(struct debugger *d, unsigned thread, const char *args,
		    FILE *out);
} commands[] = {
	{ "info", "the processors and what they do", info },
	{ "walk", "ADDRESS: through the page tables of this thread", walk },
	{ "phys", "on|off: memory is that at physical addresses", phys },
	{ "nmi", "send this thread a non-maskable interrupt", nmi },
	{ "reset", "reset the machine when it goes on", reset },
	{ "reset-stops", "on|off: stop after a reset", reset_stops },
	{ "powerdown", "press the power button", powerdown },
	{ "stats", "the devices' counters", stats },
	{ "quit", "end the run", quit },
};

void debugger_monitor(struct debugger *debugger, unsigned thread,
		      const char *line, FILE *out)
{
	size_t len;

	line += strspn(line, " \t");
	len = strcspn(line, " \t");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		const char *args = line + len;

		if (strlen(commands[i].name) != len ||
		    memcmp(commands[i].name, line, len) != 0)
			continue;
		commands[i].run(debugger, thread, args + strspn(args, " \t"),
				out);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "%-12s %s\n", commands[i].name, commands[i].help);
}
