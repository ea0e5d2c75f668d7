/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "base/syscall_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/syscall_filter_table.h"
#include "base/util.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

/* prctl(2) of this, which no kernel knows, tells which filter there is: the
 * kind, from ANSWER on, as an errno. */
#define QUESTION 0x4d564d4d
#define ANSWER	 200

/* Of newer headers. */
#define SET_VMA 0x53564d41

/* More than any filter has; put() notices if that is no longer so. */
#define MAX_LENGTH 900

/* At most so many rows are compared one by one. */
#define LEAF 4

struct filter {
	enum thread_kind kind;
	bool unix_sockets;
	struct sock_filter code[MAX_LENGTH];
	unsigned short len;
	/* The filter is too long; it is not loaded. */
	bool overflow;
};

static void put(struct filter *f, uint16_t code, uint32_t k, uint8_t jt,
		uint8_t jf)
{
	if (f->len == MAX_LENGTH)
		f->overflow = true;
	else
		f->code[f->len++] = (struct sock_filter){ code, jt, jf, k };
}

static void finish(struct filter *f, uint32_t action)
{
	put(f, BPF_RET | BPF_K, action, 0, 0);
}

static void refuse(struct filter *f, int error)
{
	finish(f, SECCOMP_RET_ERRNO | (uint32_t)error);
}

/* Load the low half of an argument.  All arguments that are checked are
 * ints. */
static void load(struct filter *f, unsigned arg)
{
	put(f, BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, args) + arg * sizeof(uint64_t), 0, 0);
}

static void mask(struct filter *f, uint32_t bits)
{
	put(f, BPF_ALU | BPF_AND | BPF_K, bits, 0, 0);
}

/* If the loaded value is @value, take @action. */
static void match(struct filter *f, uint32_t value, uint32_t action)
{
	put(f, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
	finish(f, action);
}

static bool may(const struct filter *f, unsigned who)
{
	return f->kind == THREAD_MAIN ? who & ALL : who & BIT(f->kind);
}

static void check_ioctl(struct filter *f)
{
	for (const struct ioctl_row *row = syscall_ioctls; row->mask; row++) {
		if (!may(f, row->who))
			continue;
		load(f, 1);
		mask(f, row->mask);
		match(f, row->value, SECCOMP_RET_ALLOW);
	}
	refuse(f, EACCES);
}

/* No raw and no packet sockets; Unix sockets only if they are needed. */
static void check_socket(struct filter *f)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM };

	load(f, 0);
	match(f, AF_UNIX,
	      f->unix_sockets ? SECCOMP_RET_ALLOW :
				SECCOMP_RET_ERRNO | (uint32_t)EACCES);
	put(f, BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0);
	put(f, BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0);
	refuse(f, EACCES);
	load(f, 1);
	mask(f, 0xff);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		match(f, (uint32_t)types[i], SECCOMP_RET_ALLOW);
	refuse(f, EACCES);
}

static void check_prctl(struct filter *f)
{
	static const int harmless[] = { PR_SET_NAME, PR_GET_NAME,
					PR_SET_NO_NEW_PRIVS, SET_VMA };

	load(f, 0);
	match(f, QUESTION, SECCOMP_RET_ERRNO | (ANSWER + (uint32_t)f->kind));
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		match(f, (uint32_t)harmless[i], SECCOMP_RET_ALLOW);
	refuse(f, EACCES);
}

/* A descriptor of ours must not send signals to other processes. */
static void check_fcntl(struct filter *f)
{
	static const int signals[] = { F_SETOWN, F_SETSIG, F_SETOWN_EX };

	load(f, 1);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		match(f, (uint32_t)signals[i],
		      SECCOMP_RET_ERRNO | (uint32_t)EACCES);
	finish(f, SECCOMP_RET_ALLOW);
}

/* Argument @arg, of which @bits count, is to be @value. */
static void check_value(struct filter *f, unsigned arg, uint32_t bits,
			uint32_t value)
{
	load(f, arg);
	mask(f, bits);
	match(f, value, SECCOMP_RET_ALLOW);
	refuse(f, EACCES);
}

