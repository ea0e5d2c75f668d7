/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_sandbox.c - what a run keeps once it is in the sandbox
 */
#define _GNU_SOURCE
#include "cli/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/inherited.h"
#include "base/landlock.h"
#include "base/syscall_filter.h"
#include "base/thread.h"
#include "cli/host.h"
#include "devices/nat/resolvers.h"
#include "tests/unit_options.h"

static struct host host;

/* In a child: its exit status is the number of the line that was wrong. */
#define EXPECT(condition)                                                      \
	do {                                                                   \
		if (!(condition))                                              \
			_exit(__LINE__ % 250 + 1);                             \
	} while (0)

static void enter(const char *mode, const char *more)
{
	struct sandbox sandbox = { .err = 0 };
	struct config config;

	parse(&config, "k", mode, more, NULL);
	sandbox_open(&sandbox, &config, &host);
	EXPECT(sandbox_enter(&sandbox, &config, &host) == 0);
}

static void succeeds(pid_t child)
{
	int status;

	ck_assert_int_gt(waitpid(child, &status, 0), 0);
	ck_assert_msg(WIFEXITED(status), "signal %d", WTERMSIG(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

/* The same, but that there may be no new mount namespace here. */
static void succeeds_or_cannot(pid_t child)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	if (status == 250 << 8)
		printf("SKIP: no mount namespace\n");
	else
		ck_assert_int_eq(status, 0);
}

static bool can_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

START_TEST(files_and_others_are_out_of_reach)
{
	pid_t pid = fork();

	if (pid == 0) {
		enter("--sandbox=strict", "--net=none");
		EXPECT(!can_open("/etc/passwd"));
		EXPECT(!can_open(RESOLVERS_PATH));
		EXPECT(kill(getppid(), 0) < 0 && errno == EACCES);
		_exit(0);
	}
	succeeds(pid);
}
END_TEST

/* What /proc says of a child from outside. */
static void status_says(pid_t pid, const char *line)
{
	char path[64], text[4096];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	ck_assert_msg(strstr(text, line), "no %s in %s", line, text);
}

START_TEST(the_kernel_says_so)
{
	int ready[2], go[2];
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(go), 0);
	pid = fork();
	if (pid == 0) {
		enter("--sandbox=on", "--net=none");
		EXPECT(write(ready[1], "x", 1) == 1);
		EXPECT(read(go[0], &c, 1) == 1);
		_exit(0);
	}
	ck_assert_int_eq((int)read(ready[0], &c, 1), 1);
	status_says(pid, "NoNewPrivs:\t1\n");
	status_says(pid, "Seccomp:\t2\n");
	status_says(pid, "CapPrm:\t0000000000000000\n");
	status_says(pid, "CapEff:\t0000000000000000\n");
	status_says(pid, "CapBnd:\t0000000000000000\n");
	ck_assert_int_eq((int)write(go[1], "x", 1), 1);
	succeeds(pid);
}
END_TEST

/* Mount nothing over @dir, for this process alone. */
static void hide(const char *dir)
{
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(250);
	EXPECT(mount("none", dir, "tmpfs", 0, NULL) == 0);
}

/* Whatever is at number 7 to 9, the caller has left it open. */
static void closes_what_is_not_named(bool has_proc)
{
	struct inherited inherited;
	pid_t pid;

	for (int fd = 7; fd <= 9; fd++)
		ck_assert_int_eq(dup2(STDOUT_FILENO, fd), fd);
	pid = fork();
	if (pid == 0) {
		struct sandbox sandbox = { .err = 0 };
		struct config config;

		if (!has_proc)
			hide("/proc");
		inherited_note(&inherited);
		parse(&config, "k", "--sandbox=on", "--events=8",
		      "--ready-fd=9", NULL);
		config.services.inherited = &inherited;
		sandbox_open(&sandbox, &config, &host);
		EXPECT(sandbox_enter(&sandbox, &config, &host) == 0);
		EXPECT(fcntl(7, F_GETFD) < 0);
		EXPECT(fcntl(8, F_GETFD) >= 0);
		EXPECT(fcntl(9, F_GETFD) >= 0);
		_exit(0);
	}
	succeeds_or_cannot(pid);
}

START_TEST(what_no_option_names_is_closed)
{
	closes_what_is_not_named(true);
}
END_TEST

START_TEST(without_proc_it_is_closed_too)
{
	closes_what_is_not_named(false);
}
END_TEST

/* The network's: its thread reads them again when they have changed. */
START_TEST(name_servers_can_be_read)
{
	pid_t pid = fork();

	if (pid == 0) {
		enter("--sandbox=strict", "--net=user");
		EXPECT(can_open(RESOLVERS_PATH));
		thread_begin("net-rx", THREAD_NET);
		EXPECT(can_open(RESOLVERS_PATH));
		EXPECT(!can_open("/etc/shadow"));
		EXPECT(socket(AF_INET, SOCK_DGRAM, 0) >= 0);
		EXPECT(socket(AF_UNIX, SOCK_STREAM, 0) < 0);
		_exit(0);
	}
	succeeds(pid);
}
END_TEST

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	EXPECT(fd >= 0 && write(fd, text, strlen(text)) > 0);
	close(fd);
}

/* As systemd-resolved, DHCP clients and VPNs do: another file takes the place
 * of the one that /etc's link leads to. */
