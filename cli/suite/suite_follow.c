/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/suite/suite_follow.h"

#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"

/* Longer events are none that are shown. */
enum { EVENT_MAX = 4096 };

void suite_follow_event(struct suite_follow *follow, const char *text,
			size_t len)
{
	json_t *json = json_loadb(text, len, 0, NULL);
	const char *event = json_string_value(json_object_get(json, "event"));
	const char *line = json_string_value(json_object_get(json, "line"));

	if (line)
		snprintf(follow->line, sizeof(follow->line), "%s", line);
	else if (event && strcmp(event, "forward") != 0)
		snprintf(follow->phase, sizeof(follow->phase), "%s", event);
	json_decref(json);
}

static void ready(void *arg, short revents)
{
	struct suite_follow *follow = arg;
	char text[EVENT_MAX];
	ssize_t n = recv(follow->source.fd, text, sizeof(text), MSG_DONTWAIT);

	(void)revents;
	if (n > 0)
		suite_follow_event(follow, text, (size_t)n);
	else
		loop_remove(follow->loop, &follow->source);
	follow->changed(follow->arg);
}

int suite_follow_begin(struct suite_follow *follow)
{
	int ends[2];

	snprintf(follow->phase, sizeof(follow->phase), "start");
	follow->line[0] = '\0';
	follow->source = (struct loop_fd){ .fd = -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       0, ends) < 0)
		return -1;
	follow->source = (struct loop_fd){
		.fd = ends[0], .events = POLLIN, .ready = ready, .arg = follow
	};
	loop_add(follow->loop, &follow->source);
	return ends[1];
}

void suite_follow_end(struct suite_follow *follow)
{
	loop_remove(follow->loop, &follow->source);
	close_fd(&follow->source.fd);
}
