/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostile.c - a driver does all the wrong things it can think of
 *
 * To virtio-rng; with "net", "blk", "fs" or "hvc" on the command line to
 * virtio-net, virtio-blk, virtio-fs or virtio-console; driven as lib/virtio.h
 * says.  "only=N" is the one input whose name begins with N.
 */
#include "guest-tests/hostile/hostile.h"
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"

enum { PATIENCE_MS = 10000, ISR_CONFIG = 2 };

static struct victim victim;

/* Told of a change of the configuration, which that of the status is. */
static bool told(struct victim *v, unsigned seen)
{
	virtio_ack(&v->dev);
	return v->dev.msix ? irq_count[v->dev.vector] != seen :
			     v->dev.isr_seen & ISR_CONFIG;
}

static bool has_broken(struct victim *v, unsigned seen)
{
	uint64_t end = clock_after(PATIENCE_MS);

	while (!told(v, seen) ||
	       !(virtio_status(&v->dev) & STATUS_NEEDS_RESET)) {
		if (clock_tsc() > end)
			return false;
		clock_nap();
	}
	return true;
}

static bool has_used(struct victim *v)
{
	uint64_t end = clock_after(PATIENCE_MS);

	while (!v->q->ops->ready(v->q)) {
		if (clock_tsc() > end)
			return false;
		virtio_ack(&v->dev);
		clock_nap();
	}
	return !(virtio_status(&v->dev) & STATUS_NEEDS_RESET);
}

static const char *outcome(struct victim *v, const struct input *input)
{
	unsigned seen = irq_count[v->dev.vector];

	v->dev.isr_seen = 0;
	if (!victim_start(v, input->features))
		return "it does not start";
	if (!input->act(v, input->arg))
		return "not as it must";
	switch (input->outcome == EMPTY ?
			v->type == VIRTIO_BLK ? BREAKS : USES :
			input->outcome) {
	case BREAKS:
		return has_broken(v, seen) ? NULL : "it does not ask for help";
	case USES:
		return has_used(v) ? NULL : "it is not used";
	case WORKS:
		return victim_works(v) ? NULL : "it stands still";
	default:
		return NULL;
	}
}

static void misuse(struct victim *v, const struct input *input)
{
	const char *why = outcome(v, input);

	if (!why && !(victim_start(v, 0) && victim_works(v)))
		why = "a reset does not mend it";
	check(!why, input->name, "%s, status %x", why ? why : "",
	      virtio_status(&v->dev));
}

static bool possible(const struct victim *v, const struct input *input)
{
	return input->kinds & v->kind &&
	       (v->how.msix || !(input->kinds & MSIX));
}

static bool chosen(const struct input *input)
{
	uint64_t only = boot_number("only=", 0), number = 0;
	const char *s;

	for (s = input->name; *s >= '0' && *s <= '9'; s++)
		number = number * 10 + *s - '0';
	return !only || only == number;
}

static void misuse_all(struct victim *v, const struct inputs *inputs)
{
	unsigned i;

	for (i = 0; i < inputs->n; i++)
		if (possible(v, &inputs->input[i]) && chosen(&inputs->input[i]))
			misuse(v, &inputs->input[i]);
}

static void target(struct victim *v, unsigned queue)
{
	v->target = queue;
	v->q = &v->queue[queue];
}

/* All that can be done to any queue, here number @queue. */
static void misuse_any(struct victim *v, unsigned queue)
{
	v->n_queues = queue + 1;
	target(v, queue);
	misuse_all(v, &hostile_ring);
	misuse_all(v, &hostile_packed);
	misuse_all(v, &hostile_registers);
	misuse_all(v, &hostile_pci);
}

static void misuse_net(struct victim *v)
{
	v->n_queues = 2;
	v->how.features |= BIT64(VIRTIO_NET_F_MAC);
	target(v, NET_TX);
	misuse_all(v, &hostile_net_tx);
	target(v, NET_RX);
	misuse_all(v, &hostile_net_rx);
}

static void misuse_console(struct victim *v)
{
	v->n_queues = 4;
	v->how.features |= BIT64(VIRTIO_CONSOLE_F_MULTIPORT);
	target(v, CONSOLE_CONTROL_TX);
	misuse_all(v, &hostile_console);
}

void guest_main(void)
{
	struct victim *v = &victim;

	irq_start();
	v->how = virtio_want();
	v->kind = v->how.legacy ? LEGACY : v->how.packed ? PACKED : SPLIT;
	v->type = boot_has("net") ? VIRTIO_NET :
		  boot_has("blk") ? VIRTIO_BLK :
		  boot_has("fs")  ? VIRTIO_FS :
		  boot_has("hvc") ? VIRTIO_CONSOLE :
				    VIRTIO_RNG;
	if (!check(virtio_find(&v->dev, v->type), "victim", "none"))
		return;
	if (v->type == VIRTIO_NET)
		misuse_net(v);
	else if (v->type == VIRTIO_CONSOLE)
		misuse_console(v);
	else
		misuse_any(v, v->type == VIRTIO_FS);
	if (v->type == VIRTIO_BLK)
		misuse_all(v, &hostile_blk);
	if (v->type == VIRTIO_FS)
		misuse_all(v, &hostile_fs);
}
