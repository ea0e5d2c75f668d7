/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/vcpus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "vmm/exit_places.h"
#include "vmm/vcpu_stack.h"

int vcpu_set_create(struct vcpu_set *set, const struct kvm *kvm,
		    struct vcpu_env *env, unsigned n,
		    const struct boot_cpu *boot)
{
	int err = 0;

	set->vcpu = calloc(n, sizeof(*set->vcpu));
	if (!set->vcpu)
		return log_fail(-ENOMEM, "%u vCPUs: %s: use fewer --cpus", n,
				strerror(ENOMEM));
	set->n = n;
	for (unsigned i = 0; i < n; i++)
		set->vcpu[i].fd = -1;
	for (unsigned i = 0; i < n && !err; i++)
		err = vcpu_init(&set->vcpu[i], kvm, env, i, n, boot);
	return err;
}

int vcpu_set_start(struct vcpu_set *set)
{
	int err = 0;

	for (unsigned i = 0; i < set->n && !err; i++)
		err = vcpu_start(&set->vcpu[i]);
	return err;
}

void vcpu_set_stop(struct vcpu_set *set)
{
	/* Kick all before waiting for any: on a host with fewer processors each
	 * thread needs its turn to end. */
	for (unsigned i = 0; i < set->n; i++)
		if (set->vcpu[i].started)
			vcpu_kick(&set->vcpu[i]);
	for (unsigned i = 0; i < set->n; i++)
		vcpu_join(&set->vcpu[i]);
}

void vcpu_set_snapshot(struct vcpu_set *set, struct vcpu_snapshot *snapshots,
		       struct vcpu_stack *stacks)
{
	uint64_t until = now_ns() + VCPU_SNAPSHOT_NS;

	for (unsigned i = 0; i < set->n; i++)
		vcpu_snapshot_ask(&set->vcpu[i], stacks ? &stacks[i] : NULL);
	for (unsigned i = 0; i < set->n; i++)
		vcpu_snapshot_take(&set->vcpu[i], &snapshots[i], until);
}

#define EXITS(kind) offsetof(struct vcpu, exits[VCPU_EXIT_##kind]), COUNT_SUM

static const struct count_spec counters[] = {
	{ "exits_port", "returns to the VMM for port I/O", EXITS(PORT) },
	{ "exits_mmio", "for memory-mapped I/O", EXITS(MMIO) },
	{ "exits_signal", "because the VMM wanted it", EXITS(SIGNAL) },
	{ "exits_other", "for any other reason", EXITS(OTHER) },
};

const struct count_table vcpu_counters = { "vcpuN", counters,
					   ARRAY_SIZE(counters) };

void vcpu_set_show(const struct vcpu_set *set, const struct count_view *view)
{
	for (unsigned i = 0; i < set->n; i++) {
		char name[16];

		snprintf(name, sizeof(name), "vcpu%u", i);
		view->begin(view->arg, name);
		count_show_flat(&vcpu_counters, &set->vcpu[i], view);
		if (set->vcpu[i].places)
			exit_places_show(set->vcpu[i].places, view);
		view->end(view->arg);
	}
}

static void log_exits(const struct vcpu_set *set)
{
	uint64_t n[VCPU_EXIT_KINDS] = { 0 };

	for (unsigned i = 0; i < set->n; i++)
		for (unsigned k = 0; k < VCPU_EXIT_KINDS; k++)
			n[k] += set->vcpu[i].exits[k];
	log_info("exits to the VMM: %llu port, %llu MMIO, %llu other",
		 (unsigned long long)n[VCPU_EXIT_PORT],
		 (unsigned long long)n[VCPU_EXIT_MMIO],
		 (unsigned long long)n[VCPU_EXIT_OTHER]);
}

void vcpu_set_free(struct vcpu_set *set)
{
	if (set->n)
		log_exits(set);
	for (unsigned i = 0; i < set->n; i++)
		vcpu_free(&set->vcpu[i]);
	free(set->vcpu);
	*set = (struct vcpu_set){ 0 };
}
