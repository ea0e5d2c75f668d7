/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_syscall_filter.c - what a thread that was taken over can't do
 *
 * Each kind of thread tries all that tests/acts.h has, in a process of its own
 * in the sandbox of that kind.
 */
#define _GNU_SOURCE
#include "base/syscall_filter.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "base/landlock.h"
#include "tests/acts.h"
#include "tests/unit.h"

/* Of the child's, for the parent to see. */
static int *outcomes;

static const char *const kinds[] = { "worker", "vCPU",	"network",
				     "main",   "files", "sink" };

static void confine(void)
{
	struct landlock landlock;

	if (landlock_open(&landlock, true, true) < 0 ||
	    landlock_enforce(&landlock) < 0)
		_exit(2);
	landlock_close(&landlock);
}

/* As a run does, and then as a thread does. */
static void enter(enum thread_kind kind, bool landlock)
{
	signal(SIGSYS, acts_trapped);
	signal(SIGSEGV, acts_trapped);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(3);
	if (landlock)
		confine();
	if (syscall_filter_process(true, true, false) < 0)
		_exit(4);
	thread_begin("test", kind);
	if (syscall_filter_kind() != (int)kind)
		_exit(5);
}

static void try_all(enum thread_kind kind, bool landlock)
{
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++)
		outcomes[i] = -1;
	if (fork() == 0) {
		enter(kind, landlock);
		for (size_t i = 0; i < ARRAY_SIZE(acts); i++)
			outcomes[i] = acts_try(&acts[i]);
		_exit(0);
	}
}

static void compare(enum thread_kind kind, bool landlock)
{
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
		int want = acts_expected(&acts[i], kind, landlock, true);

		ck_assert_msg(outcomes[i] == want,
			      "%s thread, %s Landlock: %s: %d, not %d",
			      kinds[kind], landlock ? "with" : "without",
			      acts[i].name, outcomes[i], want);
	}
}

static void make(const char *name)
{
	int fd = openat(acts_folder, name, O_WRONLY | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void each_kind(bool landlock)
{
	char dir[] = "/tmp/acts.XXXXXX";
	int status;

	outcomes = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(outcomes, MAP_FAILED);
	acts_other = getpid();
	for (int kind = 0; kind < THREAD_KINDS; kind++) {
		strcpy(dir, "/tmp/acts.XXXXXX");
		ck_assert_ptr_nonnull(mkdtemp(dir));
		acts_folder = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		make("victim");
		make("spare");
		try_all((enum thread_kind)kind, landlock);
		ck_assert_int_gt(wait(&status), 0);
		/* What there is, if all could be made. */
		unlinkat(acts_folder, "victim", 0);
		unlinkat(acts_folder, "spare", 0);
		unlinkat(acts_folder, "new", 0);
		unlinkat(acts_folder, "other", 0);
		unlinkat(acts_folder, "link", 0);
		unlinkat(acts_folder, "folder", AT_REMOVEDIR);
		rmdir(dir);
		close(acts_folder);
		ck_assert_int_eq(status, 0);
		compare((enum thread_kind)kind, landlock);
	}
}

START_TEST(no_thread_can_do_harm)
{
	if (landlock_version())
		each_kind(true);
	else
		printf("SKIP: no Landlock\n");
}
END_TEST

/* On kernels without it files are all that more can be reached. */
START_TEST(without_landlock_files_can_be_named)
{
	each_kind(false);
}
END_TEST

START_TEST(without_a_sandbox_threads_have_no_filter)
{
	ck_assert_int_eq(syscall_filter_kind(), -1);
	thread_begin("test", THREAD_SINK);
	ck_assert_int_eq(syscall_filter_kind(), -1);
	ck_assert_int_ge(open("/dev/null", O_RDONLY), 0);
}
END_TEST

/* Not the main thread either, and not by a kernel without Landlock. */
START_TEST(without_network_and_folders_nothing_is_opened)
{
	int status;

	acts_folder = AT_FDCWD;
	if (fork() == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    syscall_filter_process(false, false, true) < 0)
			_exit(1);
		_exit(open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES &&
				      act_tcp_socket() < 0 &&
				      act_udp_socket() < 0 &&
				      act_unix_socket() < 0 &&
				      errno == EACCES &&
				      connect(0, NULL, 0) < 0 &&
				      errno == EACCES &&
				      act_change_a_mode() < 0 &&
				      errno == EACCES ?
			      0 :
			      2);
	}
	ck_assert_int_gt(wait(&status), 0);
	ck_assert_int_eq(status, 0);
}
END_TEST

static int count_filters(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];
	int n = -1;

	while (status && fgets(line, sizeof(line), status))
		sscanf(line, "Seccomp_filters: %d", &n);
	return n;
}

/* A machine that resets starts threads again, each from the same filter. */
START_TEST(a_thread_of_the_same_kind_needs_no_other_filter)
{
	int status;

	if (fork() == 0) {
		int before;

		enter(THREAD_NET, false);
		before = count_filters();
		thread_begin("test", THREAD_NET);
		_exit(count_filters() == before ? 0 : 1);
	}
	ck_assert_int_gt(wait(&status), 0);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* With a filter of a container's before ours. */
START_TEST(filters_add_up)
{
	int status;

	if (fork() == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    syscall_filter_process(true, true, true) < 0 ||
		    syscall_filter_process(true, true, false) < 0)
			_exit(1);
		_exit(acts_try(&(struct act){ .run = act_unix_socket }) ==
				      EACCES ?
			      0 :
			      2);
	}
	ck_assert_int_gt(wait(&status), 0);
	ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
	const TTest *const none[] = { NULL };
	const TTest *const tests[] = {
		no_thread_can_do_harm,
		without_landlock_files_can_be_named,
		without_network_and_folders_nothing_is_opened,
		without_a_sandbox_threads_have_no_filter,
		a_thread_of_the_same_kind_needs_no_other_filter,
		filters_add_up,
		NULL,
	};

	if (!SYSCALL_FILTERS)
		printf("SKIP: this build has no sandbox\n");
	return unit_run(
		unit_suite("syscall_filter", SYSCALL_FILTERS ? tests : none));
}
