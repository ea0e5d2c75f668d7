/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices/slirp/internal.h"

/* ---- Descriptors. ---- */

static struct slirp_watch *find(const struct slirp_net *net, int fd)
{
	return fd >= 0 && (size_t)fd < net->watches.n ? &net->watches.list[fd] :
							NULL;
}

static struct slirp_watch *get(struct slirp_net *net, int fd)
{
	struct slirp_watches *watches = &net->watches;
	size_t n = (size_t)fd * 2 + 64;
	struct slirp_watch *list;

	if ((size_t)fd < watches->n)
		return &watches->list[fd];
	list = realloc(watches->list, n * sizeof(*list));
	if (!list)
		return NULL;
	memset(list + watches->n, 0, (n - watches->n) * sizeof(*list));
	watches->list = list;
	watches->n = n;
	return &list[fd];
}

static bool put(struct slirp_fd_list *list, int fd)
{
	size_t max = list->max * 2 + 16;
	int *fds;

	if (list->n == list->max) {
		fds = realloc(list->fds, max * sizeof(*fds));
		if (!fds)
			return false;
		list->fds = fds;
		list->max = max;
	}
	list->fds[list->n++] = fd;
	return true;
}

static bool want(struct slirp_net *net, int fd, uint32_t events)
{
	struct slirp_watch *w = &net->watches.list[fd];

	w->wanted = events;
	if (w->wanted == w->asked || w->pending)
		return true;
	w->pending = put(&net->watches.pending, fd);
	return w->pending;
}

int slirp_watch_add(struct slirp_net *net, int fd, uint32_t events)
{
	struct slirp_watch *w = get(net, fd);

	if (!w || !put(&net->watches.asking, fd))
		return -1;
	w->fill = net->watches.fills;
	return want(net, fd, events) ? fd : -1;
}

void slirp_watch_begin(struct slirp_net *net)
{
	net->watches.fills++;
	net->watches.asking.n = 0;
}

void slirp_watch_end(struct slirp_net *net, struct slirp_fd_list *owner)
{
	struct slirp_watches *watches = &net->watches;
	struct slirp_fd_list before = *owner;

	for (size_t i = 0; i < before.n; i++) {
		const struct slirp_watch *w = &watches->list[before.fds[i]];

		if (w->owner == owner && w->fill != watches->fills)
			want(net, before.fds[i], 0);
	}
	for (size_t i = 0; i < watches->asking.n; i++)
		watches->list[watches->asking.fds[i]].owner = owner;
	*owner = watches->asking;
	watches->asking = before;
}

void slirp_watch_own_begin(struct slirp_net *net)
{
	slirp_watch_begin(net);
	slirp_watch_add(net, net->dev.wake_fd, EPOLLIN);
	if (!backlog_is_high(&net->delivery.backlog))
		slirp_watch_add(net, net->udp.fd, EPOLLIN);
}

void slirp_watch_own_end(struct slirp_net *net)
{
	slirp_watch_end(net, &net->watches.own);
}

/* The instance that is the owner; NULL: there is none, or it is the network
 * itself. */
static struct slirp_shard *shard_at(const struct slirp_net *net,
				    struct slirp_fd_list *owner)
{
	if (!owner || owner == &net->watches.own)
		return NULL;
	return (void *)((char *)owner - offsetof(struct slirp_shard, watched));
}

void slirp_watch_forget(struct slirp_net *net, int fd)
{
	struct slirp_watch *w = find(net, fd);
	struct slirp_shard *shard = w ? shard_at(net, w->owner) : NULL;

	/* epoll forgets it by itself only when its last copy is closed. */
	if (w && w->asked)
		epoll_ctl(net->watches.fd, EPOLL_CTL_DEL, fd, NULL);
	if (w)
		*w = (struct slirp_watch){ .flow = w->flow,
					   .pending = w->pending };
	if (shard)
		slirp_shard_touch(shard);
}

bool slirp_watch_pair(struct slirp_net *net, int fd, struct flow *flow)
{
	struct slirp_watch *w = get(net, fd);

	if (w)
		w->flow = flow;
	return w;
}

struct flow *slirp_watch_paired(const struct slirp_net *net, int fd)
{
	const struct slirp_watch *w = find(net, fd);

	return w && w->flow && w->flow->fd == fd ? w->flow : NULL;
}

/* ---- The kernel. ---- */

