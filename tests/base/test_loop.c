/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/irq.h"
#include "base/loop.h"
#include "base/util.h"
#include "tests/unit.h"

struct fixture {
	struct loop loop;
	struct loop_fd src;
	struct loop_timer timer;
	struct loop_work work;
	unsigned calls, wanted;
	int pipe[2];
};

static void setup(struct fixture *f, unsigned wanted)
{
	*f = (struct fixture){ .wanted = wanted };
	ck_assert_int_eq(loop_init(&f->loop), 0);
	ck_assert_int_eq(pipe(f->pipe), 0);
}

static void teardown(struct fixture *f)
{
	close(f->pipe[0]);
	close(f->pipe[1]);
	loop_free(&f->loop);
}

static void called(void *arg)
{
	struct fixture *f = arg;

	if (++f->calls >= f->wanted)
		loop_quit(&f->loop);
}

static void read_byte(void *arg, short revents)
{
	struct fixture *f = arg;
	char c;

	ck_assert_int_ne(revents & (POLLIN | POLLHUP), 0);
	ck_assert_int_eq(read(f->src.fd, &c, 1), 1);
	called(f);
}

static void once(void *arg, short revents)
{
	ck_assert_int_eq(revents, POLLOUT);
	called(arg);
}

START_TEST(a_ready_descriptor_is_called)
{
	struct fixture f;

	setup(&f, 3);
	f.src = (struct loop_fd){
		.fd = f.pipe[0], .events = POLLIN, .ready = read_byte, .arg = &f
	};
	loop_add(&f.loop, &f.src);
	ck_assert_int_eq(write(f.pipe[1], "abc", 3), 3);
	loop_run(&f.loop);
	ck_assert_uint_eq(f.calls, 3);
	loop_remove(&f.loop, &f.src);
	loop_remove(&f.loop, &f.src);
	teardown(&f);
}
END_TEST

START_TEST(a_regular_file_is_always_ready)
{
	struct fixture f;
	int fd = open("/proc/self/exe", O_RDONLY);

	setup(&f, 2);
	f.src = (struct loop_fd){
		.fd = fd, .events = POLLIN, .ready = read_byte, .arg = &f
	};
	loop_add(&f.loop, &f.src);
	loop_run(&f.loop);
	ck_assert_uint_eq(f.calls, 2);
	teardown(&f);
	close(fd);
}
END_TEST

/* More than poll(2) was ever given here, each called once. */
START_TEST(many_descriptors)
{
	enum { MANY = 500 };
	static struct loop_fd src[MANY];
	struct fixture f;

	setup(&f, MANY);
	ck_assert_int_eq(loop_reserve(&f.loop, MANY), 0);
	for (unsigned i = 0; i < MANY; i++) {
		src[i] = (struct loop_fd){ .fd = f.pipe[1],
					   .events = POLLOUT,
					   .ready = once,
					   .arg = &f };
		loop_add(&f.loop, &src[i]);
	}
	loop_run(&f.loop);
	ck_assert_uint_eq(f.calls, MANY);
	for (unsigned i = 0; i < MANY; i++)
		loop_remove(&f.loop, &src[i]);
	teardown(&f);
}
END_TEST

static void timer_again(void *arg)
{
	struct fixture *f = arg;

	called(f);
	if (f->calls < f->wanted)
		loop_arm(&f->loop, &f->timer, now_ns() + 1000000);
}

START_TEST(timers_expire_not_before_their_time)
{
	struct fixture f;
	uint64_t start;

	setup(&f, 3);
	f.timer = (struct loop_timer){ .expired = timer_again, .arg = &f };
	start = now_ns();
	loop_arm(&f.loop, &f.timer, start + 1000000);
	loop_run(&f.loop);
	ck_assert_uint_eq(f.calls, 3);
	ck_assert_uint_ge(now_ns() - start, 3000000);
	teardown(&f);
}
END_TEST

START_TEST(a_disarmed_timer_does_not_expire)
{
	struct fixture f;
	struct loop_timer other;

	setup(&f, 1);
	f.timer = (struct loop_timer){ .expired = called, .arg = &f };
	other = f.timer;
	loop_arm(&f.loop, &f.timer, now_ns());
	loop_arm(&f.loop, &other, now_ns() + 2000000);
	loop_disarm(&f.loop, &f.timer);
	loop_run(&f.loop);
	ck_assert_uint_eq(f.calls, 1);
	teardown(&f);
}
END_TEST

static void let_go(void *arg)
{
	struct fixture *f = arg;

	ck_assert_uint_eq(f->calls, 0);
	ck_assert_uint_gt(loop_release(&f->loop), 0);
}

