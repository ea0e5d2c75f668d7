/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_symptoms.c - lines that real kernels have written, and what they mean
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/verdict/symptoms.h"
#include "tests/unit.h"

#define BSD "Copyright (c) 1992-2023 The FreeBSD Project."

static const struct {
	const char *line;
	enum symptom symptom;
} rows[] = {
	/* Panics of Linux. */
	{ "[    1.204331] Kernel panic - not syncing: VFS: Unable to mount "
	  "root fs on unknown-block(0,0)",
	  SYMPTOM_PANIC },
	{ "Kernel panic - not syncing: Attempted to kill init! "
	  "exitcode=0x00000100",
	  SYMPTOM_PANIC },
	{ "[    1.204331][    T1] Kernel panic - not syncing: No working init "
	  "found.",
	  SYMPTOM_PANIC },
	{ "<0>[    1.204331] Kernel panic - not syncing: hung_task: blocked "
	  "tasks",
	  SYMPTOM_PANIC },
	{ "[    5.300000] ---[ end Kernel panic - not syncing: sysrq triggered "
	  "crash ]---",
	  SYMPTOM_PANIC },
	{ "[    0.900000] Attempted to kill init!", SYMPTOM_PANIC },
	{ "PANIC: early exception 0x0e IP 10:ffffffff81a3b2c1 error 0 cr2 0x0",
	  SYMPTOM_PANIC },
	{ "[   12.000001] PANIC: double fault, error_code: 0x0",
	  SYMPTOM_PANIC },
	{ "[   12.000001] traps: PANIC: double fault, error_code: 0x0",
	  SYMPTOM_PANIC },
	{ " -- System halted", SYMPTOM_PANIC },
	/* It is broken. */
	{ "[    2.000000] BUG: kernel NULL pointer dereference, address: "
	  "0000000000000000",
	  SYMPTOM_OOPS },
	{ "[    2.000000] BUG: unable to handle page fault for address: "
	  "ffffc90000800000",
	  SYMPTOM_OOPS },
	{ "[    7.100000] BUG: KASAN: slab-out-of-bounds in f+0x1/0x2 [m]",
	  SYMPTOM_OOPS },
	{ "[    7.100000] BUG: KCSAN: data-race in f / g", SYMPTOM_OOPS },
	{ "[    7.100000] BUG: KFENCE: use-after-free read in f+0x1/0x2",
	  SYMPTOM_OOPS },
	{ "[    7.100000] BUG: KMSAN: uninit-value in f+0x1/0x2",
	  SYMPTOM_OOPS },
	{ "[    7.100000] BUG: sleeping function called from invalid context "
	  "at kernel/locking/mutex.c:580",
	  SYMPTOM_OOPS },
	{ "[    7.100000] BUG: scheduling while atomic: swapper/0/0/0x00000002",
	  SYMPTOM_OOPS },
	{ "[    7.100000] BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 "
	  "nice=0 stuck for 31s!",
	  SYMPTOM_OOPS },
	{ "[    7.100000] BUG: stack guard page was hit at 00000000 (stack is "
	  "00000001..00000002)",
	  SYMPTOM_OOPS },
	{ "[    2.000000] kernel BUG at mm/slub.c:379!", SYMPTOM_OOPS },
	{ "[    2.000000] Kernel BUG at f+0x1/0x2 [verbose debug info "
	  "unavailable]",
	  SYMPTOM_OOPS },
	{ "[    2.000000] Oops: 0002 [#1] PREEMPT SMP NOPTI", SYMPTOM_OOPS },
	{ "[    2.000000] Oops: Oops: 0002 [#1] PREEMPT SMP NOPTI",
	  SYMPTOM_OOPS },
	{ "[    2.000000] Oops: general protection fault, probably for "
	  "non-canonical address 0xdead000000000100: 0000 [#1] SMP",
	  SYMPTOM_OOPS },
	{ "[    2.000000] general protection fault, probably for non-canonical "
	  "address 0xdead000000000100: 0000 [#1] SMP",
	  SYMPTOM_OOPS },
	{ "[    2.000000] double fault: 0000 [#1] SMP", SYMPTOM_OOPS },
	{ "[    2.000000] divide error: 0000 [#1] PREEMPT SMP", SYMPTOM_OOPS },
	{ "[    2.000000] invalid opcode: 0000 [#1] SMP NOPTI", SYMPTOM_OOPS },
	{ "[    2.000000] int3: 0000 [#1] SMP", SYMPTOM_OOPS },
	{ "[    2.000000] stack segment: 0000 [#1] SMP", SYMPTOM_OOPS },
	{ "[    2.000000] segment not present: 0018 [#12] SMP", SYMPTOM_OOPS },
	{ "[    2.000000] stack guard page: 0000 [#1] PREEMPT_RT SMP",
	  SYMPTOM_OOPS },
	{ "[    2.000000] Bad pagetable: 000d [#1] SMP", SYMPTOM_OOPS },
	{ "[    2.000000] init: Corrupted page table at address 7ffe0000",
	  SYMPTOM_OOPS },
	{ "[    2.000000] Thread overran stack, or stack corrupted",
	  SYMPTOM_OOPS },
	{ "[    2.000000] traps: Missing ENDBR: f+0x0/0x10", SYMPTOM_OOPS },
	{ "[    2.000000] CFI failure at f+0x1/0x2 (target: g+0x0/0x1; "
	  "expected type: 0x12345678)",
	  SYMPTOM_OOPS },
	{ "[    2.000000] UBSAN: array-index-out-of-bounds in mm/x.c:12:3",
	  SYMPTOM_OOPS },
	{ "[    2.000000] BUG kmalloc-64 (Not tainted): Poison overwritten",
	  SYMPTOM_OOPS },
	{ "[    2.000000] BUG kmalloc-64 (Tainted: G    B             ): "
	  "Redzone overwritten",
	  SYMPTOM_OOPS },
	{ "[    2.000000] Slab corruption (Not tainted): size-32 start=c0",
	  SYMPTOM_OOPS },
	{ "[    2.000000] list_add corruption. next->prev should be prev",
	  SYMPTOM_OOPS },
	{ "[    2.000000] list_del corruption, c0->next is LIST_POISON1",
	  SYMPTOM_OOPS },
	{ "[    2.000000] bad: scheduling from the idle thread!",
	  SYMPTOM_OOPS },
	{ "busy 5[   44.003101] watchdog: BUG: soft lockup - CPU#0 stuck for "
	  "22s! [init:1]",
	  SYMPTOM_OOPS },
	{ "[   44.003101] NMI watchdog: BUG: soft lockup - CPU#0 stuck for 22s!",
	  SYMPTOM_OOPS },
	{ "[   44.003101] watchdog: Watchdog detected hard LOCKUP on cpu 3",
	  SYMPTOM_OOPS },
	{ "[   44.003101] watchdog: CPU3: Watchdog detected hard LOCKUP on cpu "
	  "3",
	  SYMPTOM_OOPS },
	{ "[   44.003101] NMI watchdog: Watchdog detected hard LOCKUP on cpu 0",
	  SYMPTOM_OOPS },
	{ "[   21.000000] rcu: INFO: rcu_sched self-detected stall on CPU",
	  SYMPTOM_OOPS },
	{ "[   21.000000] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
	  SYMPTOM_OOPS },
	{ "[   21.000000] rcu: INFO: rcu_sched detected expedited stalls on "
	  "CPUs/tasks: { 0-... }",
	  SYMPTOM_OOPS },
	{ "[   21.000000] INFO: rcu_preempt self-detected stall on CPU",
	  SYMPTOM_OOPS },
	{ "[  241.000000] INFO: task init:1 blocked for more than 120 seconds.",
	  SYMPTOM_OOPS },
	{ "[  241.000000] INFO: task cp:77 blocked in I/O wait for more than "
	  "120 seconds.",
	  SYMPTOM_OOPS },
	/* It goes on. */
	{ "[    2.000000] WARNING: CPU: 0 PID: 1 at mm/x.c:7 f+0x1/0x2",
	  SYMPTOM_WARNING },
	{ "[    2.000000] WARNING: mm/x.c:7 at f+0x1/0x2, CPU#0: init/1",
	  SYMPTOM_WARNING },
	{ "[    2.000000] WARNING: possible circular locking dependency "
	  "detected",
	  SYMPTOM_WARNING },
	{ "[    2.000000] WARNING: inconsistent lock state", SYMPTOM_WARNING },
	{ "[    2.000000] WARNING: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order "
	  "detected",
	  SYMPTOM_WARNING },
	{ "[    2.000000] WARNING: bad unlock balance detected!",
	  SYMPTOM_WARNING },
	{ "[    2.000000] WARNING: held lock freed!", SYMPTOM_WARNING },
	{ "[    2.000000] WARNING: lock held when returning to user space!",
	  SYMPTOM_WARNING },
	{ "[    2.000000] WARNING: Nested lock was not taken",
	  SYMPTOM_WARNING },
	{ "[    2.000000] WARNING: suspicious RCU usage", SYMPTOM_WARNING },
	{ "[    2.000000] WARNING: kernel stack regs at c0 in init:1 has bad "
	  "'bp' value",
	  SYMPTOM_WARNING },
	{ "[    2.000000] [ BUG: Invalid wait context ]", SYMPTOM_WARNING },
	{ "[    2.000000] [ INFO: possible recursive locking detected ]",
	  SYMPTOM_WARNING },
	{ "[    2.000000] INFO: trying to register non-static key.",
	  SYMPTOM_WARNING },
	{ "[    2.000000] INFO: suspicious RCU usage.", SYMPTOM_WARNING },
	{ "[    2.000000] refcount_t: underflow; use-after-free.",
	  SYMPTOM_WARNING },
	{ "[    2.000000] ODEBUG: free active (active state 0) object",
	  SYMPTOM_WARNING },
	{ "[    2.000000] irq 11: nobody cared (try booting with the "
	  "\"irqpoll\" option)",
	  SYMPTOM_WARNING },
	{ "[    2.000000] kmemleak: 3 new suspected memory leaks (see "
	  "/sys/kernel/debug/kmemleak)",
	  SYMPTOM_WARNING },
	{ "[    2.000000] unregister_netdevice: waiting for lo to become free.",
	  SYMPTOM_WARNING },
	/* Other kernels. */
	{ "Fatal trap 12: page fault while in kernel mode", SYMPTOM_PANIC },
	{ "Fatal double fault", SYMPTOM_PANIC },
	{ "KDB: enter: panic", SYMPTOM_PANIC },
	{ "fatal protection fault in supervisor mode", SYMPTOM_PANIC },
	{ "kernel: page fault trap, code=0", SYMPTOM_PANIC },
	{ "(XEN) Panic on CPU 0:", SYMPTOM_PANIC },
	{ "(XEN) [2026-01-01 00:00:01] Panic on CPU 11:", SYMPTOM_PANIC },
	{ "(XEN) [    1.234567] Panic on CPU 0:", SYMPTOM_PANIC },
	{ "(XEN) Xen BUG at common/sched/core.c:123", SYMPTOM_PANIC },
	{ "(XEN) FATAL TRAP: vec 14, #PF[0009] IN INTERRUPT CONTEXT",
	  SYMPTOM_PANIC },
	{ "(XEN) Domain 0 (vcpu#0) crashed on cpu#0:", SYMPTOM_PANIC },
	{ "(XEN) [    1.234567] Domain 0 (vcpu#1) crashed on cpu#3:",
	  SYMPTOM_PANIC },
	{ "(XEN) Domain 0 reported crashed by domain 2 on cpu#1:",
	  SYMPTOM_PANIC },
	{ "(XEN) Hardware Dom0 crashed: rebooting machine in 5 seconds.",
	  SYMPTOM_PANIC },
	{ "(XEN) Hardware Dom0 watchdog fired: rebooting machine in 5 seconds.",
	  SYMPTOM_PANIC },
	{ "(XEN) Domain 12 (vcpu#0) crashed on cpu#0:", SYMPTOM_OOPS },
	{ "(XEN) Domain 3 reported crashed by domain 0 on cpu#1:",
	  SYMPTOM_OOPS },
	{ "(XEN) Hardware Dom0 halted: halting machine", SYMPTOM_NONE },
	{ "panic {cpu0} ../kern/ipc_kobject.c:76: f: x", SYMPTOM_PANIC },
	{ "panic ../kern/bootstrap.c:130: bootstrap_create: no modules",
	  SYMPTOM_PANIC },
	{ "Kernel page fault trap, eip 0xc1000000, code 0, cr2 0",
	  SYMPTOM_PANIC },
	{ "Debugger invoked: panic", SYMPTOM_PANIC },
	{ "seL4 failed assertion 'x' at y.c:7 in function f", SYMPTOM_PANIC },
	{ "seL4 called fail at y.c:7 in function f, saying \"z\"",
	  SYMPTOM_PANIC },
	{ "========== KERNEL EXCEPTION ==========", SYMPTOM_PANIC },
	{ "panic[cpu0]/thread=fffffffffbc2fac0: boot failed", SYMPTOM_PANIC },
	{ "panic(cpu 0 caller 0xffffff8000a2bc2e): x", SYMPTOM_PANIC },
	{ "panic (caller 0xffffffff80001234): x", SYMPTOM_PANIC },
	{ "ZIRCON KERNEL PANIC (on CPU 0)", SYMPTOM_PANIC },
	{ "lapicid 0: panic: trap", SYMPTOM_PANIC },
	{ "cpu0: panic: trap", SYMPTOM_PANIC },
	{ "[00:00:00.010,000] <err> os: >>> ZEPHYR FATAL ERROR 0: x",
	  SYMPTOM_PANIC },
	{ "Solo5: ABORT: cpu.c:12: no TSC", SYMPTOM_PANIC },
	{ "Solo5: trap: type=#PF ec=0x0 rip=0x100000", SYMPTOM_PANIC },
	{ "page fault outside application, addr: 0x0000000000000000",
	  SYMPTOM_PANIC },
	{ "panicked at src/main.rs:7:5:", SYMPTOM_PANIC },
	{ "KERNEL PANIC! :^(", SYMPTOM_PANIC },
	{ "Kernel panic: out of memory", SYMPTOM_PANIC },
	{ "Kernel Panic: page fault", SYMPTOM_PANIC },
	/* What users and healthy kernels say. */
	{ "", SYMPTOM_NONE },
	{ "# grep 'Kernel panic - not syncing' log", SYMPTOM_NONE },
	{ "not a Kernel panic - not syncing: x", SYMPTOM_NONE },
	{ "test 1 ... BUG: no", SYMPTOM_NONE },
	{ "echo BUG: no", SYMPTOM_NONE },
	{ "DEBUG: x", SYMPTOM_NONE },
	{ "[   13.2] x: Oops: 0002", SYMPTOM_NONE },
	{ "[test 3] BUG: not a kernel's", SYMPTOM_NONE },
	{ "[12.345] BUG: a program's own time", SYMPTOM_NONE },
	{ "[    2.000000] traps: a[1] general protection fault ip:0",
	  SYMPTOM_NONE },
	{ "[    2.000000] debug: BUG: x", SYMPTOM_NONE },
	{ "[    2.000000] INFO: lockdep is turned off.", SYMPTOM_NONE },
	{ "[    2.000000] INFO: NMI handler (f) took too long to run: 1.2 "
	  "msecs",
	  SYMPTOM_NONE },
	{ "[    2.000000] Freeing unused kernel image (initmem) memory: 16K",
	  SYMPTOM_NONE },
	{ "WARNING: this is a test's own", SYMPTOM_NONE },
	/* Go's, in a guest that is no BSD; and Rust's. */
	{ "panic: runtime error: index out of range [3] with length 3",
	  SYMPTOM_NONE },
	{ "thread 'main' panicked at src/main.rs:2:5:", SYMPTOM_NONE },
};

