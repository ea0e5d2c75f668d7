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

#include "base/util.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

/* Calls beyond these did not exist when the table was written.  x32's are
 * there, too. */
#define NEWEST 450

/* prctl(2) of this, which no kernel knows, tells which filter there is: the
 * kind, from ANSWER on, as an errno. */
#define QUESTION 0x4d564d4d
#define ANSWER	 200

/* Of newer headers. */
#define SET_VMA 0x53564d41

/* What of a call's arguments decides. */
enum check {
	ANY,
	IOCTL,
	SOCKET,
	/* No memory that can be executed. */
	NO_EXEC,
	/* A thread, not a process: the flags tell. */
	THREAD,
	/* The first argument is our own process. */
	SELF,
	/* It is 0, which means ourselves. */
	ZERO,
	PRCTL,
	FCNTL,
	UNSHARE,
	/* As if the kernel did not have it: its arguments are in memory, where
	 * a filter can't look, and the C library has an older call. */
	ABSENT,
};

/* Who may make a call; the main thread may do what any other may. */
enum {
	VCPU = BIT(THREAD_VCPU),
	NET = BIT(THREAD_NET),
	WORKER = BIT(THREAD_WORKER),
	FILES = BIT(THREAD_FILES),
	SINK = BIT(THREAD_SINK),
	MAIN = BIT(THREAD_MAIN),
	ALL = VCPU | NET | WORKER | FILES | SINK | MAIN,
	/* To others it is an error, not the end. */
	SOFT = BIT(15),
};

