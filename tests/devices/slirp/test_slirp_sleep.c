/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network's thread sleeps while what the guest sends changes nothing about
 * what it waits for, and learns of what does.
 *
 * The program is linked with pthread_mutex_trylock(3) replaced, to have it
 * fail.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "devices/slirp/internal.h"
#include "tests/net_guest.h"

enum { ROUNDS = 200 };

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static struct guest g;
/* The test's thread, the tx worker, finds the lock taken. */
static bool is_taken;

int __real_pthread_mutex_trylock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_trylock(pthread_mutex_t *lock);

int __wrap_pthread_mutex_trylock(pthread_mutex_t *lock)
{
	return is_taken ? EBUSY : __real_pthread_mutex_trylock(lock);
}

/* Of libslirp's timers there are two a second at most. */
static void check_slept(uint64_t turns, uint64_t begun_ns)
{
	uint64_t seconds = (now_ns() - begun_ns) / NSEC_PER_SEC;

	ck_assert_uint_le(guest_stat(&g, "turns") - turns,
			  10 + 3 * (seconds + 1));
}

START_TEST(it_sleeps_while_libslirp_answers)
{
	uint64_t turns, begun = now_ns();

	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
	turns = guest_stat(&g, "turns");
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned n = g.n_icmp;

		guest_echo(&g, gateway, 8, 0);
		guest_until(&g, g.n_icmp > n);
	}
	check_slept(turns, begun);
	guest_close(&g);
}
END_TEST

START_TEST(it_sleeps_while_the_host_takes_what_is_sent)
{
	uint64_t turns, begun;
	struct guest_tcp *t;
	uint16_t port;
	int listener = host_socket(AF_INET, SOCK_STREAM, &port), fd = -1;

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	t = guest_connect(&g, gateway, 4, port);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	begun = now_ns();
	turns = guest_stat(&g, "turns");
	for (unsigned i = 0; i < ROUNDS; i++) {
		char c;

		guest_segment(&g, t, TCP_ACK | TCP_PSH, "x", 1);
		guest_until(&g, recv(fd, &c, 1, MSG_DONTWAIT) == 1);
	}
	check_slept(turns, begun);
	close(fd);
	close(listener);
	guest_close(&g);
}
END_TEST

/* Each acknowledgement makes room in libslirp for what the host has sent long
 * ago. */
START_TEST(it_sleeps_while_the_guest_takes_what_came)
{
	static char data[1 << 20];
	struct guest_tcp *t;
	uint64_t turns, begun, sent = 0;
	uint16_t port;
	int listener = host_socket(AF_INET, SOCK_STREAM, &port), fd = -1;
	ssize_t n;

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	t = guest_connect(&g, gateway, 4, port);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	while ((n = send(fd, data, sizeof(data), MSG_DONTWAIT)) > 0)
		sent += (uint64_t)n;
	ck_assert_uint_ge(sent, 20 * 65536);
	begun = now_ns();
	turns = guest_stat(&g, "turns");
	guest_until(&g, t->received == sent);
	check_slept(turns, begun);
	close(fd);
	close(listener);
	guest_close(&g);
}
END_TEST

/* More are to come, but this one is answered; it is not said that these were
 * all. */
START_TEST(the_first_of_many_frames_does_not_wait)
{
	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
	for (unsigned i = 0; i < 10; i++) {
		unsigned n = g.n_icmp;

		/* Until it sleeps. */
		usleep(10000);
		g.sends_more = true;
		guest_echo(&g, gateway, 8, 0);
		guest_until(&g, g.n_icmp > n);
		g.sends_more = false;
		netdev_tx_done(g.dev);
	}
	guest_close(&g);
}
END_TEST

/* The thread is about to sleep, or to get up, and still has the lock. */
START_TEST(a_frame_put_at_the_edge_of_sleep_is_not_lost)
{
	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
	is_taken = true;
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned n = g.n_icmp;

		guest_echo(&g, gateway, 8, 0);
		guest_until(&g, g.n_icmp > n);
	}
	ck_assert_uint_gt(guest_stat(&g, "tx_wakes"), 0);
	is_taken = false;
	guest_close(&g);
}
END_TEST

/* Whether it sleeps, and the kernel does not know all that it is to wait
 * for. */
static bool is_uninformed(void)
{
	struct slirp_net *net = (struct slirp_net *)(void *)g.dev;
	bool uninformed;

	pthread_mutex_lock(&net->loop.lock);
	uninformed = net->loop.deadline_ns && net->watches.pending.n;
	pthread_mutex_unlock(&net->loop.lock);
	return uninformed;
}

/* The host takes no more: from now on there is its socket to wait for. */
START_TEST(it_learns_of_what_else_to_wait_for)
{
	static uint8_t data[1400], taken[1 << 16];
	struct guest_tcp *t;
	uint64_t sent = 0, came = 0;
	uint16_t port;
	int listener = host_socket(AF_INET, SOCK_STREAM, &port), fd = -1;

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	t = guest_connect(&g, gateway, 4, port);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	do {
		while (t->acked + t->window - t->next >= sizeof(data)) {
			guest_segment(&g, t, TCP_ACK, data, sizeof(data));
			sent += sizeof(data);
			ck_assert(!is_uninformed());
		}
	} while (guest_step(&g, 100));
	while (came < sent) {
		ssize_t n = recv(fd, taken, sizeof(taken), MSG_DONTWAIT);

		came += n > 0 ? (size_t)n : 0;
		guest_step(&g, 1);
	}
	close(fd);
	close(listener);
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_sleeps_while_libslirp_answers,
		it_sleeps_while_the_host_takes_what_is_sent,
		it_sleeps_while_the_guest_takes_what_came,
		a_frame_put_at_the_edge_of_sleep_is_not_lost,
		the_first_of_many_frames_does_not_wait,
		it_learns_of_what_else_to_wait_for,
		NULL,
	};

	return unit_run(unit_suite("slirp_sleep", tests));
}