/* Lines that count only after another one, or even then not. */
static const struct {
	const char *before, *line;
	enum symptom symptom;
} pairs[] = {
	{ BSD, "panic: page fault", SYMPTOM_PANIC },
	{ "OpenBSD 7.4 (GENERIC) #1336: Tue Oct 10 09:07:35 MDT 2023",
	  "panic: kernel diagnostic assertion \"x\" failed: file \"y\", line 1",
	  SYMPTOM_PANIC },
	{ "[   1.0000000] Copyright (c) 1996, 2023 The NetBSD Foundation, "
	  "Inc.  All rights reserved.",
	  "[   5.1234567] panic: trap", SYMPTOM_PANIC },
	{ "\tThe Regents of the University of California. All rights reserved.",
	  "panic: x", SYMPTOM_PANIC },
	{ "[    0.000000] Linux version 6.1.0", "panic: x", SYMPTOM_NONE },
	{ "hello", "panic: x", SYMPTOM_NONE },
};

static struct symptom_found find(struct symptoms *s, const char *line)
{
	return symptoms_find(s, line, strlen(line), 0);
}

START_TEST(each_line)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct symptoms s = { 0 };
		struct symptom_found found = find(&s, rows[i].line);

		ck_assert_msg(found.symptom == rows[i].symptom, "%d: %s",
			      found.symptom, rows[i].line);
	}
}
END_TEST

