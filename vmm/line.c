/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/line.h"

#include <poll.h>
#include <string.h>

#include "base/log.h"
#include "vmm/kvm.h"

static void resampled(void *arg, short revents)
{
	struct kvm_line *line = arg;

	(void)revents;
	irq_line_resample(&line->line);
}

int kvm_line_init(struct kvm_line *line, const struct kvm *kvm,
		  struct loop *loop, unsigned gsi)
{
	int err = irq_line_init(&line->line);

	if (err)
		log_err("event descriptors: %s: raise `ulimit -n`",
			strerror(-err));
	else
		err = kvm_wire_irq_line(kvm, gsi, &line->line);
	if (err) {
		irq_line_free(&line->line);
		return err;
	}
	line->loop = loop;
	line->resample = (struct loop_fd){ .fd = line->line.resample_fd,
					   .events = POLLIN,
					   .ready = resampled,
					   .arg = line };
	loop_add(loop, &line->resample);
	return 0;
}

void kvm_line_free(struct kvm_line *line)
{
	loop_remove(line->loop, &line->resample);
	irq_line_free(&line->line);
}
