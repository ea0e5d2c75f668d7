/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * acts.h - what somebody who has taken over a thread would try
 *
 * Each act is harmless where it succeeds.  Its outcome is 0, an errno, or
 * TRAPPED: the thread got SIGSYS.  The expected outcomes are by kind of thread,
 * in the order of enum thread_kind, with Landlock and without.
 */
#ifndef TESTS_ACTS_H
#define TESTS_ACTS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/thread.h"
#include "base/util.h"

enum { TRAPPED = 1000 };

/* What the acts are about: a folder with the files "victim" and "spare",
 * whose descriptor of O_PATH was opened before the sandbox was entered; another
 * process of ours. */
static int acts_folder;
static pid_t acts_other;

static long act_read_a_file(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/bin/sh", O_RDONLY);
}

static long act_write_a_file(void)
{
	return syscall(SYS_openat, acts_folder, "new", O_WRONLY | O_CREAT,
		       0600);
}

static long act_open_kvm(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/dev/kvm", O_RDWR);
}

static long act_openat2(void)
{
	const struct open_how how = { .flags = O_RDONLY };

	return syscall(SYS_openat2, AT_FDCWD, "/bin/sh", &how, sizeof(how));
}

static long act_remove(void)
{
	return syscall(SYS_unlinkat, acts_folder, "spare", 0);
}

static long act_rename(void)
{
	return syscall(SYS_renameat2, acts_folder, "victim", acts_folder,
		       "other", 0);
}

static long act_make_a_folder(void)
{
	return syscall(SYS_mkdirat, acts_folder, "folder", 0700);
}

static long act_make_a_link(void)
{
	return syscall(SYS_symlinkat, "/etc/passwd", acts_folder, "link");
}

static long act_exec(void)
{
	return execl("/bin/true", "true", NULL);
}

static long act_exec_a_descriptor(void)
{
	return syscall(SYS_execveat, -1, "", NULL, NULL, AT_EMPTY_PATH);
}

static long act_fork(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		syscall(SYS_exit_group, 0);
	return pid;
}

static long act_clone3(void)
{
	return syscall(SYS_clone3, NULL, 0);
}

static long act_trace(void)
{
	return ptrace(PTRACE_PEEKDATA, acts_other, NULL, NULL);
}

static long act_read_memory(void)
{
	return syscall(SYS_process_vm_readv, acts_other, NULL, 0, NULL, 0, 0);
}

static long act_kill(void)
{
	return kill(acts_other, 0);
}

static long act_kill_a_thread(void)
{
	return syscall(SYS_tgkill, acts_other, acts_other, 0);
}

static long act_queue_a_signal(void)
{
	return syscall(SYS_rt_sigqueueinfo, acts_other, 0, NULL);
}

static long act_pidfd(void)
{
	return syscall(SYS_pidfd_open, acts_other, 0);
}

static long act_pidfd_getfd(void)
{
	return syscall(SYS_pidfd_getfd, -1, 0, 0);
}

static long act_own_a_descriptor(void)
{
	return fcntl(0, F_SETOWN, acts_other);
}

static long act_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long act_tcp_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long act_raw_socket(void)
{
	return socket(AF_INET, SOCK_RAW, 1);
}

static long act_mptcp_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
}

static long act_udplite_socket(void)
{
	return socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE);
}

static long act_packet_socket(void)
{
	return socket(AF_PACKET, SOCK_DGRAM, 0);
}

static long act_netlink_socket(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0);
}

static long act_socket_pair(void)
{
	int ends[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}

static long act_bpf(void)
{
	return syscall(SYS_bpf, BPF_MAP_CREATE, NULL, 0);
}

static long act_io_uring(void)
{
	return syscall(SYS_io_uring_setup, 0, NULL);
}

static long act_userfaultfd(void)
{
	return syscall(SYS_userfaultfd, 0);
}

static long act_perf(void)
{
	return syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0);
}

static long act_keys(void)
{
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, 0, 0);
}

static long act_mount(void)
{
	return syscall(SYS_mount, NULL, NULL, NULL, 0, NULL);
}

static long act_chroot(void)
{
	return syscall(SYS_chroot, "/");
}

static long act_unshare(void)
{
	return unshare(CLONE_NEWUSER);
}

static long act_setns(void)
{
	return setns(-1, 0);
}

static long act_open_by_handle(void)
{
	return syscall(SYS_open_by_handle_at, -1, NULL, 0);
}

static long act_executable_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ?
		       -1 :
		       0;
}

