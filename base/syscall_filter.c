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
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
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

/* A thread with one of its own would need privileges, which a run that shares
 * a folder as root has. */
#define NAMESPACES                                                             \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |         \
	 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* Of newer headers. */
#define SET_VMA 0x53564d41

/* More than any filter has; put() notices if that is no longer so. */
#define MAX_LENGTH 400

struct filter {
	enum thread_kind kind;
	/* A bit for each kind of thread that the run has. */
	unsigned kinds;
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
	if (f->kind != THREAD_MAIN)
		return who & BIT(f->kind);
	return who & (who & SOFT ? f->kinds : (unsigned)ALL);
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

/* TCP, UDP and ping, and no other protocol that the kernel may have; Unix
 * sockets only if they are needed. */
static void check_socket(struct filter *f)
{
	static const int protocols[] = { 0, IPPROTO_ICMP, IPPROTO_ICMPV6 };

	load(f, 0);
	match(f, AF_UNIX,
	      f->unix_sockets ? SECCOMP_RET_ALLOW :
				SECCOMP_RET_ERRNO | (uint32_t)EACCES);
	put(f, BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0);
	put(f, BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0);
	refuse(f, EACCES);
	load(f, 1);
	mask(f, 0xff);
	put(f, BPF_JMP | BPF_JEQ | BPF_K, SOCK_STREAM, 2, 0);
	put(f, BPF_JMP | BPF_JEQ | BPF_K, SOCK_DGRAM, 1, 0);
	refuse(f, EACCES);
	load(f, 2);
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		match(f, (uint32_t)protocols[i], SECCOMP_RET_ALLOW);
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

/* Write what is to be done with a call.  Returns where it begins. */
static uint16_t outcome(struct filter *f, enum syscall_check what)
{
	uint16_t at = f->len;

	switch (what) {
	case ANY:
		finish(f, SECCOMP_RET_ALLOW);
		break;
	case IOCTL:
		check_ioctl(f);
		break;
	case SOCKET:
		check_socket(f);
		break;
	case NO_EXEC:
		check_value(f, 2, PROT_EXEC, 0);
		break;
	case THREAD:
		check_value(f, 0, CLONE_VM | CLONE_THREAD | NAMESPACES,
			    CLONE_VM | CLONE_THREAD);
		break;
	case SELF:
		check_value(f, 0, ~0U, (uint32_t)getpid());
		break;
	case ZERO:
		check_value(f, 0, ~0U, 0);
		break;
	case PRCTL:
		check_prctl(f);
		break;
	case FCNTL:
		check_fcntl(f);
		break;
	case UNSHARE:
		check_value(f, 0, ~0U, CLONE_FS);
		break;
	case ABSENT:
		refuse(f, ENOSYS);
		break;
	case REFUSED:
		refuse(f, EACCES);
		break;
	case UNKNOWN:
		finish(f, SECCOMP_RET_TRAP);
		break;
	}
	return at;
}

/* Calls with numbers from @first on, up to the next range. */
struct range {
	uint16_t first;
	/* enum syscall_check. */
	uint8_t what;
};

/* Divide all numbers into ranges; how many. */
static size_t divide(const struct filter *f, struct range *ranges)
{
	uint8_t what[NEWEST + 2];
	size_t n = 0;

	memset(what, UNKNOWN, sizeof(what));
	what[NEWEST + 1] = ABSENT;
	for (const struct syscall_row *row = syscall_rows; row->who; row++) {
		if (may(f, row->who))
			what[row->call] = row->check;
		else if (row->who & SOFT)
			what[row->call] = REFUSED;
	}
	for (uint16_t call = 0; call <= NEWEST + 1; call++)
		if (!call || what[call] != what[call - 1])
			ranges[n++] = (struct range){ call, what[call] };
	return n;
}

/* Have the jump at @at go to @to, which is after it. */
static uint8_t distance(struct filter *f, unsigned at, unsigned to)
{
	if (to - at - 1 > UINT8_MAX)
		f->overflow = true;
	return (uint8_t)(to - at - 1);
}

/*
 * Write a binary search among @n ranges, from @at on; it has n - 1
 * instructions.  @outcomes says where each outcome begins, after the search.
 */
static void search(struct filter *f, unsigned at, const struct range *ranges,
		   size_t n, const uint16_t *outcomes)
{
	size_t half = n / 2;
	unsigned below = at + 1, above = at + (unsigned)half;

	if (half > 1)
		search(f, below, ranges, half, outcomes);
	else
		below = outcomes[ranges[0].what];
	if (n - half > 1)
		search(f, above, ranges + half, n - half, outcomes);
	else
		above = outcomes[ranges[half].what];
	f->code[at] = (struct sock_filter){ BPF_JMP | BPF_JGE | BPF_K,
					    distance(f, at, above),
					    distance(f, at, below),
					    ranges[half].first };
}

/*
 * The filter is short, because the start of a run waits until the kernel has
 * compiled it, and until it has evaluated it once for each call there is, to
 * remember which ones are always allowed (since 5.11).
 */
static void build(struct filter *f)
{
	struct range ranges[NEWEST + 2];
	uint16_t outcomes[UNKNOWN + 1] = { 0 };
	size_t n = divide(f, ranges);
	unsigned at;

	put(f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0,
	    0);
	put(f, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	finish(f, SECCOMP_RET_TRAP);
	put(f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0,
	    0);
	at = f->len;
	for (size_t i = 1; i < n; i++)
		put(f, 0, 0, 0, 0);
	for (size_t i = 0; i < n; i++)
		if (!outcomes[ranges[i].what])
			outcomes[ranges[i].what] =
				outcome(f, (enum syscall_check)ranges[i].what);
	if (!f->overflow)
		search(f, at, ranges, n, outcomes);
}

static int load_filter(struct filter *f)
{
	struct sock_fprog program = { .filter = f->code };

	if (!SYSCALL_FILTERS)
		return -ENOSYS;
	build(f);
	if (f->overflow)
		return -E2BIG;
	program.len = f->len;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 ?
		       -errno :
		       0;
}

int syscall_filter(enum thread_kind kind)
{
	struct filter f = { .kind = kind, .kinds = ALL, .unix_sockets = true };

	return load_filter(&f);
}

int syscall_filter_process(bool network, bool files, bool unix_sockets)
{
	struct filter f = {
		.kind = THREAD_MAIN,
		.kinds = ALL & ~((network ? 0U : NET) | (files ? 0U : FILES)),
		.unix_sockets = unix_sockets,
	};

	return load_filter(&f);
}

int syscall_filter_kind(void)
{
	int kind = -1;

	if (SYSCALL_FILTERS && prctl(QUESTION, 0, 0, 0, 0) < 0)
		kind = errno - ANSWER;
	return kind >= 0 && kind < THREAD_KINDS ? kind : -1;
}