static const struct row {
	uint16_t call, who;
	uint8_t check;
} rows[] = {
	{ SYS_ioctl, VCPU | NET | WORKER | FILES | MAIN | SOFT, IOCTL },
	{ SYS_futex, ALL, ANY },
	{ SYS_read, ALL, ANY },
	{ SYS_write, ALL, ANY },
	{ SYS_ppoll, ALL, ANY },
	/* Memory. */
	{ SYS_mmap, ALL, NO_EXEC },
	{ SYS_mprotect, ALL, NO_EXEC },
	{ SYS_munmap, ALL, ANY },
	{ SYS_mremap, ALL, ANY },
	{ SYS_madvise, ALL, ANY },
	{ SYS_brk, ALL, ANY },
	{ SYS_getrandom, ALL, ANY },
	/* Threads and signals. */
	{ SYS_rt_sigreturn, ALL, ANY },
	{ SYS_rt_sigprocmask, ALL, ANY },
	{ SYS_sigaltstack, ALL, ANY },
	{ SYS_tgkill, ALL, SELF },
	{ SYS_restart_syscall, ALL, ANY },
	{ SYS_rseq, ALL, ANY },
	{ SYS_set_robust_list, ALL, ANY },
	{ SYS_sched_yield, ALL, ANY },
	{ SYS_sched_getaffinity, ALL, ANY },
	{ SYS_membarrier, ALL, ANY },
	{ SYS_getpid, ALL, ANY },
	{ SYS_getppid, ALL, ANY },
	{ SYS_gettid, ALL, ANY },
	{ SYS_prctl, ALL, PRCTL },
	{ SYS_exit, ALL, ANY },
	{ SYS_exit_group, ALL, ANY },
	{ SYS_futex_waitv, ALL, ANY },
	/* Time. */
	{ SYS_clock_gettime, ALL, ANY },
	{ SYS_clock_getres, ALL, ANY },
	{ SYS_clock_nanosleep, ALL, ANY },
	{ SYS_gettimeofday, ALL, ANY },
	{ SYS_nanosleep, ALL, ANY },
	/* Descriptors that are open. */
	{ SYS_close, ALL, ANY },
	{ SYS_fstat, ALL, ANY },
	{ SYS_writev, ALL, ANY },
	{ SYS_pread64, ALL, ANY },
	{ SYS_pwrite64, ALL, ANY },
	{ SYS_fallocate, SINK | WORKER | FILES, ANY },
	{ SYS_lseek, ALL, ANY },
	{ SYS_fcntl, NET | WORKER | FILES | SINK, FCNTL },
	{ SYS_dup, NET, ANY },
	{ SYS_dup3, NET | FILES, ANY },
	{ SYS_readv, NET | WORKER | FILES, ANY },
	{ SYS_preadv, WORKER | FILES, ANY },
	{ SYS_pwritev, WORKER | FILES, ANY },
	{ SYS_preadv2, WORKER | FILES, ANY },
	{ SYS_pwritev2, WORKER | FILES, ANY },
	{ SYS_fsync, WORKER | FILES, ANY },
	{ SYS_fdatasync, WORKER | FILES, ANY },
	{ SYS_ftruncate, WORKER | FILES, ANY },
	{ SYS_sync_file_range, WORKER, ANY },
	{ SYS_mincore, WORKER, ANY },
	{ SYS_memfd_create, MAIN, ANY },
	{ SYS_eventfd2, NET, ANY },
	{ SYS_epoll_create1, NET, ANY },
	{ SYS_epoll_ctl, NET, ANY },
	{ SYS_epoll_pwait, NET, ANY },
	{ SYS_timerfd_create, MAIN, ANY },
	{ SYS_timerfd_settime, VCPU, ANY },
	{ SYS_signalfd4, MAIN, ANY },
	/* Sockets. */
	{ SYS_socket, NET | SOFT, SOCKET },
	{ SYS_sendto, NET | WORKER, ANY },
	{ SYS_recvfrom, NET | WORKER, ANY },
	{ SYS_sendmsg, NET | WORKER, ANY },
	{ SYS_recvmsg, NET | WORKER, ANY },
	{ SYS_shutdown, NET | WORKER, ANY },
	{ SYS_getsockopt, NET | WORKER, ANY },
	{ SYS_setsockopt, NET | WORKER, ANY },
	{ SYS_getsockname, NET, ANY },
	{ SYS_getpeername, NET, ANY },
	{ SYS_bind, NET, ANY },
	{ SYS_listen, NET, ANY },
	{ SYS_connect, NET, ANY },
	{ SYS_accept, NET, ANY },
	{ SYS_accept4, NET, ANY },
	/* Paths; Landlock says which.  The network reads /etc/resolv.conf and
	 * what is below tftp=. */
	{ SYS_openat, NET | FILES | SOFT, ANY },
	{ SYS_openat2, NET | FILES | SOFT, ANY },
	{ SYS_newfstatat, NET | FILES | SOFT, ANY },
	{ SYS_statx, NET | FILES | SOFT, ANY },
	{ SYS_readlinkat, FILES | SOFT, ANY },
	{ SYS_faccessat, FILES | SOFT, ANY },
	{ SYS_faccessat2, FILES | SOFT, ANY },
	{ SYS_getdents64, NET | FILES | SOFT, ANY },
	{ SYS_unlinkat, FILES | SOFT, ANY },
	{ SYS_mkdirat, FILES | SOFT, ANY },
	{ SYS_mknodat, FILES | SOFT, ANY },
	{ SYS_symlinkat, FILES | SOFT, ANY },
	{ SYS_linkat, FILES | SOFT, ANY },
	{ SYS_renameat2, FILES | SOFT, ANY },
	{ SYS_fchmodat, FILES | SOFT, ANY },
	{ SYS_fchownat, FILES | SOFT, ANY },
	{ SYS_utimensat, FILES | SOFT, ANY },
	{ SYS_statfs, FILES | SOFT, ANY },
	{ SYS_getcwd, SOFT, ANY },
	/* What a share does besides. */
	{ SYS_fchmod, FILES, ANY },
	{ SYS_fchown, FILES, ANY },
	{ SYS_fstatfs, FILES, ANY },
	{ SYS_flock, FILES, ANY },
	{ SYS_copy_file_range, FILES, ANY },
	{ SYS_syncfs, FILES, ANY },
	{ SYS_umask, FILES, ANY },
	{ SYS_setxattr, FILES | SOFT, ANY },
	{ SYS_lsetxattr, FILES | SOFT, ANY },
	{ SYS_fsetxattr, FILES, ANY },
	{ SYS_getxattr, FILES | SOFT, ANY },
	{ SYS_lgetxattr, FILES | SOFT, ANY },
	{ SYS_fgetxattr, FILES, ANY },
	{ SYS_listxattr, FILES | SOFT, ANY },
	{ SYS_llistxattr, FILES | SOFT, ANY },
	{ SYS_flistxattr, FILES, ANY },
	{ SYS_removexattr, FILES | SOFT, ANY },
	{ SYS_lremovexattr, FILES | SOFT, ANY },
	{ SYS_fremovexattr, FILES, ANY },
	{ SYS_unshare, FILES, UNSHARE },
	{ SYS_setgroups, FILES, ANY },
	{ SYS_setfsuid, FILES, ANY },
	{ SYS_setfsgid, FILES, ANY },
	{ SYS_landlock_create_ruleset, FILES, ANY },
	{ SYS_landlock_add_rule, FILES, ANY },
	{ SYS_landlock_restrict_self, FILES, ANY },
	/* What the process is and has. */
	{ SYS_getuid, ALL, ANY },
	{ SYS_geteuid, ALL, ANY },
	{ SYS_getgid, ALL, ANY },
	{ SYS_getegid, ALL, ANY },
	{ SYS_getpgid, MAIN, ANY },
	{ SYS_getrusage, MAIN, ANY },
	{ SYS_uname, NET, ANY },
	{ SYS_sysinfo, NET, ANY },
	{ SYS_prlimit64, MAIN, ZERO },
	{ SYS_rt_sigaction, MAIN, ANY },
	{ SYS_wait4, MAIN, ANY },
	{ SYS_waitid, MAIN, ANY },
	{ SYS_kill, SOFT, ANY },
	/* net-tx starts others. */
	{ SYS_clone, NET | MAIN, THREAD },
	{ SYS_clone3, ALL, ABSENT },
	{ SYS_seccomp, NET | MAIN, ANY },
#ifdef __x86_64__
	/* Newer architectures do without these. */
	{ SYS_poll, ALL, ANY },
	{ SYS_time, ALL, ANY },
	{ SYS_getcpu, ALL, ANY },
	{ SYS_epoll_wait, NET, ANY },
	{ SYS_select, NET, ANY },
	{ SYS_pause, MAIN, ANY },
	{ SYS_dup2, NET, ANY },
	{ SYS_getpgrp, MAIN, ANY },
	{ SYS_open, NET | FILES | SOFT, ANY },
	{ SYS_stat, NET | FILES | SOFT, ANY },
	{ SYS_lstat, FILES | SOFT, ANY },
	{ SYS_access, SOFT, ANY },
	{ SYS_readlink, FILES | SOFT, ANY },
	{ SYS_unlink, SOFT, ANY },
	{ SYS_rename, SOFT, ANY },
	{ SYS_renameat, FILES | SOFT, ANY },
	{ SYS_link, SOFT, ANY },
	{ SYS_mkdir, SOFT, ANY },
	{ SYS_chmod, SOFT, ANY },
#endif
};

