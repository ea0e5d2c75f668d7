/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll.c - what there is to wait for, and what came of it
 *
 * libslirp says for each of its sockets what it wants to know.  It gets less
 * than that where it would take harm or take on too much.
 */
#include "devices/slirp/poll.h"

#include <stdlib.h>
#include <sys/ioctl.h>

#include "devices/slirp/internal.h"
#include "devices/slirp/timewait.h"

int slirp_poll_add(struct slirp_net *net, int fd, short events)
{
	struct slirp_pollfds *polls = &net->poll.wanted;

	if (polls->n == polls->max) {
		size_t max = polls->max * 2 + 64;
		struct pollfd *fds = realloc(polls->fds, max * sizeof(*fds));

		if (!fds)
			return -1;
		polls->fds = fds;
		polls->max = max;
	}
	polls->fds[polls->n] = (struct pollfd){ .fd = fd, .events = events };
	return (int)polls->n++;
}

static int add_poll(int fd, int events, void *opaque)
{
	struct slirp_net *net = opaque;
	short wanted = 0;

	/* With as many connections as there may be, others wait. */
	if (fd_bits_has(&net->fds.listening, fd) && !slirp_fds_accept(net))
		return -1;
	if (events & SLIRP_POLL_OUT) {
		wanted |= POLLOUT;
		slirp_timewait_keep(net, fd);
	}
	if (!backlog_is_high(&net->delivery.backlog)) {
		if (events & SLIRP_POLL_IN)
			wanted |= POLLIN;
		if (events & SLIRP_POLL_PRI)
			wanted |= POLLPRI;
	}
	/* Even of one polled for nothing, poll(2) tells the end. */
	if (!(wanted & POLLIN) && fd_bits_has(&net->fds.dead, fd))
		return -1;
	return wanted ? slirp_poll_add(net, fd, wanted) : -1;
}

/* It has ended, or failed, of which libslirp hears when it has read all: in
 * writing it would take that for an end of the host's side. */
static int get_end(struct slirp_net *net, const struct pollfd *pfd)
{
	int unread = 0;

	if (pfd->events & POLLIN)
		return backlog_is_high(&net->delivery.backlog) ? 0 :
								 SLIRP_POLL_IN;
	/* It may have no room to read, and then gives up.  If it won't read any
	 * more, what it writes fails. */
	if (ioctl(pfd->fd, FIONREAD, &unread) < 0 || !unread)
		return SLIRP_POLL_OUT;
	fd_bits_add(&net->fds.dead, pfd->fd);
	return 0;
}

static int revents_of(struct slirp_net *net, const struct pollfd *pfd)
{
	short revents = pfd->revents;
	int events = 0;

	if (revents & (POLLERR | POLLHUP))
		return get_end(net, pfd);
	if (revents & pfd->events & POLLOUT)
		events |= SLIRP_POLL_OUT;
	/* The sockets read before may have made the backlog high. */
	if (backlog_is_high(&net->delivery.backlog))
		return events;
	if ((revents & POLLIN) && slirp_fds_offer(net, pfd->fd))
		events |= SLIRP_POLL_IN;
	if (revents & POLLPRI)
		events |= SLIRP_POLL_PRI;
	return events;
}

static int get_revents(int index, void *opaque)
{
	struct slirp_net *net = opaque;
	int events;

	if (index < 0)
		return 0;
	events = revents_of(net, &net->poll.results->fds[index]);
	if (events)
		slirp_idle_end(net);
	return events;
}

uint32_t slirp_poll_fill(struct slirp_net *net)
{
	uint32_t timeout = UINT32_MAX;

	net->poll.wanted.n = 0;
	slirp_poll_add(net, net->dev.wake_fd, POLLIN);
	slirp_poll_add(net, net->udp.fd,
		       backlog_is_high(&net->delivery.backlog) ? 0 : POLLIN);
	slirp_timewait_ask(net);
	slirp_pollfds_fill(net->slirp, &timeout, add_poll, net);
	return timeout;
}

void slirp_poll_tell(struct slirp_net *net, bool failed)
{
	net->fds.accepting = 0;
	slirp_pollfds_poll(net->slirp, failed, get_revents, net);
	slirp_fds_accepted(net);
}

void slirp_poll_free(struct slirp_net *net)
{
	free(net->poll.wanted.fds);
	free(net->poll.polled.fds);
}