START_TEST(name_servers_may_be_replaced)
{
	int go[2];
	pid_t pid, other;
	char c;

	ck_assert_int_eq(pipe(go), 0);
	pid = fork();
	if (pid == 0) {
		hide("/mnt");
		EXPECT(mount("none", "/etc", "tmpfs", 0, NULL) == 0);
		put("/mnt/one", "nameserver 1.1.1.1\n");
		EXPECT(symlink("/mnt/one", RESOLVERS_PATH) == 0);
		other = fork();
		if (other == 0) {
			EXPECT(read(go[0], &c, 1) == 1);
			put("/mnt/new", "nameserver 2.2.2.2\n");
			EXPECT(rename("/mnt/new", "/mnt/one") == 0);
			_exit(0);
		}
		enter("--sandbox=strict", "--net=user");
		EXPECT(can_open(RESOLVERS_PATH));
		EXPECT(write(go[1], "x", 1) == 1);
		EXPECT(waitpid(other, NULL, 0) == other);
		EXPECT(can_open(RESOLVERS_PATH));
		_exit(0);
	}
	succeeds_or_cannot(pid);
}
END_TEST

/* Another filter is there already, as in a container. */
START_TEST(a_container_has_a_filter_of_its_own)
{
	struct sock_filter allow = { .code = BPF_RET | BPF_K,
				     .k = SECCOMP_RET_ALLOW };
	const struct sock_fprog program = { 1, &allow };
	pid_t pid = fork();

	if (pid == 0) {
		EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		EXPECT(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ==
		       0);
		enter("--sandbox=on", "--net=none");
		thread_begin("vcpu0", THREAD_VCPU);
		EXPECT(syscall_filter_kind() == THREAD_VCPU);
		EXPECT(socket(AF_INET, SOCK_STREAM, 0) < 0);
		_exit(0);
	}
	succeeds(pid);
}
END_TEST

/* As profiles of containers do that know neither: what a run can have it has,
 * unless all is insisted on. */
static void refuse_calls(const int *calls, size_t n)
{
	struct sock_filter code[20] = { BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)) };
	struct sock_fprog program = { 1, code };

	for (size_t i = 0; i < n; i++) {
		code[program.len++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], 0, 1);
		code[program.len++] = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	}
	code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							   SECCOMP_RET_ALLOW);
	EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	EXPECT(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

/* The result of entering where @calls are refused. */
static int enter_without(const char *mode, const int *calls, size_t n)
{
	struct sandbox sandbox = { .err = 0 };
	struct config config;

	refuse_calls(calls, n);
	parse(&config, "k", mode, "--net=none", NULL);
	sandbox_open(&sandbox, &config, &host);
	return sandbox_enter(&sandbox, &config, &host);
}

START_TEST(a_container_may_refuse_parts)
{
	static const int filters[] = { SYS_seccomp };
	static const int landlock[] = { SYS_landlock_create_ruleset };
	static const int privileges[] = { SYS_capset };
	static const int *const parts[] = { privileges, filters, landlock };

	if (fork() == 0) {
		EXPECT(enter_without("--sandbox=on", privileges, 1) == 0);
		EXPECT(syscall_filter_kind() == THREAD_MAIN);
		_exit(0);
	}
	succeeds(-1);
	if (fork() == 0) {
		EXPECT(enter_without("--sandbox=on", filters, 1) == 0);
		EXPECT(syscall_filter_kind() < 0 && !can_open("/etc/passwd"));
		_exit(0);
	}
	succeeds(-1);
	if (fork() == 0) {
		EXPECT(enter_without("--sandbox=on", landlock, 1) == 0);
		EXPECT(syscall_filter_kind() == THREAD_MAIN);
		EXPECT(!can_open("/etc/passwd"));
		_exit(0);
	}
	succeeds(-1);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (fork() == 0) {
			EXPECT(enter_without("--sandbox=strict", parts[i], 1) <
			       0);
			_exit(0);
		}
		succeeds(-1);
	}
}
END_TEST

/* By number and thread, with what to do, and a status of the host's. */
START_TEST(a_forbidden_call_is_told)
{
	char text[256] = "";
	int ends[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		enter("--sandbox=on", "--net=none");
		thread_begin("net-rx", THREAD_NET);
		syscall(SYS_bpf, 0, NULL, 0);
		_exit(0);
	}
	close(ends[1]);
	ck_assert_int_gt((int)read(ends[0], text, sizeof(text) - 1), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 3);
	ck_assert_msg(strstr(text, "system call 321 in thread net-rx is not "
				   "allowed: run with --sandbox=off"),
		      "%s", text);
	close(ends[0]);
}
END_TEST

START_TEST(off_is_off)
{
	pid_t pid = fork();

	if (pid == 0) {
		enter("--sandbox=off", "--net=none");
		EXPECT(can_open("/etc/passwd"));
		EXPECT(syscall_filter_kind() < 0);
		_exit(0);
	}
	succeeds(pid);
}
END_TEST

int main(void)
{
	const TTest *const none[] = { NULL };
	const TTest *const tests[] = {
		files_and_others_are_out_of_reach,
		the_kernel_says_so,
		what_no_option_names_is_closed,
		without_proc_it_is_closed_too,
		name_servers_can_be_read,
		name_servers_may_be_replaced,
		a_container_has_a_filter_of_its_own,
		a_container_may_refuse_parts,
		a_forbidden_call_is_told,
		off_is_off,
		NULL,
	};
	bool can = SYSCALL_FILTERS && landlock_version();

	if (!can)
		printf("SKIP: this build or kernel has no sandbox\n");
	return unit_run(options_suite("sandbox", can ? tests : none));
}
