/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/backlog.h"

#include <stdlib.h>
#include <string.h>

#include "base/count.h"

struct backlog_frame {
	struct backlog_frame *next;
	size_t len;
	uint8_t data[];
};

bool backlog_add(struct backlog *backlog, const void *frame, size_t len)
{
	size_t size = sizeof(struct backlog_frame) + len;
	struct backlog_frame *f = NULL;

	if (backlog->bytes + size <= BACKLOG_MAX)
		f = malloc(size);
	if (!f) {
		count_add(&backlog->refused, 1);
		return false;
	}
	f->next = NULL;
	f->len = len;
	memcpy(f->data, frame, len);
	if (backlog->last)
		backlog->last->next = f;
	else
		backlog->first = f;
	backlog->last = f;
	backlog->bytes += size;
	count_peak(&backlog->peak, backlog->bytes);
	return true;
}

const void *backlog_first(const struct backlog *backlog, size_t *len)
{
	if (!backlog->first)
		return NULL;
	*len = backlog->first->len;
	return backlog->first->data;
}

void backlog_remove(struct backlog *backlog)
{
	struct backlog_frame *f = backlog->first;

	backlog->first = f->next;
	if (!f->next)
		backlog->last = NULL;
	backlog->bytes -= sizeof(*f) + f->len;
	free(f);
}

void backlog_clear(struct backlog *backlog)
{
	while (backlog->first)
		backlog_remove(backlog);
}
