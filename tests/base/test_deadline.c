/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_deadline.c - a process that ends though its main thread does not
 *
 * Where the deadline is to end it, that is the test's exit status.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/thread.h"
#include "base/util.h"
#include "tests/unit.h"

enum { ENDED = 42, WRONG = 43 };

#define SOON_NS (20 * NSEC_PER_MSEC)
#define HOUR_NS (3600 * NSEC_PER_SEC)

static struct deadline deadline;
static int fd;
/* Relaxed, all: the tests need no order between them. */
static unsigned turns, readies;
static bool was_overdue;
static const char *expected_step;

static void ready(void *arg)
{
	uint64_t count;

	(void)arg;
	if (read(fd, &count, sizeof(count)) < 0)
		_exit(WRONG);
	__atomic_fetch_add(&readies, 1, __ATOMIC_RELAXED);
}

static void overdue(void *arg)
{
	(void)arg;
	__atomic_store_n(&was_overdue, true, __ATOMIC_RELAXED);
}

static void say_step(void *arg, const char *step)
{
	(void)arg;
	if (!__atomic_load_n(&was_overdue, __ATOMIC_RELAXED) ||
	    strcmp(step, expected_step) != 0)
		_exit(WRONG);
}

static void say_nothing_for_ever(void *arg, const char *step)
{
	(void)arg;
	(void)step;
	for (;;)
		pause();
}

/* The main thread has stopped. */
static void watch_main(void *arg, const char *step)
{
	unsigned before = __atomic_load_n(&turns, __ATOMIC_RELAXED);

	(void)arg;
	(void)step;
	usleep(50000);
	/* The turn that it was in. */
	if (__atomic_load_n(&turns, __ATOMIC_RELAXED) > before + 1)
		_exit(WRONG);
}

static void end(void *arg)
{
	(void)arg;
	_exit(ENDED);
}

static const struct deadline_ops speaks = { ready, overdue, say_step, end };
static const struct deadline_ops hangs = { ready, overdue, say_nothing_for_ever,
					   end };
static const struct deadline_ops watches = { ready, overdue, watch_main, end };

static void open_deadline(const struct deadline_ops *ops)
{
	fd = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(deadline_open(&deadline, fd, ops, NULL), 0);
}

START_TEST(what_is_waited_for_is_named)
{
	expected_step = "the dentist";
	open_deadline(&speaks);
	deadline_step(&deadline, "the bus");
	deadline_plan(&deadline, now_ns() + SOON_NS);
	deadline_step(&deadline, "the dentist");
	for (;;)
		pause();
}
END_TEST

START_TEST(words_that_do_not_end_are_cut_short)
{
	open_deadline(&hangs);
	deadline_plan(&deadline, now_ns());
	for (;;)
		pause();
}
END_TEST

START_TEST(the_main_thread_does_not_go_on)
{
	open_deadline(&watches);
	deadline_plan(&deadline, now_ns() + SOON_NS);
	for (;;) {
		deadline_lock(&deadline);
		__atomic_fetch_add(&turns, 1, __ATOMIC_RELAXED);
		deadline_unlock(&deadline);
	}
}
END_TEST

static void *hasten(void *arg)
{
	(void)arg;
	deadline_hasten(&deadline, now_ns() + HOUR_NS);
	deadline_hasten(&deadline, now_ns() + SOON_NS);
	deadline_hasten(&deadline, DEADLINE_NEVER);
	return NULL;
}

START_TEST(a_plan_does_not_undo_haste)
{
	pthread_t thread;

	expected_step = "the start";
	open_deadline(&speaks);
	ck_assert_int_eq(thread_start(&thread, hasten, NULL), 0);
	pthread_join(thread, NULL);
	deadline_plan(&deadline, DEADLINE_NEVER);
	for (;;)
		pause();
}
END_TEST

START_TEST(a_plan_is_replaced)
{
	open_deadline(&speaks);
	ck_assert_uint_eq(deadline_at(&deadline), DEADLINE_NEVER);
	deadline_plan(&deadline, now_ns() + HOUR_NS);
	ck_assert_uint_lt(deadline_at(&deadline), DEADLINE_NEVER);
	deadline_plan(&deadline, now_ns() + 2 * HOUR_NS);
	ck_assert_uint_gt(deadline_at(&deadline), now_ns() + HOUR_NS);
	deadline_close(&deadline);
	ck_assert(!was_overdue);
}
END_TEST

START_TEST(the_descriptor_is_heard)
{
	uint64_t one = 1;

	open_deadline(&speaks);
	for (unsigned i = 1; i <= 3; i++) {
		ck_assert_int_eq(write(fd, &one, sizeof(one)), sizeof(one));
		while (__atomic_load_n(&readies, __ATOMIC_RELAXED) < i)
			usleep(1000);
	}
	deadline_close(&deadline);
}
END_TEST

/* Until it is told to end; the watchdog has an end of its own. */
static void *be_there(void *arg)
{
	struct pollfd told = { .fd = fd, .events = POLLIN };

	(void)arg;
	poll(&told, 1, 30000);
	__atomic_store_n(&readies, 1, __ATOMIC_RELAXED);
	return NULL;
}

/* Where no thread could be started to resume it.  Another may have come to be
 * called as its thread was. */
START_TEST(one_that_is_paused_can_be_closed)
{
	uint64_t one = 1;
	pthread_t other;

	open_deadline(&speaks);
	deadline_pause(&deadline);
	ck_assert_int_eq(pthread_create(&other, NULL, be_there, NULL), 0);
	deadline_close(&deadline);
	ck_assert_uint_eq(__atomic_load_n(&readies, __ATOMIC_RELAXED), 0);
	ck_assert_int_eq(write(fd, &one, sizeof(one)), sizeof(one));
	pthread_join(other, NULL);
}
END_TEST

/* Stopped for longer than it had, it gets time all the same. */
static void be_stopped(void)
{
	open_deadline(&speaks);
	deadline_plan(&deadline, now_ns() + 200 * NSEC_PER_MSEC);
	raise(SIGSTOP);
	/* Time for the deadline's thread to find that it is late. */
	usleep(100000);
	deadline_close(&deadline);
	_exit(0);
}

START_TEST(who_was_stopped_is_not_late)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (!pid)
		be_stopped();
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert(WIFSTOPPED(status));
	/* Until its time is over, and longer. */
	usleep(1500000);
	kill(pid, SIGCONT);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("deadline");
	TCase *tcase = tcase_create("deadline");

	tcase_set_timeout(tcase, 60);
	tcase_add_exit_test(tcase, what_is_waited_for_is_named, ENDED);
	tcase_add_exit_test(tcase, words_that_do_not_end_are_cut_short, ENDED);
	tcase_add_exit_test(tcase, the_main_thread_does_not_go_on, ENDED);
	tcase_add_exit_test(tcase, a_plan_does_not_undo_haste, ENDED);
	tcase_add_test(tcase, a_plan_is_replaced);
	tcase_add_test(tcase, the_descriptor_is_heard);
	tcase_add_test(tcase, one_that_is_paused_can_be_closed);
	tcase_add_test(tcase, who_was_stopped_is_not_late);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