static bool tell_kernel(struct slirp_net *net, int fd, struct slirp_watch *w)
{
	int op = !w->wanted ? EPOLL_CTL_DEL :
		 w->asked   ? EPOLL_CTL_MOD :
			      EPOLL_CTL_ADD;
	struct epoll_event event = { .events = w->wanted };

	if (w->wanted == w->asked)
		return true;
	if (!w->asked)
		w->number = ++net->watches.numbers;
	event.data.u64 = (uint64_t)w->number << 32 | (unsigned)fd;
	if (epoll_ctl(net->watches.fd, op, fd, &event) < 0) {
		log_guest(&net->limit,
			  "network: a socket can't be waited for: %s: "
			  "it is slow; raise fs.epoll.max_user_watches",
			  strerror(errno));
		return false;
	}
	w->asked = w->wanted;
	return true;
}

bool slirp_watch_commit(struct slirp_net *net)
{
	struct slirp_fd_list *pending = &net->watches.pending;
	size_t left = 0;

	for (size_t i = 0; i < pending->n; i++) {
		int fd = pending->fds[i];
		struct slirp_watch *w = &net->watches.list[fd];

		w->pending = !tell_kernel(net, fd, w);
		if (w->pending)
			pending->fds[left++] = fd;
	}
	pending->n = left;
	return !left;
}

static void note(struct slirp_net *net, int fd, uint32_t events)
{
	struct slirp_watch *w = &net->watches.list[fd];
	const struct slirp_shard *shard = shard_at(net, w->owner);
	uint32_t came = events & (w->wanted | EPOLLERR | EPOLLHUP);

	if (!w->wanted || !came || net->watches.n_came == SLIRP_EVENTS)
		return;
	w->came = came;
	net->watches.came[net->watches.n_came++] = fd;
	if (shard)
		net->shards.ready |= slirp_shard_bit(shard);
}

bool slirp_watch_take(struct slirp_net *net, const struct epoll_event *events,
		      int n)
{
	bool woken = false;

	for (int i = 0; i < n; i++) {
		int fd = (int)(uint32_t)events[i].data.u64;
		const struct slirp_watch *w = find(net, fd);

		if (fd == net->dev.wake_fd)
			woken = true;
		else if (!net->watches.outdated &&
			 w->number == events[i].data.u64 >> 32)
			note(net, fd, events[i].events);
	}
	return woken;
}

bool slirp_watch_look(struct slirp_net *net)
{
	const struct slirp_fd_list *pending = &net->watches.pending;
	struct pollfd pfds[SLIRP_EVENTS];
	nfds_t n = 0;

	/* Each look begins with another one, if the kernel refuses many. */
	net->watches.looks++;
	for (size_t i = 0; i < pending->n && n < SLIRP_EVENTS; i++) {
		size_t at =
			(net->watches.looks * SLIRP_EVENTS + i) % pending->n;
		const struct slirp_watch *w =
			&net->watches.list[pending->fds[at]];

		if (w->wanted & ~w->asked)
			pfds[n++] = (struct pollfd){
				.fd = pending->fds[at],
				.events = (short)w->wanted,
			};
	}
	if (!n || poll(pfds, n, 0) <= 0)
		return false;
	/* The events of poll(2) have the same bits in epoll(7). */
	for (nfds_t i = 0; i < n; i++)
		if (pfds[i].revents)
			note(net, pfds[i].fd, (uint16_t)pfds[i].revents);
	net->watches.outdated = true;
	return true;
}

uint32_t slirp_watch_came(const struct slirp_net *net, int fd)
{
	const struct slirp_watch *w = find(net, fd);

	return w ? w->came : 0;
}

void slirp_watch_done(struct slirp_net *net)
{
	for (unsigned i = 0; i < net->watches.n_came; i++)
		net->watches.list[net->watches.came[i]].came = 0;
	net->watches.n_came = 0;
	net->shards.ready = 0;
}

/* ---- Opening and closing. ---- */

int slirp_watch_open(struct slirp_net *net)
{
	net->watches.fd = epoll_create1(EPOLL_CLOEXEC);
	return net->watches.fd < 0 ? -errno : 0;
}

void slirp_watch_free(struct slirp_net *net)
{
	for (unsigned i = 0; i < SLIRP_SHARDS; i++)
		free(net->shards.list[i].watched.fds);
	free(net->watches.own.fds);
	free(net->watches.asking.fds);
	free(net->watches.pending.fds);
	free(net->watches.list);
	close_fd(&net->watches.fd);
}
