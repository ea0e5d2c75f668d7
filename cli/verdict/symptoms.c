/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/verdict/symptoms.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/util.h"
#include "cli/verdict/klog.h"

/*
 * Each message by its beginning, in which `*' stands for any characters and `%'
 * for one hexadecimal digit.  Linux's messages are those of its sources from
 * 6.1 to 6.18; the others are from their systems' sources, too.
 */
static const struct message {
	enum guest_system system;
	enum symptom symptom;
	const char *pattern;
	/* It counts only after the system has introduced itself, as programs of
	 * other systems print the same. */
	bool introduced;
} messages[] = {
#define ROW(system, symptom, pattern)                                          \
	{                                                                      \
		SYSTEM_##system, SYMPTOM_##symptom, pattern, false             \
	}
	/* How systems introduce themselves. */
	ROW(LINUX, NONE, "Linux version "),
	ROW(BSD, NONE, "Copyright (c) *The FreeBSD Project"),
	ROW(BSD, NONE, "*The Regents of the University of California"),
	ROW(BSD, NONE, "*The NetBSD Foundation, Inc."),
	ROW(BSD, NONE, "OpenBSD %.%"),
	ROW(XEN, NONE, "Xen version "),
	ROW(MACH, NONE, "GNU Mach "),
	ROW(SEL4, NONE, "Bootstrapping kernel"),
	/* kernel/panic.c; the second one is for a first line that is cut or
	 * mixed up. */
	ROW(LINUX, PANIC, "Kernel panic - not syncing"),
	ROW(LINUX, PANIC, "---[ end Kernel panic - not syncing"),
	ROW(LINUX, PANIC, "Attempted to kill init"),
	/* arch/x86/kernel: before the log exists, or when nothing else
	 * works. */
	ROW(LINUX, PANIC, "PANIC: early exception "),
	ROW(LINUX, PANIC, "PANIC: double fault"),
	ROW(LINUX, PANIC, "traps: PANIC: double fault"),
	/* arch/x86/boot: the kernel could not be decompressed. */
	ROW(LINUX, PANIC, " -- System halted"),
	/* BUG(), die(), page faults; KASAN, KCSAN, KFENCE, KMSAN; locks,
	 * scheduler, work queues: all of them say "BUG:". */
	ROW(LINUX, OOPS, "BUG: "),
	ROW(LINUX, OOPS, "kernel BUG at "),
	ROW(LINUX, OOPS, "Kernel BUG at "),
	ROW(LINUX, OOPS, "Oops: "),
	ROW(LINUX, OOPS, "general protection fault"),
	ROW(LINUX, OOPS, "double fault: "),
	ROW(LINUX, OOPS, "*: %%%% [#%"),
	ROW(LINUX, OOPS, "*: Corrupted page table at address "),
	ROW(LINUX, OOPS, "Thread overran stack, or stack corrupted"),
	ROW(LINUX, OOPS, "*issing ENDBR: "),
	ROW(LINUX, OOPS, "CFI failure "),
	ROW(LINUX, OOPS, "UBSAN: * in "),
	/* mm/slub.c, mm/slab.c, lib/list_debug.c */
	ROW(LINUX, OOPS, "BUG * (Not tainted): "),
	ROW(LINUX, OOPS, "BUG * (Tainted: "),
	ROW(LINUX, OOPS, "Slab corruption ("),
	ROW(LINUX, OOPS, "list_add corruption"),
	ROW(LINUX, OOPS, "list_del corruption"),
	ROW(LINUX, OOPS, "bad: scheduling from the idle thread!"),
	/* kernel/watchdog*.c, kernel/rcu, kernel/hung_task.c */
	ROW(LINUX, OOPS, "watchdog: BUG: "),
	ROW(LINUX, OOPS, "NMI watchdog: BUG: "),
	ROW(LINUX, OOPS, "*atchdog: *Watchdog detected hard LOCKUP"),
	ROW(LINUX, OOPS, "rcu: INFO: rcu_*detected*stall"),
	ROW(LINUX, OOPS, "INFO: rcu_*detected*stall"),
	ROW(LINUX, OOPS, "INFO: task *:* blocked *for more than * seconds"),
	/* Warnings; lockdep has several beginnings. */
	ROW(LINUX, WARNING, "WARNING: CPU: "),
	ROW(LINUX, WARNING, "WARNING: * at *+0x"),
	ROW(LINUX, WARNING, "WARNING: possible "),
	ROW(LINUX, WARNING, "WARNING: inconsistent lock state"),
	ROW(LINUX, WARNING, "WARNING: * lock order detected"),
	ROW(LINUX, WARNING, "WARNING: bad * detected!"),
	ROW(LINUX, WARNING, "WARNING: held lock freed!"),
	ROW(LINUX, WARNING, "WARNING: lock held when returning to user space"),
	ROW(LINUX, WARNING, "WARNING: Nested lock was not taken"),
	ROW(LINUX, WARNING, "WARNING: suspicious RCU usage"),
	ROW(LINUX, WARNING, "WARNING: kernel stack "),
	ROW(LINUX, WARNING, "[ BUG: "),
	ROW(LINUX, WARNING, "[ INFO: possible "),
	ROW(LINUX, WARNING, "INFO: trying to register non-static key"),
	ROW(LINUX, WARNING, "INFO: suspicious RCU usage"),
	ROW(LINUX, WARNING, "refcount_t: "),
	ROW(LINUX, WARNING, "ODEBUG: "),
	ROW(LINUX, WARNING, "irq *: nobody cared"),
	ROW(LINUX, WARNING, "kmemleak: * new suspected memory leaks"),
	ROW(LINUX, WARNING, "unregister_netdevice: waiting for "),
	/* FreeBSD, NetBSD, OpenBSD.  Programs written in Go say "panic: ". */
	{ SYSTEM_BSD, SYMPTOM_PANIC, "panic: ", true },
	ROW(BSD, PANIC, "Fatal trap %"),
	ROW(BSD, PANIC, "Fatal double fault"),
	ROW(BSD, PANIC, "KDB: enter: panic"),
	ROW(BSD, PANIC, "fatal * in supervisor mode"),
	ROW(BSD, PANIC, "kernel: * trap, code="),
	ROW(XEN, PANIC, "Panic on CPU %"),
	ROW(XEN, PANIC, "Xen BUG at "),
	ROW(XEN, PANIC, "FATAL TRAP: vec"),
	/* The guest without which Xen can't go on; then another guest. */
	ROW(XEN, PANIC, "Domain 0 (vcpu#"),
	ROW(XEN, PANIC, "Domain 0 reported crashed by domain "),
	ROW(XEN, PANIC, "Hardware Dom% crashed: "),
	ROW(XEN, PANIC, "Hardware Dom% watchdog fired: "),
	ROW(XEN, OOPS, "Domain * (vcpu#*) crashed on cpu#"),
	ROW(XEN, OOPS, "Domain * reported crashed by domain "),
	ROW(MACH, PANIC, "panic {cpu"),
	ROW(MACH, PANIC, "panic ../*.c:%"),
	ROW(MACH, PANIC, "Kernel * trap, eip 0x"),
	ROW(MACH, PANIC, "Debugger invoked: "),
	ROW(SEL4, PANIC, "seL4 failed assertion "),
	ROW(SEL4, PANIC, "seL4 called fail at "),
	ROW(SEL4, PANIC, "========== KERNEL EXCEPTION =========="),
	/* illumos, Darwin, LK and Zircon, xv6, Zephyr, Solo5, OSv, Rust. */
	ROW(OTHER, PANIC, "panic[cpu%"),
	ROW(OTHER, PANIC, "panic(cpu %"),
	ROW(OTHER, PANIC, "panic (caller 0x"),
	ROW(OTHER, PANIC, "ZIRCON KERNEL PANIC"),
	ROW(OTHER, PANIC, "lapicid %: panic: "),
	ROW(OTHER, PANIC, "cpu%: panic: "),
	ROW(OTHER, PANIC, "*>>> ZEPHYR FATAL ERROR"),
	ROW(OTHER, PANIC, "Solo5: ABORT: "),
	ROW(OTHER, PANIC, "Solo5: trap: "),
	ROW(OTHER, PANIC, "page fault outside application, addr: "),
	ROW(OTHER, PANIC, "panicked at "),
	ROW(OTHER, PANIC, "KERNEL PANIC"),
	ROW(OTHER, PANIC, "Kernel panic: "),
	ROW(OTHER, PANIC, "Kernel Panic: "),
#undef ROW
};

