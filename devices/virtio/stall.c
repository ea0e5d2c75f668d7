/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/virtio/stall.h"

#include <stdio.h>

/* Used buffers of which the driver must take notice: those for received
 * data that it has not lent again, or else all there are, for then it cannot
 * send. */
static bool unnoticed(const struct stall_snapshot *s)
{
	uint16_t behind = vq_snapshot_behind(&s->vq);

	if (!behind)
		return false;
	return s->receives ? s->vq.lent < s->vq.stock : behind == s->vq.size;
}

/* A driver that was never ready to receive is not stalled: its interface is
 * not up. */
static bool starved(const struct stall_snapshot *s)
{
	return s->receives && s->waits && (s->vq.buffers || s->vq.lent);
}

/* The device has taken buffers that it has not given back. */
static bool under_way(const struct stall_snapshot *s)
{
	return s->vq.avail != s->vq.used;
}

enum stall stall_owed(const struct stall_snapshot *s)
{
	if (!s->vq.running || s->vq.broken)
		return STALL_NONE;
	if (s->vq.armed && s->vq.unseen)
		return s->vq.asks && !s->rung ? STALL_NO_KICK : STALL_LOST_KICK;
	if (s->stream && (s->receives || s->waits))
		return STALL_NONE;
	if (unnoticed(s))
		return STALL_NOT_CONSUMING;
	if (starved(s))
		return STALL_STARVED;
	if (!s->receives && s->waits && (s->vq.lent || under_way(s)))
		return STALL_BACK_END;
	return !s->receives && s->vq.lent ? STALL_LOST_KICK : STALL_NONE;
}

bool stall_unclear(const struct stall_snapshot *s)
{
	return s->vq.running && s->receives && s->vq.buffers &&
	       s->vq.wish == VQ_EVENT_ALWAYS && s->vq.told == s->vq.used &&
	       s->vq.lent < s->vq.stock;
}

bool stall_moved(const struct stall_snapshot *a, const struct stall_snapshot *b)
{
	return a->vq.running != b->vq.running || a->vq.avail != b->vq.avail ||
	       a->vq.used != b->vq.used || a->vq.driver != b->vq.driver ||
	       a->vq.kicks != b->vq.kicks;
}

/* An interrupt is on its way and stays there. */
static bool interrupt_waits(const struct stall_snapshot *s)
{
	if (s->msix)
		return s->has_vector && s->pending;
	return s->isr && s->pin_enabled;
}

/* Does @cpu keep it there?  A handler that never ends has it in service. */
static bool holds(const struct stall_snapshot *s, const struct stall_cpu *cpu)
{
	if (!cpu->interrupts_off)
		return false;
	return cpu->requested || cpu->in_service ||
	       (!s->msix && interrupt_waits(s));
}

enum stall stall_judge(enum stall owed, const struct stall_snapshot *s,
		       const struct stall_cpu *cpu, unsigned n,
		       const struct stall_cpu **culprit)
{
	*culprit = NULL;
	if (owed != STALL_NONE && owed != STALL_NOT_CONSUMING &&
	    owed != STALL_STARVED)
		return owed;
	for (unsigned i = 0; i < n && !*culprit; i++)
		if (holds(s, &cpu[i]))
			*culprit = &cpu[i];
	if (*culprit)
		return STALL_NOT_TAKEN;
	/* A driver that polls may leave the interrupt pending. */
	if (owed != STALL_NONE && interrupt_waits(s))
		return STALL_NOT_TAKEN;
	return owed;
}

static const char *name(enum stall stall)
{
	static const char *const names[] = {
		[STALL_NONE] = "no stall",
		[STALL_NOT_CONSUMING] = "guest not consuming used buffers",
		[STALL_STARVED] = "receive starved",
		[STALL_NOT_TAKEN] = "interrupt not taken",
		[STALL_NO_KICK] = "kick missing",
		[STALL_BACK_END] = "back end blocked",
		[STALL_LOST_KICK] = "our own lost kick",
	};

	return names[stall];
}

/* Describe what became of the interrupt, if the driver owes the handling of
 * one. */
static const char *interrupt(const struct stall_snapshot *s)
{
	if (s->msix && !s->has_vector)
		return "the queue has no MSI-X vector";
	if (s->msix && s->masked)
		return s->pending ? "its MSI-X vector is masked and pending" :
				    "its MSI-X vector is masked";
	if (!s->msix && s->isr)
		return s->pin_enabled ? "the pin is asserted, ISR not read" :
					"the pin is disabled, ISR not read";
	return "it was interrupted";
}

