/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/events.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sink.h"

/* Not for the command of --exec. */
static void keep_to_ourselves(int fd)
{
	if (fd > STDERR_FILENO)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

int events_open(struct events *events, int fd, int view_fd, uint64_t start_ns)
{
	const struct sink_config config = { .name = "--events",
					    .limit = SINK_LIMIT };
	int err;

	*events = (struct events){ .start_ns = start_ns, .view_fd = view_fd };
	keep_to_ourselves(view_fd);
	if (!fd)
		return 0;
	err = sink_open(&events->sink, &config);
	if (err)
		return log_fail(err, "--events: no memory for output: %s",
				strerror(-err));
	keep_to_ourselves(fd);
	sink_connect(events->sink, fd);
	return 0;
}

int events_start(struct events *events)
{
	return sink_start(events->sink);
}

static void write_line(struct events *events, const char *text)
{
	size_t len = strlen(text);

	if (events->sink) {
		sink_write(events->sink, text, len);
		sink_write(events->sink, "\n", 1);
	}
	/* The suite's socket never makes us wait, and it may miss an event. */
	if (events->view_fd && write(events->view_fd, text, len) < 0)
		return;
}

bool events_has_listeners(const struct events *events)
{
	return events->sink || events->view_fd;
}

void events_say(struct events *events, const char *name, uint64_t when_ns,
		json_t *more)
{
	double seconds = (double)(when_ns - events->start_ns) / NSEC_PER_SEC;
	json_t *line = NULL;
	char *text = NULL;

	events->last_ns = MAX(events->last_ns, when_ns);
	if (events_has_listeners(events))
		line = json_pack("{s:s, s:f}", "event", name, "seconds",
				 seconds);
	if (line && more)
		json_object_update(line, more);
	if (line)
		text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(9));
	if (text)
		write_line(events, text);
	free(text);
	json_decref(line);
	json_decref(more);
}

int events_close(struct events *events, unsigned patience_ms)
{
	int err = sink_close(events->sink, patience_ms);

	events->sink = NULL;
	return err;
}