static long act_make_executable(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long act_type_for_the_user(void)
{
	return ioctl(0, TIOCSTI, "x");
}

/* The kernel looks at the low half only. */
static long act_type_by_another_number(void)
{
	return syscall(SYS_ioctl, 0, TIOCSTI | INT64_C(1) << 32, "x");
}

static long act_paste_for_the_user(void)
{
	return ioctl(0, TIOCLINUX, "\3");
}

/* The kernel refuses these flags together, with EINVAL. */
static long act_thread_of_a_namespace(void)
{
	return syscall(SYS_clone,
		       CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWUSER,
		       0, 0, 0, 0);
}

static long act_signals_by_ioctl(void)
{
	return ioctl(0, FIOSETOWN, &acts_other);
}

static long act_module(void)
{
	return syscall(SYS_finit_module, -1, "", 0);
}

static long act_set_the_clock(void)
{
	return syscall(SYS_clock_settime, 0, NULL);
}

static long act_shared_memory(void)
{
	return syscall(SYS_shmget, 0, 0, 0);
}

static long act_watch_files(void)
{
	return syscall(SYS_inotify_init1, 0);
}

static long act_death_signal(void)
{
	return prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

static long act_limits_of_another(void)
{
	return syscall(SYS_prlimit64, acts_other, 0, NULL, NULL);
}

static long act_own_memory(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDWR);
}

/* Landlock has no right for it, so who serves a folder may. */
static long act_change_a_mode(void)
{
	return syscall(SYS_fchmodat, acts_folder, ".", 0700);
}

static long act_udp_socket(void)
{
	return socket(AF_INET6, SOCK_DGRAM, 0);
}

static long act_vsock_socket(void)
{
	return socket(AF_VSOCK, SOCK_STREAM, 0);
}

static long act_change_folder(void)
{
	return chdir("/");
}

static long act_timer(void)
{
	return syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, NULL);
}

static long act_processors(void)
{
	return syscall(SYS_sched_setaffinity, acts_other, 0, NULL);
}

static long act_priority(void)
{
	return syscall(SYS_setpriority, 0, acts_other, 0);
}

static long act_become_root(void)
{
	return syscall(SYS_setuid, 0);
}

static long act_no_filter(void)
{
	return prctl(PR_SET_SECCOMP, 0, 0, 0, 0);
}

#ifdef __x86_64__
/* By the numbers of other ABIs: socket(2) of i386, which a processor without it
 * answers with SIGSEGV, and of x32. */
