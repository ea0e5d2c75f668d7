/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rng.c - entropy from virtio-rng, many requests at a time, and resets
 *
 * The command line says how the device is driven (lib/virtio.h), and by
 * "requests=N" how much it has to do.
 */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/string.h"
#include "guest-tests/lib/virtio.h"

enum {
	REQUESTS = 4000,
	RESETS = 20,
	IN_FLIGHT = 32,
	SEGMENTS_MAX = 3,
	/* What the device fills of a buffer, and what follows each. */
	DATA_MAX = 4096,
	GUARD = 8,
	FILL = 0x5a,
	PATIENCE_MS = 20000,
};

struct request {
	uint32_t len;
	uint8_t data[DATA_MAX + GUARD], last[16];
};

static struct virtio_dev dev;
static struct virtio_want how;
static struct virtq queue;
static struct request request[IN_FLIGHT];
static unsigned bad_len, bad_data, repeated, answered;

static uint32_t dice(uint32_t sides)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 32) % sides;
}

/* Mostly small, now and then all that it gives at once. */
static void lend(unsigned i)
{
	struct request *r = &request[i];
	struct virtq_seg seg[SEGMENTS_MAX];
	unsigned n = 1 + dice(SEGMENTS_MAX), at = 0, j;

	r->len = dice(16) ? 16 + dice(100) : DATA_MAX;
	memset(r->data, FILL, r->len + GUARD);
	for (j = 0; j < n; j++) {
		uint32_t len = j + 1 < n ? dice(r->len - at) : r->len - at;

		seg[j] = (struct virtq_seg){ r->data + at, len };
		at += len;
	}
	if (!virtq_add(&queue, seg, 0, n, i))
		bad_len++;
}

static bool all_filled(const uint8_t *p, unsigned n)
{
	while (n--)
		if (*p++ != FILL)
			return false;
	return true;
}

static void check_answer(const struct virtq_done *done)
{
	struct request *r = &request[done->token % IN_FLIGHT];

	answered++;
	bad_len += done->len != r->len;
	bad_data += all_filled(r->data + r->len - 8, 8) ||
		    !all_filled(r->data + r->len, GUARD);
	repeated += !memcmp(r->data, r->last, sizeof(r->last));
	memcpy(r->last, r->data, sizeof(r->last));
}

/* One in flight or many, as many as surely fit; some come back first. */
static void ask(unsigned n)
{
	unsigned out = 0, lent = 0, free = 0, fill = 0;
	uint8_t ids[IN_FLIGHT];
	struct virtq_done done;

	while (free < IN_FLIGHT && (free + 1) * SEGMENTS_MAX <= queue.size) {
		ids[free] = free;
		free++;
	}
	while (out < n) {
		fill = dice(2) ? 1 : 1 + dice(IN_FLIGHT);
		for (; fill && free && lent < n; fill--, lent++)
			lend(ids[--free]);
		virtq_kick(&queue);
		if (!virtq_wait(&queue, PATIENCE_MS) || queue.wrong ||
		    queue.lost)
			return;
		while (virtq_used(&queue, &done)) {
			check_answer(&done);
			ids[free++] = done.token;
			out++;
		}
	}
}

static bool start(void)
{
	const char *why = virtio_start(&dev, &how, &queue, 1);

	return !why || check(false, "start", "%s", why);
}

static void check_requests(unsigned n)
{
	if (!start())
		return;
	ask(n);
	print("rng: %u slots, %u kicks, %u spared, %u interrupts\n", queue.size,
	      queue.kicks, queue.quiet, irq_count[queue.vector]);
	check_eq("answered", answered, n);
	check_eq("lengths", bad_len, 0);
	check_eq("written, and no more", bad_data, 0);
	check_eq("never twice the same", repeated, 0);
	check_eq("used but not lent", queue.wrong, 0);
	check_eq("lost interrupts", queue.lost, 0);
	check_eq("status", virtio_status(&dev),
		 STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_DRIVER_OK |
			 (how.legacy || how.mute ? 0 : STATUS_FEATURES_OK));
}

/* After a reset, which may come at any time, nothing is touched. */
static void check_resets(void)
{
	unsigned i, late = 0, silent = 0;

	for (i = 0; i < RESETS; i++) {
		struct request *r = &request[0];
		unsigned j;

		if (!start())
			return;
		answered = 0;
		ask(1 + dice(8));
		silent += !answered;
		for (j = 0; j < 4; j++)
			lend(j);
		virtq_kick(&queue);
		virtio_reset(&dev);
		memset(r->data, FILL, sizeof(r->data));
		memset(queue.ring, FILL, sizeof(queue.ring));
		if (i % 8 == 0)
			clock_sleep(30);
		late += !all_filled(r->data, sizeof(r->data)) ||
			!all_filled(queue.ring, sizeof(queue.ring));
	}
	check_eq("works after a reset", silent, 0);
	check_eq("silent after a reset", late, 0);
	check_eq("status 0", virtio_status(&dev), 0);
}

void guest_main(void)
{
	irq_start();
	how = virtio_want();
	if (!check(virtio_find(&dev, VIRTIO_RNG), "virtio-rng", "none"))
		return;
	check_requests(boot_number("requests=", REQUESTS));
	check_resets();
}