/* A limit waits until what it limits goes on; another timer does not. */
START_TEST(a_limit_stands_still_while_it_is_held)
{
	struct fixture f;
	struct loop_timer other = { .expired = let_go, .arg = &f };
	uint64_t start;

	setup(&f, 1);
	f.timer = (struct loop_timer){ .expired = called,
				       .arg = &f,
				       .limit = true };
	start = now_ns();
	ck_assert_uint_eq(loop_release(&f.loop), 0);
	loop_arm(&f.loop, &f.timer, start + 10 * NSEC_PER_MSEC);
	loop_arm(&f.loop, &other, start + 100 * NSEC_PER_MSEC);
	loop_hold(&f.loop);
	loop_hold(&f.loop);
	loop_run(&f.loop);
	ck_assert_uint_ge(now_ns() - start, 105 * NSEC_PER_MSEC);
	teardown(&f);
}
END_TEST

static void *post_many(void *arg)
{
	struct fixture *f = arg;

	for (unsigned i = 0; i < 1000; i++)
		loop_post(&f->loop, &f->work);
	loop_quit(&f->loop);
	return NULL;
}

START_TEST(posted_work_runs_at_least_once_after_each_post)
{
	struct fixture f;
	pthread_t thread;

	setup(&f, 100000);
	f.work = (struct loop_work){ .fn = called, .arg = &f };
	ck_assert_int_eq(pthread_create(&thread, NULL, post_many, &f), 0);
	loop_run(&f.loop);
	pthread_join(thread, NULL);
	ck_assert_uint_ge(f.calls, 1);
	ck_assert_uint_le(f.calls, 1000);
	teardown(&f);
}
END_TEST

START_TEST(cancelled_work_does_not_run)
{
	struct fixture f;
	struct loop_work other;

	setup(&f, 1);
	f.work = (struct loop_work){ .fn = called, .arg = &f };
	other = f.work;
	loop_post(&f.loop, &f.work);
	loop_post(&f.loop, &other);
	loop_cancel(&f.loop, &other);
	loop_cancel(&f.loop, &other);
	loop_run(&f.loop);
	ck_assert_uint_eq(f.calls, 1);
	teardown(&f);
}
END_TEST

static uint64_t eventfd_count(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

START_TEST(an_edge_is_one_event)
{
	struct irq irq;

	ck_assert_int_eq(irq_init(&irq), 0);
	ck_assert_uint_eq(eventfd_count(irq.fd), 0);
	irq_pulse(&irq);
	ck_assert_uint_eq(eventfd_count(irq.fd), 1);
	irq_free(&irq);
}
END_TEST

START_TEST(a_level_is_asserted_until_it_is_lowered)
{
	struct irq_line line;
	uint64_t one = 1;

	ck_assert_int_eq(irq_line_init(&line), 0);
	irq_line_set(&line, true);
	irq_line_set(&line, true);
	ck_assert_uint_eq(eventfd_count(line.assert_fd), 1);
	/* The guest ends the interrupt: still asserted, so again. */
	ck_assert_int_eq(write(line.resample_fd, &one, sizeof(one)), 8);
	irq_line_resample(&line);
	ck_assert_uint_eq(eventfd_count(line.assert_fd), 1);
	irq_line_set(&line, false);
	ck_assert_int_eq(write(line.resample_fd, &one, sizeof(one)), 8);
	irq_line_resample(&line);
	ck_assert_uint_eq(eventfd_count(line.assert_fd), 0);
	irq_line_free(&line);
}
END_TEST

static uint64_t told_ns;

static void was_stopped(void *arg, uint64_t ns)
{
	(void)arg;
	told_ns += ns;
}

static void limit_over(void *arg)
{
	loop_quit(arg);
}

static void other_over(void *arg)
{
	*(bool *)arg = true;
}

/* A limit of two seconds, and a process that does not run for four. */
static void be_stopped(void)
{
	bool other = false;
	uint64_t begun = now_ns();
	struct loop loop;
	struct loop_timer limit = { .expired = limit_over,
				    .arg = &loop,
				    .limit = true };
	struct loop_timer timer = { .expired = other_over, .arg = &other };

	if (loop_init(&loop) < 0)
		_exit(1);
	loop.stopped = was_stopped;
	loop_arm(&loop, &limit, begun + 2 * NSEC_PER_SEC);
	loop_arm(&loop, &timer, begun + 2 * NSEC_PER_SEC);
	loop_run(&loop);
	/* It was not noticed at once. */
	if (told_ns < 2 * NSEC_PER_SEC)
		_exit(2);
	if (now_ns() - begun < 2 * NSEC_PER_SEC + told_ns)
		_exit(3);
	_exit(other ? 0 : 4);
}

START_TEST(a_limit_does_not_count_when_nothing_runs)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (!pid)
		be_stopped();
	usleep(200000);
	kill(pid, SIGSTOP);
	sleep(4);
	kill(pid, SIGCONT);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_ready_descriptor_is_called,
		a_regular_file_is_always_ready,
		many_descriptors,
		timers_expire_not_before_their_time,
		a_disarmed_timer_does_not_expire,
		a_limit_stands_still_while_it_is_held,
		posted_work_runs_at_least_once_after_each_post,
		cancelled_work_does_not_run,
		an_edge_is_one_event,
		a_level_is_asserted_until_it_is_lowered,
		a_limit_does_not_count_when_nothing_runs,
		NULL,
	};

	return unit_run(unit_suite("loop", tests));
}