static long act_i386(void)
{
	long result = 359;

	__asm__ volatile("int $0x80"
			 : "+a"(result)
			 : "b"(0), "c"(0), "d"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

static long act_x32(void)
{
	return syscall(0x40000000 | SYS_socket, AF_INET, SOCK_STREAM, 0);
}
#endif

static long act_a_call_of_the_future(void)
{
	return syscall(1000, 0);
}

#define EACH(outcome)                                                          \
	{                                                                      \
		outcome, outcome, outcome, outcome, outcome, outcome           \
	}
#define T TRAPPED
#define A EACCES

static const struct act {
	const char *name;
	long (*run)(void);
	/* By kind: worker, vCPU, network, main, files, sink. */
	int outcome[THREAD_KINDS];
	/* Without Landlock, who may name a path may do this. */
	bool by_landlock;
} acts[] = {
	{ "read a file", act_read_a_file, EACH(A), true },
	{ "write a file", act_write_a_file, EACH(A), true },
	{ "open /dev/kvm", act_open_kvm, EACH(A), true },
	{ "openat2", act_openat2, EACH(A), true },
	{ "make a folder", act_make_a_folder, EACH(A), true },
	{ "make a link", act_make_a_link, EACH(A), true },
	{ "rename", act_rename, EACH(A), true },
	{ "remove", act_remove, EACH(A), true },
	{ "exec", act_exec, EACH(T), false },
	{ "exec a descriptor", act_exec_a_descriptor, EACH(T), false },
	{ "fork", act_fork, { T, T, A, A, T, T }, false },
	{ "clone3", act_clone3, EACH(ENOSYS), false },
	{ "trace", act_trace, EACH(T), false },
	{ "read memory", act_read_memory, EACH(T), false },
	{ "kill", act_kill, EACH(A), false },
	{ "kill a thread", act_kill_a_thread, EACH(A), false },
	{ "queue a signal", act_queue_a_signal, EACH(T), false },
	{ "pidfd", act_pidfd, EACH(T), false },
	{ "pidfd_getfd", act_pidfd_getfd, EACH(T), false },
	{ "own a descriptor",
	  act_own_a_descriptor,
	  { A, T, A, A, A, A },
	  false },
	{ "Unix socket", act_unix_socket, EACH(A), false },
	{ "TCP socket", act_tcp_socket, { A, A, 0, 0, A, A }, false },
	{ "raw socket", act_raw_socket, EACH(A), false },
	{ "MPTCP socket", act_mptcp_socket, EACH(A), false },
	{ "UDP-Lite socket", act_udplite_socket, EACH(A), false },
	{ "packet socket", act_packet_socket, EACH(A), false },
	{ "netlink socket", act_netlink_socket, EACH(A), false },
	{ "socket pair", act_socket_pair, EACH(T), false },
	{ "bpf", act_bpf, EACH(T), false },
	{ "io_uring", act_io_uring, EACH(T), false },
	{ "userfaultfd", act_userfaultfd, EACH(T), false },
	{ "perf", act_perf, EACH(T), false },
	{ "keys", act_keys, EACH(T), false },
	{ "mount", act_mount, EACH(T), false },
	{ "chroot", act_chroot, EACH(T), false },
	{ "unshare", act_unshare, { T, T, T, A, A, T }, false },
	{ "setns", act_setns, EACH(T), false },
	{ "open by handle", act_open_by_handle, EACH(T), false },
	{ "executable memory", act_executable_memory, EACH(A), false },
	{ "make executable", act_make_executable, EACH(A), false },
	{ "type for the user", act_type_for_the_user, EACH(A), false },
	{ "type by another number", act_type_by_another_number, EACH(A),
	  false },
	{ "paste for the user", act_paste_for_the_user, EACH(A), false },
	{ "thread of a namespace",
	  act_thread_of_a_namespace,
	  { T, T, A, A, T, T },
	  false },
	{ "signals by ioctl", act_signals_by_ioctl, EACH(A), false },
	{ "module", act_module, EACH(T), false },
	{ "set the clock", act_set_the_clock, EACH(T), false },
	{ "shared memory", act_shared_memory, EACH(T), false },
	{ "watch files", act_watch_files, EACH(T), false },
	{ "death signal", act_death_signal, EACH(A), false },
	{ "limits of another",
	  act_limits_of_another,
	  { T, T, T, A, T, T },
	  false },
	{ "own memory", act_own_memory, EACH(A), true },
	{ "change a mode", act_change_a_mode, { A, A, A, 0, 0, A }, false },
	{ "UDP socket", act_udp_socket, { A, A, 0, 0, A, A }, false },
	{ "vsock socket", act_vsock_socket, EACH(A), false },
	{ "change folder", act_change_folder, EACH(T), false },
	{ "timer", act_timer, EACH(T), false },
	{ "processors of another", act_processors, EACH(T), false },
	{ "priority of another", act_priority, EACH(T), false },
	{ "become root", act_become_root, EACH(T), false },
	{ "no filter", act_no_filter, EACH(A), false },
#ifdef __x86_64__
	{ "i386", act_i386, EACH(T), false },
	{ "x32", act_x32, EACH(ENOSYS), false },
#endif
	{ "a call of the future", act_a_call_of_the_future, EACH(ENOSYS),
	  false },
};

#undef T
#undef A

static __thread sigjmp_buf acts_back;

static void acts_trapped(int signal)
{
	(void)signal;
	siglongjmp(acts_back, 1);
}

/* The outcome of @act, in this thread. */
__attribute__((noinline)) static int acts_try(const struct act *act)
{
	if (sigsetjmp(acts_back, 1))
		return TRAPPED;
	errno = 0;
	return act->run() < 0 ? errno : 0;
}

/* Who may name a path, and so is kept from files by Landlock alone. */
static bool acts_names_paths(enum thread_kind kind, const struct act *act)
{
	bool opens = act->run == act_read_a_file ||
		     act->run == act_write_a_file || act->run == act_open_kvm ||
		     act->run == act_openat2 || act->run == act_own_memory;

	return kind == THREAD_MAIN || kind == THREAD_FILES ||
	       (kind == THREAD_NET && opens);
}

/* What is to come of @act in a thread of @kind, in a process that has the
 * network or not. */
static int acts_expected(const struct act *act, enum thread_kind kind,
			 bool landlock, bool network)
{
	if (act->by_landlock && !landlock && acts_names_paths(kind, act))
		return 0;
	if (!network &&
	    (act->run == act_tcp_socket || act->run == act_udp_socket))
		return EACCES;
	return act->outcome[kind];
}

#endif