/* An ioctl of which the bits of @mask are as in @value. */
static const struct ioctl_row {
	uint32_t mask, value;
	uint16_t who;
} ioctls[] = {
	/* KVM's. */
	{ 0xff00, 0xae00, VCPU },
	/* FIONREAD, FIONBIO. */
	{ ~0U, 0x541b, NET },
	{ ~0U, 0x5421, NET | WORKER },
	/* SIOCGIFINDEX: a name server's interface. */
	{ ~0U, 0x8933, NET },
	/* A terminal's modes, foreground, size, peer. */
	{ ~0U, 0x5401, VCPU | NET | WORKER | FILES },
	{ ~3U, 0x5400, MAIN },
	{ ~0U, 0x5404, MAIN },
	{ ~0U, 0x802c542a, MAIN },
	{ ~3U, 0x402c5428, MAIN },
	{ ~0U, 0x540f, MAIN },
	{ ~0U, 0x5413, MAIN },
	{ ~0U, 0x5441, MAIN },
	/* Block devices. */
	{ 0xff00, 0x1200, WORKER },
};

/* More than any filter has; the assertion of its length is put(). */
#define MAX_LENGTH 900

/* So many rows or fewer are looked at one by one. */
#define LEAF 4

struct filter {
	enum thread_kind kind;
	bool unix_sockets;
	struct sock_filter code[MAX_LENGTH];
	unsigned short len;
	/* Too long; it is not loaded. */
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

/* Load the low half of an argument; all that are looked at are ints. */
static void load(struct filter *f, unsigned arg)
{
	put(f, BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, args) + arg * sizeof(uint64_t), 0, 0);
}

static void mask(struct filter *f, uint32_t bits)
{
	put(f, BPF_ALU | BPF_AND | BPF_K, bits, 0, 0);
}

/* What was loaded, if it is @value, has @action. */
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
	for (size_t i = 0; i < ARRAY_SIZE(ioctls); i++) {
		if (!may(f, ioctls[i].who))
			continue;
		load(f, 1);
		mask(f, ioctls[i].mask);
		match(f, ioctls[i].value, SECCOMP_RET_ALLOW);
	}
	refuse(f, EACCES);
}

/* Neither raw nor packet sockets; Unix ones where somebody needs them. */
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

/* Nobody else is to get signals by a descriptor of ours. */
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

static void check(struct filter *f, enum check what)
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

static void add_row(struct filter *f, const struct row *row)
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
static size_t sort_rows(const struct filter *f, const struct row **sorted)
{
	size_t n = 0, at;

	for (const struct row *row = rows; row < rows + ARRAY_SIZE(rows);
	     row++) {
		if (!may(f, row->who) && !(row->who & SOFT))
			continue;
		for (at = n++; at && sorted[at - 1]->call > row->call; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = row;
	}
	return n;
}

/*
 * A tree: before a kernel takes a filter it goes through it for each call there
 * is, to remember those that are always allowed (5.11), and older ones do so at
 * each call.  The depth is that of the logarithm of a hundred.
 */
static void add_tree(struct filter *f, const struct row **sorted, size_t n)
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
	const struct row *sorted[ARRAY_SIZE(rows)];
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
