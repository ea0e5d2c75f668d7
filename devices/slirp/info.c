/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * info.c - what libslirp says about its connections
 *
 * A line of its table about TCP is
 *
 *	TCP[STATE] FD SOURCE PORT DESTINATION PORT RECV-Q SEND-Q
 *
 * For a connection to the guest, it has the host's own port in place of the
 * port of the guest's peer.
 */
#include "devices/slirp/info.h"

#include <stdlib.h>
#include <string.h>

#include "devices/slirp/internal.h"

/* Included last, as it defines its own MIN and MAX. */
#include <glib.h>

/* The words of a line. */
enum {
	WORD_STATE,
	WORD_FD,
	WORD_SOURCE,
	WORD_PORT,
	WORD_TO,
	WORD_TO_PORT,
	WORD_RECV_Q,
	WORD_SEND_Q,
};

/* The line without its indentation if it is about TCP; else NULL. */
static const char *tcp_line(const char *line)
{
	line += strspn(line, " ");
	return strncmp(line, "TCP[", 4) == 0 ? line : NULL;
}

/* The number at the beginning of word @n. */
static long word(const char *line, unsigned n)
{
	for (; n; n--) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return strtol(line, NULL, 10);
}

static bool is_in(const char *line, const char *state)
{
	size_t len = strlen(state);

	return strncmp(line + 4, state, len) == 0 && line[4 + len] == ']';
}

/* Call @about(@arg, line) for each line of @shard about TCP. */
static void walk(const struct slirp_shard *shard,
		 void (*about)(void *arg, const char *line), void *arg)
{
	char *info = slirp_connection_info(shard->slirp), *rest = info, *line;

	while ((line = strsep(&rest, "\n")))
		if (tcp_line(line))
			about(arg, tcp_line(line));
	g_free(info);
}

struct question {
	const struct flow *flow;
	/* Whether a connection with these ports was found, and whether one was
	 * in another state. */
	bool found, other;
};

static void look_for(void *arg, const char *line)
{
	struct question *q = arg;
	const struct flow *flow = q->flow;
	uint16_t from, to;

	if (is_in(line, "HOST_FORWARD"))
		return;
	from = (uint16_t)word(line, WORD_PORT);
	to = (uint16_t)word(line, WORD_TO_PORT);
	if ((from != flow->port || to != flow->peer_port) && to != flow->port)
		return;
	q->found = true;
	q->other |= !is_in(line, "ESTABLISHED");
}

bool slirp_info_established(struct slirp_net *net, const struct flow *flow)
{
	struct question q = { .flow = flow };

	walk(slirp_shard_of(net, flow), look_for, &q);
	return q.found && !q.other;
}

static void look_for_timer(void *arg, const char *line)
{
	bool *quiet = arg;

	if (is_in(line, "HOST_FORWARD"))
		return;
	/* The queue also has what the guest has not acknowledged yet. */
	if ((!is_in(line, "ESTABLISHED") && !is_in(line, "CLOSE_WAIT")) ||
	    word(line, WORD_SEND_Q) != 0)
		*quiet = false;
}

bool slirp_info_quiet(struct slirp_shard *shard)
{
	bool quiet = true;

	walk(shard, look_for_timer, &quiet);
	return quiet;
}

static void count_bare(void *arg, const char *line)
{
	unsigned *n = arg;

	*n += word(line, WORD_FD) < 0;
}

unsigned slirp_info_bare(struct slirp_net *net)
{
	unsigned n = 0;

	for (unsigned i = 0; i < net->shards.n; i++)
		walk(&net->shards.list[i], count_bare, &n);
	return n;
}
