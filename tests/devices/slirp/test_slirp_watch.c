/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets that epoll refuses are served all the same, if slowly.  The user may
 * have as many watches as there may be (fs.epoll.max_user_watches).
 *
 * The program is linked with epoll_ctl(2) replaced, to have it fail.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "devices/slirp/internal.h"
#include "tests/net_guest.h"

/* More than are looked at in one turn. */
enum { CONNECTIONS = SLIRP_EVENTS + 8 };

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static struct guest g;
/* No descriptor more can be watched.  Atomic and relaxed: it says nothing about
 * other memory. */
static bool is_full;

int __real_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event);

int __wrap_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	if (op == EPOLL_CTL_ADD &&
	    __atomic_load_n(&is_full, __ATOMIC_RELAXED)) {
		errno = ENOSPC;
		return -1;
	}
	return __real_epoll_ctl(epfd, op, fd, event);
}

static void set_full(bool full)
{
	__atomic_store_n(&is_full, full, __ATOMIC_RELAXED);
}

static bool is_complete(void)
{
	struct slirp_net *net = (struct slirp_net *)(void *)g.dev;
	bool complete;

	pthread_mutex_lock(&net->loop.lock);
	complete = !net->watches.pending.n;
	pthread_mutex_unlock(&net->loop.lock);
	return complete;
}

START_TEST(what_comes_from_the_host_arrives)
{
	struct guest_tcp *t[CONNECTIONS];
	int fd[CONNECTIONS];
	uint16_t port;
	int listener = host_socket(AF_INET, SOCK_STREAM, &port);

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	set_full(true);
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		t[i] = guest_connect(&g, gateway, 4, port);
		fd[i] = -1;
		guest_until(&g, (fd[i] = accept(listener, NULL, NULL)) >= 0);
	}
	/* The last first: there is no order in which all are found at once. */
	for (unsigned i = CONNECTIONS; i--;)
		ck_assert_int_eq(send(fd[i], "x", 1, 0), 1);
	for (unsigned i = 0; i < CONNECTIONS; i++)
		guest_until(&g, t[i]->received == 1);
	ck_assert(!is_complete());
	/* Then there is room, and nothing is pending any more. */
	set_full(false);
	guest_until(&g, is_complete());
	for (unsigned i = 0; i < CONNECTIONS; i++)
		close(fd[i]);
	close(listener);
	guest_close(&g);
}
END_TEST

/* Also the descriptor by which the guest and the tx worker wake the thread. */
START_TEST(a_start_without_any_watch)
{
	uint64_t n;

	guest_open(&g, "user", NULL, NULL);
	set_full(true);
	guest_up(&g);
	n = g.n_icmp;
	guest_echo(&g, gateway, 8, 0);
	guest_until(&g, g.n_icmp > n);
	set_full(false);
	guest_until(&g, is_complete());
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_comes_from_the_host_arrives,
		a_start_without_any_watch,
		NULL,
	};

	return unit_run(unit_suite("slirp_watch", tests));
}