static void check(struct filter *f, enum syscall_check what)
{
	switch (what) {
	case ANY:
		finish(f, SECCOMP_RET_ALLOW);
		return;
	case IOCTL:
		check_ioctl(f);
		return;
	case SOCKET:
		check_socket(f);
		return;
	case NO_EXEC:
		check_value(f, 2, PROT_EXEC, 0);
		return;
	case THREAD:
		check_value(f, 0, CLONE_VM | CLONE_THREAD,
			    CLONE_VM | CLONE_THREAD);
		return;
	case SELF:
		check_value(f, 0, ~0U, (uint32_t)getpid());
		return;
	case ZERO:
		check_value(f, 0, ~0U, 0);
		return;
	case PRCTL:
		check_prctl(f);
		return;
	case FCNTL:
		check_fcntl(f);
		return;
	case UNSHARE:
		check_value(f, 0, ~0U, CLONE_FS);
		return;
	case ABSENT:
		refuse(f, ENOSYS);
		return;
	}
}

static void add_row(struct filter *f, const struct syscall_row *row)
{
	unsigned short jump = f->len;

	put(f, BPF_JMP | BPF_JEQ | BPF_K, row->call, 0, 0);
	if (may(f, row->who))
		check(f, row->check);
	else
		refuse(f, EACCES);
	if (!f->overflow)
		f->code[jump].jf = (uint8_t)(f->len - jump - 1);
}

/* The rows of this filter by ascending numbers; how many. */
static size_t sort_rows(const struct filter *f,
			const struct syscall_row **sorted)
{
	size_t n = 0, at;

	for (const struct syscall_row *row = syscall_rows; row->who; row++) {
		if (!may(f, row->who) && !(row->who & SOFT))
			continue;
		for (at = n++; at && sorted[at - 1]->call > row->call; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = row;
	}
	return n;
}

/*
 * The rows form a tree.  The kernel evaluates a new filter once for each call
 * there is, to remember which ones are always allowed (since 5.11); older
 * kernels evaluate it at each call.  The depth is that of the logarithm of a
 * hundred.
 */
static void add_tree(struct filter *f, const struct syscall_row **sorted,
		     size_t n)
{
	const size_t half = n / 2;
	unsigned short jump;

	if (n > LEAF) {
		put(f, BPF_JMP | BPF_JGE | BPF_K, sorted[half]->call, 0, 1);
		jump = f->len;
		put(f, BPF_JMP | BPF_JA, 0, 0, 0);
		add_tree(f, sorted, half);
		if (!f->overflow)
			f->code[jump].k = f->len - jump - 1U;
		add_tree(f, sorted + half, n - half);
		return;
	}
	for (size_t i = 0; i < n; i++)
		add_row(f, sorted[i]);
	put(f, BPF_JMP | BPF_JGT | BPF_K, NEWEST, 0, 1);
	refuse(f, ENOSYS);
	finish(f, SECCOMP_RET_TRAP);
}

static void build(struct filter *f)
{
	const struct syscall_row *sorted[SYSCALL_ROWS_MAX];
	size_t n = sort_rows(f, sorted);

	put(f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0,
	    0);
	put(f, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	finish(f, SECCOMP_RET_TRAP);
	put(f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0,
	    0);
	add_tree(f, sorted, n);
}

int syscall_filter(enum thread_kind kind, bool unix_sockets)
{
	struct filter f = { .kind = kind, .unix_sockets = unix_sockets };
	struct sock_fprog program = { .filter = f.code };

	if (!SYSCALL_FILTERS)
		return -ENOSYS;
	build(&f);
	if (f.overflow)
		return -E2BIG;
	program.len = f.len;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 ?
		       -errno :
		       0;
}

int syscall_filter_kind(void)
{
	int kind = -1;

	if (SYSCALL_FILTERS && prctl(QUESTION, 0, 0, 0, 0) < 0)
		kind = errno - ANSWER;
	return kind >= 0 && kind < THREAD_KINDS ? kind : -1;
}