START_TEST(a_line_after_another)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct symptoms s = { 0 };

		find(&s, pairs[i].before);
		ck_assert_msg(find(&s, pairs[i].line).symptom ==
				      pairs[i].symptom,
			      "%s", pairs[i].before);
	}
}
END_TEST

static size_t count_rows_of_the_manual(void)
{
	char *text = NULL;
	size_t len, n = 0;
	FILE *out = open_memstream(&text, &len);

	symptoms_mdoc(out);
	fclose(out);
	for (const char *p = text; (p = strstr(p, ".It Cm ")); p++)
		n++;
	free(text);
	return n;
}

/* Each row of the table has its line above. */
START_TEST(each_message_has_a_line)
{
	const char *known[ARRAY_SIZE(rows) + 1];
	size_t n = 0;
	struct symptoms bsd = { .seen = BIT(SYSTEM_BSD) };

	known[n++] = find(&bsd, pairs[0].line).pattern;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct symptoms s = { 0 };
		const char *pattern = find(&s, rows[i].line).pattern;
		size_t k = 0;

		while (k < n && known[k] != pattern)
			k++;
		if (pattern && k == n)
			known[n++] = pattern;
	}
	ck_assert_uint_eq(n, count_rows_of_the_manual());
}
END_TEST

/* Each is seen behind a stamp too, whatever stands before; without one in the
 * middle of a line, or where no message may begin, it is not. */
