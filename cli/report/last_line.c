/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/report/last_line.h"

#include <string.h>

#include "base/printable.h"
#include "base/util.h"
#include "cli/report/report.h"

/* The least time between two events. */
#define PAUSE_NS (250 * NSEC_PER_MSEC)

/* The last line of @len bytes of @text in which there is more than blanks, and
 * without escape sequences; empty: there is none.  Changes @text. */
static void find_line(char line[WATCH_LINE], char *text, size_t len)
{
	char *begin;
	size_t n = 0;

	while (len && strchr(" \t\n", text[len - 1]))
		len--;
	begin = memrchr(text, '\n', len);
	begin = begin ? begin + 1 : text;
	len = without_escapes(begin, len - (size_t)(begin - text));
	for (size_t i = 0; i < len && n < WATCH_LINE - 1; i++)
		if (begin[i])
			line[n++] = begin[i];
	line[n] = '\0';
}

static void look(struct last_line *last)
{
	char tail[WATCH_TAIL], line[WATCH_LINE] = "";
	size_t len;

	(void)__atomic_exchange_n(&last->noted, false, __ATOMIC_ACQ_REL);
	len = watch_tail(last->watch, tail);
	find_line(line, tail, len);
	if (!*line || strcmp(line, last->told) == 0)
		return;
	memcpy(last->told, line, sizeof(line));
	report_said(last->report, line);
}

static void look_and_pause(void *arg)
{
	struct last_line *last = arg;

	/* The timer looks. */
	if (last->again.armed)
		return;
	look(last);
	loop_arm(last->loop, &last->again, now_ns() + PAUSE_NS);
}

static void pause_over(void *arg)
{
	struct last_line *last = arg;

	/* Relaxed: look() has what it needs. */
	if (__atomic_load_n(&last->noted, __ATOMIC_RELAXED))
		look_and_pause(last);
}

void last_line_note(struct last_line *last)
{
	if (last->report &&
	    !__atomic_exchange_n(&last->noted, true, __ATOMIC_ACQ_REL))
		loop_post(last->loop, &last->spoke);
}

void last_line_end(struct last_line *last)
{
	if (last->report)
		look(last);
}

void last_line_init(struct last_line *last, struct loop *loop,
		    struct watch *watch, struct report *report)
{
	*last = (struct last_line){
		.loop = loop,
		.watch = watch,
		.report = report_has_listeners(report) ? report : NULL,
		.spoke = { .fn = look_and_pause, .arg = last },
		.again = { .expired = pause_over, .arg = last },
	};
}

void last_line_free(struct last_line *last)
{
	loop_cancel(last->loop, &last->spoke);
	loop_disarm(last->loop, &last->again);
}
