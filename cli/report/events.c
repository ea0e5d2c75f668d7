/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/events.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sink.h"

int events_open(struct events *events, int fd, uint64_t start_ns)
{
	const struct sink_config config = { .name = "--events",
					    .limit = SINK_LIMIT };
	int err;

	*events = (struct events){ .start_ns = start_ns };
	if (fd < 0)
		return 0;
	err = sink_open(&events->sink, &config);
	if (err)
		return log_fail(err, "--events: no memory for output: %s",
				strerror(-err));
	/* Not for the command of --exec. */
	if (fd > STDERR_FILENO)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	sink_connect(events->sink, fd);
	return 0;
}

int events_start(struct events *events)
{
	return sink_start(events->sink);
}

void events_say(struct events *events, const char *name, uint64_t when_ns,
		json_t *more)
{
	double seconds = (double)(when_ns - events->start_ns) / NSEC_PER_SEC;
	json_t *line = NULL;
	char *text = NULL;

	events->last_ns = MAX(events->last_ns, when_ns);
	if (events->sink)
		line = json_pack("{s:s, s:f}", "event", name, "seconds",
				 seconds);
	if (line && more)
		json_object_update(line, more);
	if (line)
		text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(9));
	if (text) {
		sink_write(events->sink, text, strlen(text));
		sink_write(events->sink, "\n", 1);
	}
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
