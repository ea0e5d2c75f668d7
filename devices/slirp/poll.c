/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll.c - what libslirp waits for, and which events it gets
 *
 * libslirp names the events that it wants for each of its sockets.  It does not
 * get those that would harm it or give it more than it has room for.
 */
#include "devices/slirp/poll.h"

#include <sys/ioctl.h>

#include "devices/slirp/internal.h"
#include "devices/slirp/timewait.h"

/* ---- What it wants. ---- */

static int add_poll(int fd, int events, void *opaque)
{
	struct slirp_shard *shard = opaque;
	struct slirp_net *net = shard->net;
	uint32_t wanted = 0;

	/* While there are as many connections as allowed, clients wait. */
	if (fd_bits_has(&net->fds.listening, fd) && !net->watches.accepts)
		return -1;
	if (events & SLIRP_POLL_OUT) {
		wanted |= EPOLLOUT;
		slirp_timewait_keep(net, fd);
	}
	if (!net->watches.was_high) {
		if (events & SLIRP_POLL_IN)
			wanted |= EPOLLIN;
		if (events & SLIRP_POLL_PRI)
			wanted |= EPOLLPRI;
	}
	/* The kernel reports the end of a socket even if nothing is waited
	 * for. */
	if (!(wanted & EPOLLIN) && fd_bits_has(&net->fds.dead, fd))
		return -1;
	return wanted ? slirp_watch_add(net, fd, wanted) : -1;
}

void slirp_poll_ask(struct slirp_shard *shard)
{
	slirp_watch_begin(shard->net);
	shard->timeout_ms = UINT32_MAX;
	slirp_pollfds_fill(shard->slirp, &shard->timeout_ms, add_poll, shard);
	shard->filled_ns = now_ns();
	slirp_watch_end(shard->net, &shard->watched);
}

/* If frames pile up, or clients may no longer be accepted, libslirp's instances
 * wait for other events than before. */
static void note_limits(struct slirp_net *net)
{
	bool high = backlog_is_high(&net->delivery.backlog);
	bool accepts = slirp_fds_accept(net);

	if (high != net->watches.was_high)
		slirp_shards_touch(net);
	if (accepts != net->watches.accepts)
		slirp_shard_touch(&net->shards.list[net->shards.accepting]);
	net->watches.was_high = high;
	net->watches.accepts = accepts;
}

void slirp_poll_fill(struct slirp_net *net)
{
	note_limits(net);
	slirp_timewait_ask(net);
	for (unsigned i = 0; i < net->shards.n; i++)
		if (net->shards.touched & BIT64(i))
			slirp_poll_ask(&net->shards.list[i]);
	net->shards.touched = 0;
}

/* ---- What came. ---- */

/* The socket has ended or failed.  libslirp must not notice before it has read
 * everything: a write that fails would look to it as if the host's side had
 * ended. */
static int get_end(struct slirp_net *net, int fd, const struct slirp_watch *w)
{
	int unread = 0;

	if (w->wanted & EPOLLIN)
		return backlog_is_high(&net->delivery.backlog) ? 0 :
								 SLIRP_POLL_IN;
	/* libslirp does not wait for data: it may have no room, and would give
	 * up if it had to read.  If nothing is left to read, it is told to
	 * write, and that fails. */
	if (ioctl(fd, FIONREAD, &unread) < 0 || !unread)
		return SLIRP_POLL_OUT;
	fd_bits_add(&net->fds.dead, fd);
	return 0;
}

static int revents_of(struct slirp_net *net, int fd)
{
	const struct slirp_watch *w = &net->watches.list[fd];
	int events = 0;

	if (w->came & (EPOLLERR | EPOLLHUP))
		return get_end(net, fd, w);
	if (w->came & EPOLLOUT)
		events |= SLIRP_POLL_OUT;
	/* Sockets that were read before this one may have filled the
	 * backlog. */
	if (backlog_is_high(&net->delivery.backlog))
		return events;
	if ((w->came & EPOLLIN) && slirp_fds_offer(net, fd))
		events |= SLIRP_POLL_IN;
	if (w->came & EPOLLPRI)
		events |= SLIRP_POLL_PRI;
	return events;
}

static int get_revents(int fd, void *opaque)
{
	struct slirp_shard *shard = opaque;
	int events;

	if (fd < 0 || !shard->net->watches.list[fd].came)
		return 0;
	events = revents_of(shard->net, fd);
	if (events)
		slirp_shard_active(shard);
	return events;
}

static void tell(struct slirp_shard *shard, bool failed)
{
	struct slirp_net *net = shard->net;

	net->fds.accepting = 0;
	slirp_pollfds_poll(shard->slirp, failed, get_revents, shard);
	slirp_fds_accepted(net);
	slirp_shard_touch(shard);
}

static bool is_due(const struct slirp_shard *shard)
{
	return slirp_idle_deadline(shard) <= shard->net->now_ns;
}

void slirp_poll_tell(struct slirp_net *net)
{
	/* The first instance is always called, as it tells all of them the
	 * time. */
	for (unsigned i = 0; i < net->shards.n; i++) {
		struct slirp_shard *shard = &net->shards.list[i];
		bool touched = net->shards.touched & BIT64(i);
		bool ready = net->shards.ready & BIT64(i);

		if (!i || touched || ready || is_due(shard))
			tell(shard, touched || !ready);
	}
	net->shards.ready = 0;
}