/* The driver asked for an interrupt only after the buffers were used. */
static bool asked_late(const struct stall_snapshot *s)
{
	uint32_t lap = s->vq.told >= s->vq.wish_at ? 0 : s->vq.modulus;
	uint32_t ahead = lap + s->vq.told - s->vq.wish_at;
	uint16_t behind = vq_snapshot_behind(&s->vq);

	return behind && !(ahead && ahead <= behind);
}

/* What positions count. */
static const char *unit(const struct stall_snapshot *s, unsigned n)
{
	if (s->vq.packed)
		return n == 1 ? "slot" : "slots";
	return n == 1 ? "buffer" : "buffers";
}

static int describe_used(const struct stall_snapshot *s, char *text,
			 size_t room)
{
	uint16_t behind = vq_snapshot_behind(&s->vq);

	if (!behind)
		return snprintf(text, room,
				"it has lent %u of %u and re-posts none; %s",
				s->vq.lent, s->vq.size, interrupt(s));
	if (asked_late(s))
		return snprintf(text, room,
				"it has %u %s, and asked for an interrupt at "
				"index %u only when they were there: it must "
				"look again after asking",
				behind, unit(s, behind), s->vq.wish_at);
	return snprintf(text, room, "it has %u %s, from index %u on; %s",
			behind, unit(s, behind), s->vq.wish_at, interrupt(s));
}

static int describe_back_end(const struct stall_snapshot *s, char *text,
			     size_t room)
{
	uint32_t lap = s->vq.avail >= s->vq.used ? 0 : s->vq.modulus;
	unsigned n = lap + s->vq.avail - s->vq.used;

	if (!s->behind)
		return snprintf(text, room,
				"%u %s wait from index %u on; the network "
				"takes none",
				s->vq.lent, unit(s, s->vq.lent), s->vq.avail);
	return snprintf(text, room,
			"%s: the host's storage has not answered for %u %s "
			"from index %u on",
			s->behind, n, unit(s, n), s->vq.used);
}

static int describe_owed(enum stall stall, const struct stall_snapshot *s,
			 char *text, size_t room)
{
	switch (stall) {
	case STALL_NO_KICK:
		return snprintf(text, room,
				"%u %s from index %u on were made available, "
				"for which a kick was asked",
				s->vq.unseen, unit(s, s->vq.unseen),
				s->vq.seen);
	case STALL_BACK_END:
		return describe_back_end(s, text, room);
	case STALL_LOST_KICK:
		return snprintf(text, room, "%u %s wait from index %u on%s",
				s->vq.lent, unit(s, s->vq.lent), s->vq.avail,
				s->rung ? ", and the kick with them: the host "
					  "does not run our thread, or minivmm "
					  "has a fault" :
					  ": a fault of minivmm");
	case STALL_STARVED:
		return snprintf(text, room,
				"frames wait; the guest has lent %u of %u "
				"%s and re-posts none; %s",
				s->vq.lent, s->vq.size, unit(s, s->vq.size),
				interrupt(s));
	default:
		return describe_used(s, text, room);
	}
}

static void describe_cpu(const struct stall_snapshot *s,
			 const struct stall_cpu *cpu, char *text, size_t room)
{
	const char *where = cpu->requested  ? "pending in IRR of" :
			    cpu->in_service ? "in service on" :
					      "waiting for";
	char which[32] = "interrupt", rip[64];

	if (s->msix)
		snprintf(which, sizeof(which), "interrupt 0x%02x", s->vector);
	if (cpu->rip == cpu->rip_before)
		snprintf(rip, sizeof(rip), "RIP 0x%llx constant",
			 (unsigned long long)cpu->rip);
	else
		snprintf(rip, sizeof(rip), "RIP 0x%llx, a second ago 0x%llx",
			 (unsigned long long)cpu->rip,
			 (unsigned long long)cpu->rip_before);
	snprintf(text, room, "; %s %s vCPU %u; %s, IF=0%s", which, where,
		 cpu->index, rip, cpu->halted ? ", in HLT" : "");
}

void stall_describe(enum stall stall, const struct stall_snapshot *s,
		    const struct stall_cpu *culprit, uint64_t ns, char *text,
		    size_t room)
{
	int n = snprintf(text, room, "%s for %llu.%llu s: ", name(stall),
			 (unsigned long long)(ns / NSEC_PER_SEC),
			 (unsigned long long)(ns % NSEC_PER_SEC /
					      (100 * NSEC_PER_MSEC)));

	if (n >= 0 && (size_t)n < room)
		n += describe_owed(stall, s, text + n, room - (size_t)n);
	if (culprit && n >= 0 && (size_t)n < room)
		describe_cpu(s, culprit, text + n, room - (size_t)n);
}
