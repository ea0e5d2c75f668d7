/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes too late is not believed: libslirp was called meanwhile, or the
 * descriptor is another one's.  Without a thread.
 */
#include <sys/resource.h>
#include <unistd.h>

#include "devices/slirp/internal.h"
#include "devices/slirp/poll.h"
#include "tests/net_guest.h"

static struct guest g;
static struct slirp_net *net;

static bool take(void *arg, const void *frame, size_t len)
{
	(void)arg;
	(void)frame;
	return len > 0;
}

static void nothing(void *arg)
{
	(void)arg;
}

/* A forward to a guest that is known. */
static void open_forward(void)
{
	guest_open(&g, "user", "0:22", NULL);
	net = (struct slirp_net *)(void *)g.dev;
	net->nic = (struct netdev_nic){ .rx = take, .rx_done = nothing };
	memcpy(&net->guest.v4, g.addr4, 4);
	slirp_forwards_follow(net);
}

/* And a client at it. */
static int open_with_client(void)
{
	open_forward();
	slirp_forwards_move(net);
	return host_connect(&g.config.forwards.list[0]);
}

static int wait_for(struct epoll_event *events)
{
	slirp_tx_prepare(net);
	slirp_watch_commit(net);
	return epoll_wait(net->watches.fd, events, SLIRP_EVENTS,
			  GUEST_PATIENCE_MS);
}

START_TEST(an_instance_that_was_called_meanwhile_is_not_told)
{
	struct epoll_event events[SLIRP_EVENTS];
	int client = open_with_client();
	int n = wait_for(events);

	ck_assert_int_eq(n, 1);
	slirp_watch_take(net, events, n);
	slirp_shard_touch(&net->shards.list[0]);
	slirp_poll_tell(net);
	slirp_watch_done(net);
	ck_assert_uint_eq(net->fds.live.count, 0);
	/* It comes again. */
	n = wait_for(events);
	slirp_watch_take(net, events, n);
	slirp_poll_tell(net);
	ck_assert_uint_eq(net->fds.live.count, 1);
	close(client);
	guest_close(&g);
}
END_TEST

START_TEST(what_the_other_thread_has_told_is_not_told_again)
{
	struct epoll_event events[SLIRP_EVENTS];
	int client = open_with_client();
	int n = wait_for(events);

	net->watches.outdated = true;
	slirp_watch_take(net, events, n);
	ck_assert_uint_eq(net->watches.n_came, 0);
	net->watches.outdated = false;
	slirp_watch_take(net, events, n);
	ck_assert_uint_eq(net->watches.n_came, 1);
	close(client);
	guest_close(&g);
}
END_TEST

START_TEST(what_came_for_a_closed_descriptor_is_nobodys)
{
	struct epoll_event events[SLIRP_EVENTS];
	int client = open_with_client();
	int n = wait_for(events);
	int fd = net->forwards.list[0].fd;

	/* The same number again, for the same socket, of which there is another
	 * copy. */
	slirp_watch_forget(net, fd);
	ck_assert_int_eq(epoll_wait(net->watches.fd, events + 1, 1, 0), 0);
	slirp_tx_prepare(net);
	slirp_watch_commit(net);
	slirp_watch_take(net, events, n);
	ck_assert_uint_eq(net->watches.n_came, 0);
	close(client);
	guest_close(&g);
}
END_TEST

/* The kernel tells of an end even when the other thread does not want to know
 * anything of the descriptor any more. */
START_TEST(what_nobody_wants_is_not_kept_for_later)
{
	struct epoll_event events[SLIRP_EVENTS];
	int client = open_with_client();
	int n = wait_for(events);
	int fd = net->forwards.list[0].fd;

	net->watches.list[fd].wanted = 0;
	events[0].events = EPOLLHUP;
	slirp_watch_take(net, events, n);
	slirp_watch_done(net);
	ck_assert_uint_eq(slirp_watch_came(net, fd), 0);
	close(client);
	guest_close(&g);
}
END_TEST

/* The forward is about to move away from an instance that is full. */
START_TEST(nothing_is_accepted_while_forwards_move)
{
	struct epoll_event events[SLIRP_EVENTS];
	int client = open_with_client();

	ck_assert_int_eq(wait_for(events), 1);
	net->shards.list[0].live = SLIRP_SHARD_FULL;
	slirp_tx_prepare(net);
	slirp_watch_commit(net);
	ck_assert_uint_eq(net->forwards.moving, 1);
	ck_assert_int_eq(epoll_wait(net->watches.fd, events, 1, 0), 0);
	/* It waits at the new place. */
	slirp_forwards_move(net);
	ck_assert_int_eq(wait_for(events), 1);
	ck_assert_int_eq((int)(uint32_t)events[0].data.u64,
			 net->forwards.list[0].fd);
	ck_assert_uint_eq(net->forwards.list[0].shard, 1);
	net->shards.list[0].live = 0;
	close(client);
	guest_close(&g);
}
END_TEST

static void set_fds(rlim_t soft)
{
	struct rlimit fds;

	getrlimit(RLIMIT_NOFILE, &fds);
	fds.rlim_cur = soft;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &fds), 0);
}

/* There was no descriptor when the forward was to move to an instance: it does
 * so when somebody comes. */
START_TEST(a_forward_that_could_not_move_is_moved_later)
{
	struct epoll_event events[SLIRP_EVENTS];
	struct rlimit fds;
	int client, n;

	getrlimit(RLIMIT_NOFILE, &fds);
	open_forward();
	set_fds(3);
	slirp_forwards_move(net);
	set_fds(fds.rlim_cur);
	ck_assert_int_eq(net->forwards.list[0].fd, -1);
	client = host_connect(&g.config.forwards.list[0]);
	n = wait_for(events);
	ck_assert_int_eq(n, 1);
	slirp_watch_take(net, events, n);
	slirp_forwards_ask(net);
	slirp_watch_done(net);
	slirp_forwards_move(net);
	ck_assert_int_ge(net->forwards.list[0].fd, 0);
	close(client);
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_instance_that_was_called_meanwhile_is_not_told,
		what_the_other_thread_has_told_is_not_told_again,
		what_came_for_a_closed_descriptor_is_nobodys,
		what_nobody_wants_is_not_kept_for_later,
		nothing_is_accepted_while_forwards_move,
		a_forward_that_could_not_move_is_moved_later,
		NULL,
	};

	return unit_run(unit_suite("slirp_poll", tests));
}