START_TEST(where_a_message_may_begin)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *text = rows[i].line;
		struct symptoms s = { .seen = BIT(SYSTEM_BSD) };
		char line[300];

		/* Those that may stand anywhere in a line. */
		if (!rows[i].symptom || strstr(text, "ZEPHYR") ||
		    text[0] == '(' || text[0] == '<' || strstr(text, "[#"))
			continue;
		text = strstr(text, "] ") && text[0] != 'p' ?
			       strstr(text, "] ") + 2 :
			       text;
		snprintf(line, sizeof(line), "# x\x1b[0m[%5u.%06u][   C3] %s",
			 7, 12345, text);
		ck_assert_msg(find(&s, line).symptom == rows[i].symptom, "%s",
			      line);
		ck_assert(!symptoms_find(&s, text, strlen(text), strlen(text))
				   .symptom);
		snprintf(line, sizeof(line), "some %s", text);
		ck_assert_msg(!find(&s, line).symptom ||
				      strstr(line, "LOCKUP") ||
				      strstr(line, "ENDBR") ||
				      strstr(line, "Corrupted"),
			      "%s", line);
	}
}
END_TEST

START_TEST(the_worst_of_a_line)
{
	static const char line[] =
		"[    1.000000] WARNING: CPU: 0 [    1.000001] Kernel panic - "
		"not syncing: x[    1.000002] Oops: 0002 [#1] SMP";
	struct symptoms s = { 0 };
	struct symptom_found found = find(&s, line);

	ck_assert_int_eq(found.symptom, SYMPTOM_PANIC);
	ck_assert(!strncmp(found.text, "Kernel panic - not syncing: x[", 30));
	ck_assert_ptr_eq(found.text + found.len, line + strlen(line));
}
END_TEST