/* Whether the @n bytes of a pattern at @p, without `*', match at @text. */
static bool piece_at(const char *p, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] == '%' ? !isxdigit((unsigned char)text[i]) :
				  p[i] != text[i])
			return false;
	return true;
}

/* Whether @text begins as @pattern says.  After a `*' the first place that
 * matches is as good as any, because the pattern does not say how the text
 * ends. */
static bool begins(const char *text, size_t len, const char *pattern)
{
	bool anywhere = false;

	while (*pattern) {
		size_t n = strcspn(pattern, "*"), at = 0;

		while (at + n <= len && !piece_at(pattern, n, text + at)) {
			if (!anywhere)
				return false;
			at++;
		}
		if (at + n > len)
			return false;
		text += at + n;
		len -= at + n;
		pattern += n;
		anywhere = *pattern == '*';
		pattern += anywhere;
	}
	return true;
}

static const struct message *classify(const struct symptoms *s,
				      const char *text, size_t len)
{
	for (const struct message *m = messages;
	     m < messages + ARRAY_SIZE(messages); m++) {
		if (m->introduced && !(s->seen & BIT(m->system)))
			continue;
		if (begins(text, len, m->pattern))
			return m;
	}
	return NULL;
}

/* Look at one message: the @len bytes from @text to the end of its line. */
static void look(struct symptoms *s, const char *text, size_t len,
		 struct symptom_found *found)
{
	const struct message *m = classify(s, text, len);

