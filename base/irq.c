/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/irq.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>

#include "base/util.h"

static int open_eventfd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

int irq_init(struct irq *irq)
{
	irq->fd = open_eventfd();
	return MIN(irq->fd, 0);
}

void irq_free(struct irq *irq)
{
	close_fd(&irq->fd);
}

void irq_pulse(const struct irq *irq)
{
	raise_event(irq->fd);
}

int irq_line_init(struct irq_line *line)
{
	*line = (struct irq_line){ .assert_fd = -1, .resample_fd = -1 };
	pthread_mutex_init(&line->lock, NULL);
	line->assert_fd = open_eventfd();
	line->resample_fd = open_eventfd();
	return MIN(MIN(line->assert_fd, line->resample_fd), 0);
}

void irq_line_free(struct irq_line *line)
{
	close_fd(&line->assert_fd);
	close_fd(&line->resample_fd);
	pthread_mutex_destroy(&line->lock);
}

void irq_line_set(struct irq_line *line, bool level)
{
	pthread_mutex_lock(&line->lock);
	if (level && !line->level)
		raise_event(line->assert_fd);
	line->level = level;
	pthread_mutex_unlock(&line->lock);
}

void irq_line_resample(struct irq_line *line)
{
	uint64_t count;

	/* Drain first, look second: the other order loses an interrupt. */
	if (read(line->resample_fd, &count, sizeof(count)) < 0)
		return;
	pthread_mutex_lock(&line->lock);
	if (line->level)
		raise_event(line->assert_fd);
	pthread_mutex_unlock(&line->lock);
}