START_TEST(systems_introduce_themselves)
{
	static const struct {
		const char *line;
		uint32_t seen;
	} lines[] = {
		{ "[    0.000000] Linux version 6.1.0-13-cloud-amd64",
		  BIT(SYSTEM_LINUX) },
		{ "[    0.000000][    T0] Linux version 6.12.0",
		  BIT(SYSTEM_LINUX) },
		{ "Kernel panic - not syncing: x", BIT(SYSTEM_LINUX) },
		{ BSD, BIT(SYSTEM_BSD) },
		{ "(XEN) Xen version 4.17.0 (Debian)", BIT(SYSTEM_XEN) },
		{ "GNU Mach 1.8", BIT(SYSTEM_MACH) },
		{ "Bootstrapping kernel", BIT(SYSTEM_SEL4) },
		{ "cat /proc/version: Linux version 6.1", 0 },
		{ "hello", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct symptoms s = { 0 };

		find(&s, lines[i].line);
		ck_assert_msg(s.seen == lines[i].seen, "%s", lines[i].line);
	}
}
END_TEST

/* Of all that can be cut off, nothing is read behind the end: the text is a
 * block of its own, for the address sanitizer. */
START_TEST(every_cut)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t len = 0; len <= strlen(rows[i].line); len++) {
			struct symptoms s = { .seen = BIT(SYSTEM_BSD) };
			char *text = malloc(len + !len);

			memcpy(text, rows[i].line, len);
			symptoms_find(&s, text, len, 0);
			symptoms_find(&s, text, len, len);
			free(text);
		}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_line,
		a_line_after_another,
		each_message_has_a_line,
		where_a_message_may_begin,
		the_worst_of_a_line,
		systems_introduce_themselves,
		every_cut,
		NULL,
	};

	return unit_run(unit_suite("symptoms", tests));
}
