/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vq_stats.c - what a queue counts
 */
#include "devices/virtio/vq.h"

#define OF(field)  offsetof(struct vq_stats, field), COUNT_SUM
#define LOG(field) offsetof(struct vq_stats, field), COUNT_HISTOGRAM

static const struct count_spec specs[] = {
	{ "kicks", "kicks by the driver", OF(kicks) },
	{ "kicks_suppressed",
	  "buffers found while no kicks were asked for; each might have been "
	  "a kick",
	  OF(unkicked) },
	{ "kicks_early",
	  "times buffers were found, by who woke for another reason, before "
	  "the kick that had been asked for",
	  OF(early) },
	{ "polls_paid",
	  "times buffers were found by looking for them before going to sleep",
	  OF(polls_paid) },
	{ "polls_vain", "times there were none", OF(polls_vain) },
	{ "lost_kick",
	  "times a kick that had been asked for did not come, or was not "
	  "seen, for more than a second",
	  OF(lost_kicks) },
	{ "buffers", "buffers given back to the driver", OF(used) },
	{ "index_wraps",
	  "times the index of used buffers came round: after 65536 buffers "
	  "in a split ring, two laps in a packed one",
	  OF(wraps) },
	{ "interrupts", "interrupts for used buffers", OF(interrupts) },
	{ "interrupts_suppressed",
	  "batches of used buffers for which the driver wanted no interrupt",
	  OF(suppressed) },
	{ "latency_ns",
	  "how long batches took from the first buffer's being taken to their "
	  "being given back, in nanoseconds",
	  LOG(latency) },
};

const struct count_table vq_stats_table = { "queue", specs, ARRAY_SIZE(specs) };