	if (!m)
		return;
	s->seen |= BIT(m->system);
	if (m->symptom > found->symptom)
		*found = (struct symptom_found){ m->symptom, text, len,
						 m->pattern };
}

struct symptom_found symptoms_find(struct symptoms *symptoms, const char *line,
				   size_t len, size_t start)
{
	struct symptom_found found = { 0 };
	const char *end = line + len, *p = line;

	if (start < len) {
		p = line + start;
		p += klog_prefix(p, len - start);
		look(symptoms, p, (size_t)(end - p), &found);
		p = line;
	}
	while ((p = memchr(p, '[', (size_t)(end - p)))) {
		size_t n = klog_stamp(p, (size_t)(end - p));

		if (n)
			look(symptoms, p + n, (size_t)(end - p) - n, &found);
		p += n ? n : 1;
	}
	return found;
}

static const char *const system_names[SYSTEMS] = {
	[SYSTEM_LINUX] = "Linux", [SYSTEM_BSD] = "BSD",
	[SYSTEM_XEN] = "Xen",	  [SYSTEM_MACH] = "Mach",
	[SYSTEM_SEL4] = "seL4",	  [SYSTEM_OTHER] = "others",
};

static const char *const symptom_names[] = {
	[SYMPTOM_WARNING] = "warning",
	[SYMPTOM_OOPS] = "oops",
	[SYMPTOM_PANIC] = "panic",
};

/* Write a pattern for roff, which would interpret a backslash, a quote, or a
 * point at the beginning. `%' is shown as what it stands for, and `*' as three
 * points. */
static void put_pattern(FILE *out, const char *pattern)
{
	for (; *pattern; pattern++) {
		switch (*pattern) {
		case '*':
			fputs("...", out);
			break;
		case '%':
			fputc('0', out);
			break;
		case '-':
			fputs("\\-", out);
			break;
		default:
			fputc(*pattern, out);
		}
	}
}

void symptoms_mdoc(FILE *out)
{
	fprintf(out, ".Bl -column \"warning\" \"others\" \"message\"\n"
		     ".It Sy class Ta Sy of Ta Sy message\n");
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		const struct message *m = &messages[i];

		if (!m->symptom)
			continue;
		fprintf(out, ".It Cm %s Ta %s Ta \\&",
			symptom_names[m->symptom], system_names[m->system]);
		put_pattern(out, m->pattern);
		fputc('\n', out);
	}
	fprintf(out, ".El\n");
}
